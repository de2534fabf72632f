"""How much a set of claims is believed to be what a payment pays.

How usual a payment of so many claims is, how many sets of that size there were to choose from,
project and days, against the chance that the cash is that amount for another reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from toolkit.matching import sums
from toolkit.matching.board import OFTEN, Board, Floats, agreement
from toolkit.matching.edges import EARLIEST, LATEST
from toolkit.matching.ledger import Ledger
from toolkit.matching.tokens import Bools, Ints

# How often a payment pays so many claims, among those that pay several or none that we know of.
USUAL_SIZE = (0.0, 0.5, 0.35, 0.23, 0.15, 0.1, 0.06, 0.04, 0.03, 0.02, 0.015, 0.01, 0.01)
RARE_SIZE = 0.005
# How often nothing of what we see explains the cash: with no name at all, and with some claims named.
UNKNOWN, UNKNOWN_NAMED = 0.4, 0.02
OTHER_PROJECT, ODD_DAYS = 0.02, 0.15
ROUND_STEPS = (5, 100, 500, 1000, 5000, 10_000, 50_000, 100_000)
CHANCE = 4


@dataclass(frozen=True)
class Asking:
    """Payments that look for sets of a pool: `rows` (unit, claim_vendor, wish, amount, named), one per claim vendor.

    `low` and `high` are the days on which the claims may be billed; the pool's claims of the vendor and these days
    lie from `begin` to `end`.
    """

    ledger: Ledger
    pool: sums.Pool
    rows: pl.DataFrame
    low: Ints
    high: Ints
    begin: Ints
    end: Ints


def asking(ledger: Ledger, pool: sums.Pool, rows: pl.DataFrame) -> Asking:
    """Payments with the days that their own day allows."""
    paid = ledger.on.units.day[rows["unit"].to_numpy()]
    low, high = rows["low"].to_numpy(), np.minimum(rows["high"].to_numpy(), paid - EARLIEST)
    base = rows["claim_vendor"].to_numpy() * sums.STRIDE
    begin = np.searchsorted(pool.line, base + low, side="left")
    end = np.searchsorted(pool.line, base + high, side="right")
    return Asking(ledger, pool, rows, np.maximum(low, paid - LATEST), high, begin, end)


def believed(who: Asking, tables: Sequence[sums.Sets], floor: float) -> pl.DataFrame:
    """Each payment's most believed set, where it is believed at least as much as `floor`; `belief` is its posterior.

    Of sets of one size that fit one payment no two differ by more than project and days. So many of
    them may fit that none can reach the floor: those are looked at only where another set would.
    """
    # The weakest of them have this share of the strongest one's odds each.
    crowd = 1 + (1 / floor - 1) / (OTHER_PROJECT * ODD_DAYS)
    scored, crowded = [], []
    wish = who.rows["wish"].to_numpy()
    for sets in tables:
        there = np.zeros(wish.size, np.bool_)
        there[sets.wish] = True
        ranges = _ranges(who, sets, np.flatnonzero(there[wish]))
        many = ranges.sure > crowd
        scored.append(_scored(who, sets, ranges.where(~many)))
        crowded.append((sets, ranges.rows[many]))
    first = pl.concat(scored)
    best = _best(first, floor)
    near = np.zeros(who.ledger.on.units.size, np.bool_)
    near[best["unit"].to_numpy()] = True
    unit = who.rows["unit"].to_numpy()
    again = [(sets, rows[near[unit[rows]]]) for sets, rows in crowded]
    rest = [_scored(who, sets, _ranges(who, sets, rows)) for sets, rows in again if rows.size]
    return _best(pl.concat([first, *rest]), floor) if rest else best


@dataclass(frozen=True)
class _Ranges:
    """Sets in the order of wish and first day (`order`), and per payment (`rows`) where those that may fit begin.

    `count` says how many there are, `sure` how many of them end in time whatever their span.
    """

    order: Ints
    rows: Ints
    begin: Ints
    count: Ints
    sure: Ints

    def where(self, chosen: Bools) -> _Ranges:
        return _Ranges(self.order, self.rows[chosen], self.begin[chosen], self.count[chosen], self.sure[chosen])


def _ranges(who: Asking, sets: sums.Sets, rows: Ints) -> _Ranges:
    line = sets.wish.astype(np.int64) * sums.STRIDE + sets.begin
    order = np.argsort(line, kind="stable")
    line, low, high = line[order], who.low[rows], who.high[rows]
    base = who.rows["wish"].to_numpy()[rows] * sums.STRIDE
    begin = np.searchsorted(line, base + low, side="left")
    end = np.searchsorted(line, base + np.maximum(high, low - 1), side="right")
    sure = np.searchsorted(line, base + np.maximum(high - sums.SPAN, low - 1), side="right")
    return _Ranges(order, rows, begin, end - begin, sure - begin)


def _scored(who: Asking, sets: sums.Sets, ranges: _Ranges) -> pl.DataFrame:
    """Sets beside the payments that want them.

    Columns: unit, named, set, size, odds (not yet against its rivals), chance.
    """
    on, named = who.ledger.on, who.rows["named"].to_numpy()
    if sets.size == 1:
        # One claim for a payment that names nothing is another pass's business.
        ranges = ranges.where(named[ranges.rows] > 0)
    count = ranges.count
    row = np.repeat(ranges.rows, count)
    step = np.arange(row.size) + np.repeat(ranges.begin - (np.cumsum(count) - count), count)
    place = ranges.order[step]
    fits = sets.end[place] <= who.high[row]
    row, place = row[fits], place[fits]
    unit, claim = who.rows["unit"].to_numpy()[row], who.pool.claim[sets.member[place]]
    if not on.all_may_meet:
        fits = on.may_meet(np.broadcast_to(unit[:, None], claim.shape), claim).all(axis=1)
        row, place, unit, claim = row[fits], place[fits], unit[fits], claim[fits]
    project = agreement(on.units.project[unit][:, None], on.claims.project[claim])
    days = on.units.day[unit] - sets.end[place]
    by_days = np.where((days >= 8) & (days <= 100), 1.0, ODD_DAYS)
    usual = np.append(np.array(USUAL_SIZE), RARE_SIZE)
    size = np.minimum(sets.size + named[row], len(USUAL_SIZE))
    odds = usual[size] * _by_project(on.units.project[unit], project) * by_days / _ways(who, sets.size, row)
    amount = who.rows["amount"].to_numpy()[row]
    unknown = np.where(named[row] > 0, UNKNOWN_NAMED, UNKNOWN)
    return pl.DataFrame(
        {
            "unit": unit,
            "named": named[row],
            "set": place,
            "size": np.full(row.size, sets.size, np.int64),
            "odds": odds,
            "chance": unknown * _density(amount),
        }
    )


def _by_project(ours: Ints, project: Ints) -> Floats:
    share = (project == 1).mean(axis=1) if ours.size else np.zeros(0)
    clash = (project == -1).all(axis=1)
    return np.where(ours == 0, 1.0, np.where(clash, OTHER_PROJECT, 0.4 + 0.6 * share))


def told(on: Board, unit: Ints, claim: Ints, by_name: Bools) -> Bools:
    """Is there evidence beside the sum, and does no claim of the set look like many others?

    The text names other claims of the payment (`by_name`); or the payment has the project of a claim; or it has
    none, and all claims lie in one of the vendor's projects, as by chance they would not one time in `CHANCE`.
    A row of `claim` holds the set of one payment.
    """
    theirs = on.claims.project[claim]
    here = agreement(on.units.project[unit][:, None], theirs) == 1
    one = (theirs == theirs[:, :1]).all(axis=1) & (theirs[:, 0] > 0) & (on.units.project[unit] == 0)
    chance = on.claims.projects[claim[:, 0]].astype(np.float64) ** (claim.shape[1] - 1)
    # An amount that keeps coming says little, but in the project of the payment.
    rare = ((on.claims.repeated[claim] < OFTEN) | here).all(axis=1)
    said: Bools = rare & (by_name | here.any(axis=1) | (one & (chance >= CHANCE)))
    return said


def _ways(who: Asking, size: int, row: Ints) -> Floats:
    """How many sets of this size each payment could have meant."""
    once, back = np.unique(row, return_inverse=True)
    ways: Floats = np.maximum(sums.counted(who.pool, size, who.begin[once], who.end[once]), 1.0)
    return ways[back]


def _density(amount: Ints) -> Floats:
    """The chance that cash is this very amount: a tenth of payments are spread evenly over each size of round step."""
    step = np.ones(amount.size, np.int64)
    for cents in ROUND_STEPS:
        step = np.where(amount % cents == 0, cents, step)
    chance: Floats = 0.1 * np.where(step < 100, 1, step) / np.maximum(amount, 1)
    return chance


def _best(scored: pl.DataFrame, floor: float) -> pl.DataFrame:
    rivals = pl.col("odds").sum().over("unit")
    ranked = scored.sort("unit", "size", "set").with_columns(belief=pl.col("odds") / (rivals + pl.col("chance")))
    ranked = ranked.filter(pl.col("belief") >= floor)
    best = ranked.filter(pl.col("belief") == pl.col("belief").max().over("unit"))
    return best.unique("unit", keep="first", maintain_order=True).with_row_index("hit")
