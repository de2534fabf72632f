"""One payment for several claims whose sum it is, where its text does not name them all.

A set of claims is believed by a posterior: how usual a payment of so many claims is, how many sets
of that size there were to choose from, project and days, against the chance that the cash is that
amount for another reason. The same number says when to decide, when to suggest, and when to be silent.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from toolkit.matching import sums
from toolkit.matching.board import DUE, OFTEN, Floats, agreement, salted
from toolkit.matching.edges import EARLIEST, LATEST, SAME, SPECIFIC, days_between
from toolkit.matching.ledger import NOBODY, Found, Ledger
from toolkit.matching.lists import Lists
from toolkit.matching.lists import found as named_parts
from toolkit.matching.tokens import Bools, Ints

# How often a payment pays so many claims, among those that pay several or none that we know of.
USUAL_SIZE = (0.0, 0.5, 0.35, 0.23, 0.15, 0.1, 0.06, 0.04, 0.03, 0.02, 0.015, 0.01, 0.01)
RARE_SIZE = 0.005
# How often nothing of what we see explains the cash: with no name at all, and with some claims named.
UNKNOWN, UNKNOWN_NAMED = 0.4, 0.02
OTHER_PROJECT, ODD_DAYS = 0.02, 0.15
ROUND_STEPS = (5, 100, 500, 1000, 5000, 10_000, 50_000, 100_000)
DECIDE = 0.995
# What a set must be believed where nothing but its sum speaks for it, each of its dues the only one of its kind.
CERTAIN = 0.9995
CHANCE = 4
# What the text names itself is surer than the set that takes the rest.
BELIEVE = 0.9
# What a text may say that names no single invoice.
MANY = r"(?i)MULTI|VARIOUS|ATTACH|\bSEE\b|\bLIST|BATCH|SEVERAL"
ROUNDS = 4


def combined(ledger: Ledger, lists: Lists, floor: float, cap: int) -> None:
    """Take the sets that are believed at least as much as `floor`, the most believed first (`cap`: `sums.tables`)."""
    named = lists.open(ledger)
    wanted = _wanted(ledger, named)
    usable = ledger.claims.copy()
    usable[named["claim"].to_numpy()] = False
    usable &= np.isin(ledger.on.claims.vendor, wanted["claim_vendor"].to_numpy())
    pool = sums.pool(ledger.on, usable)
    if not pool.size or not wanted.height:
        return
    vendor, low, high, amount = (wanted[name].to_numpy() for name in ("claim_vendor", "low", "high", "amount"))
    most = sums.bounds(pool, vendor, low, high, amount)
    # Claims about whose days nobody looks for a sum are in no set.
    near = np.zeros_like(usable)
    near[pool.claim[most > 0]] = True
    pool, most = sums.pool(ledger.on, near), most[most > 0]
    scored, members = [], {}
    for sets in sums.tables(pool, sums.Wanted(amount, vendor), most, cap):
        members[sets.size] = pool.claim[sets.member]
        scored.append(_scored(ledger, pool, sets, wanted))
    if scored:
        _choose(ledger, _believed(pl.concat(scored), floor), members, named)


def _wanted(ledger: Ledger, named: pl.DataFrame) -> pl.DataFrame:
    """Amounts to find: what a payment's named claims leave of it, or all of it where it names nothing at all.

    Columns: unit, claim_vendor, amount, low and high (days on which the claims may be billed), named, key.
    """
    on = ledger.on
    claim = named["claim"].to_numpy()
    dated = named.with_columns(
        day=pl.Series(on.claims.day[claim], dtype=pl.Int64),
        claim_vendor=pl.Series(on.claims.vendor[claim], dtype=pl.Int64),
    )
    rest = (
        dated.group_by("unit")
        .agg(
            pl.first("claim_vendor"),
            amount=pl.first("amount") - pl.first("sum"),
            low=pl.col("day").max() - sums.SPAN,
            high=pl.col("day").min() + sums.SPAN,
            named=pl.first("count"),
        )
        # Named claims billed far apart have no days in common for the rest.
        .filter(pl.col("amount") > 0, pl.col("low") <= pl.col("high"))
    )
    blank = ledger.units & ~on.units.single & (on.units.amount > 0)
    blank[named["unit"].to_numpy()] = False
    place = np.flatnonzero(blank)
    text = on.units.text.gather(place).str.strip_chars()
    place = place[((text == "") | text.str.contains(MANY) | text.str.contains(r"[,;].*[0-9]")).to_numpy()]
    free = pl.DataFrame(
        {
            "unit": place,
            "vendor": on.units.vendor[place],
            "amount": on.units.amount[place],
            "low": on.units.day[place] - LATEST,
            "high": on.units.day[place] - EARLIEST,
        }
    ).join(on.edges.select("vendor", "claim_vendor"), on="vendor")
    free = free.with_columns(named=pl.lit(0, pl.Int64))
    both = pl.concat([rest, free.select(rest.columns)]).sort("unit", "claim_vendor")
    key = salted(both["amount"].to_numpy(), both["claim_vendor"].to_numpy())
    return both.with_columns(key=pl.Series(key, dtype=pl.UInt64))


def _scored(ledger: Ledger, pool: sums.Pool, sets: sums.Sets, wanted: pl.DataFrame) -> pl.DataFrame:
    """Sets beside the payments that want them: unit, size, set, odds (not yet against its rivals), chance, project."""
    on = ledger.on
    met = pl.DataFrame({"key": sets.key, "set": np.arange(sets.key.size)}).join(wanted, on="key")
    if sets.size == 1:
        # One claim for a payment that names nothing is another pass's business.
        met = met.filter(pl.col("named") > 0)
    unit, member = met["unit"].to_numpy(), sets.member[met["set"].to_numpy()]
    begins, ends, paid = pool.day[member[:, 0]], pool.day[member[:, -1]], on.units.day[unit]
    fits = (begins >= met["low"].to_numpy()) & (ends <= met["high"].to_numpy())
    fits &= (paid - ends >= EARLIEST) & (paid - begins <= LATEST)
    wide = np.broadcast_to(unit[:, None], member.shape)
    fits &= on.may_meet(wide, pool.claim[member]).all(axis=1)
    met, unit, member, ends, paid = met.filter(pl.Series(fits)), unit[fits], member[fits], ends[fits], paid[fits]
    claim = pool.claim[member]
    project = agreement(on.units.project[unit][:, None], on.claims.project[claim])
    share = (project == 1).mean(axis=1) if unit.size else np.zeros(0)
    clash = (project == -1).all(axis=1)
    by_project = np.where(on.units.project[unit] == 0, 1.0, np.where(clash, OTHER_PROJECT, 0.4 + 0.6 * share))
    days = paid - ends
    by_days = np.where((days >= 8) & (days <= 100), 1.0, ODD_DAYS)
    ways = _ways(pool, sets.size, met, paid)
    usual = np.append(np.array(USUAL_SIZE), RARE_SIZE)
    size = np.minimum(sets.size + met["named"].to_numpy(), len(USUAL_SIZE))
    odds = usual[size] * by_project * by_days / ways
    unknown = np.where(met["named"].to_numpy() > 0, UNKNOWN_NAMED, UNKNOWN)
    return met.select(
        "unit",
        "named",
        "set",
        size=pl.lit(sets.size, pl.Int64),
        odds=pl.Series(odds, dtype=pl.Float64),
        chance=pl.Series(unknown * _density(met["amount"].to_numpy()), dtype=pl.Float64),
        told=pl.Series(_told(ledger, unit, claim, met["named"].to_numpy() > 0), dtype=pl.Boolean),
        lone=pl.Series(on.claims.once[claim].all(axis=1), dtype=pl.Boolean),
    )


def _told(ledger: Ledger, unit: Ints, claim: Ints, by_name: Bools) -> Bools:
    """Is there evidence beside the sum, and does no claim of the set look like many others?

    The text names other claims of the payment; or the payment has the project of a claim; or it has
    none, and all claims lie in one of the vendor's projects, as by chance they would not one time in `CHANCE`.
    """
    on = ledger.on
    theirs = on.claims.project[claim]
    here = agreement(on.units.project[unit][:, None], theirs) == 1
    one = (theirs == theirs[:, :1]).all(axis=1) & (theirs[:, 0] > 0) & (on.units.project[unit] == 0)
    chance = on.claims.projects[claim[:, 0]].astype(np.float64) ** (claim.shape[1] - 1)
    # An amount that keeps coming says little, but in the project of the payment.
    rare = ((on.claims.repeated[claim] < OFTEN) | here).all(axis=1)
    told: Bools = rare & (by_name | here.any(axis=1) | (one & (chance >= CHANCE)))
    return told


def _ways(pool: sums.Pool, size: int, met: pl.DataFrame, paid: Ints) -> Floats:
    """How many sets of this size each payment could have meant."""
    before = sums.counted(pool, size)
    base = met["claim_vendor"].to_numpy() * sums.STRIDE
    begin = np.searchsorted(pool.line, base + met["low"].to_numpy(), side="left")
    end = np.searchsorted(pool.line, base + np.minimum(met["high"].to_numpy(), paid - EARLIEST), side="right")
    ways: Floats = np.maximum(before[end] - before[begin], 1.0)
    return ways


def _density(amount: Ints) -> Floats:
    """The chance that cash is this very amount: a tenth of payments are spread evenly over each size of round step."""
    step = np.ones(amount.size, np.int64)
    for cents in ROUND_STEPS:
        step = np.where(amount % cents == 0, cents, step)
    chance: Floats = 0.1 * np.where(step < 100, 1, step) / np.maximum(amount, 1)
    return chance


def _believed(scored: pl.DataFrame, floor: float) -> pl.DataFrame:
    """Each payment's most believed set, where it is believed enough; `belief` is its posterior."""
    rivals = pl.col("odds").sum().over("unit")
    ranked = scored.sort("unit", "size", "set").with_columns(belief=pl.col("odds") / (rivals + pl.col("chance")))
    ranked = ranked.sort("unit", "belief", "size", "set", descending=[False, True, False, False])
    best = ranked.unique("unit", keep="first", maintain_order=True)
    return best.filter(pl.col("belief") >= floor).with_row_index("hit")


def _choose(ledger: Ledger, best: pl.DataFrame, members: dict[int, npt.NDArray[np.int64]], named: pl.DataFrame) -> None:
    """Take sets of which every claim is wanted most by this very payment; then the next, without those claims."""
    wide = [
        pl.DataFrame(
            {
                "hit": np.repeat(part["hit"].to_numpy(), size),
                "claim": members[size][part["set"].to_numpy()].ravel(),
            }
        )
        for size, part in ((size, best.filter(pl.col("size") == size)) for size in sorted(members))
    ]
    rows = pl.concat(wide).join(best, on="hit").sort("belief", "hit", "claim", descending=[True, False, False])
    for _ in range(ROUNDS):
        open_ = ledger.claims[rows["claim"].to_numpy()] & ledger.units[rows["unit"].to_numpy()]
        rows = rows.with_columns(open=pl.Series(open_, dtype=pl.Boolean)).filter(pl.col("open").all().over("hit"))
        if not rows.height:
            return
        won = rows.filter((pl.col("hit").first().over("claim") == pl.col("hit")).all().over("hit"))
        _take(ledger, won.sort("unit", "claim"), named)


def _take(ledger: Ledger, won: pl.DataFrame, named: pl.DataFrame) -> None:
    on = ledger.on
    first = won.unique("unit", keep="first", maintain_order=True).select("unit", "belief", "told", found="size")
    parts = named.join(first, on="unit", how="inner", maintain_order="left")
    unit, claim = won["unit"].to_numpy(), won["claim"].to_numpy()
    # The sum to the cent is one piece of evidence; a project or the named part of the list is the other. Without
    # it the posterior itself must leave no room (docs/decisions, amounts that occur once).
    belief = won["belief"].to_numpy()
    auto = (belief >= DECIDE) & won["told"].to_numpy() | (belief >= CERTAIN) & won["lone"].to_numpy()
    found = Found(
        rule="sum",
        unit=unit,
        claim=claim,
        amount=on.claims.due[claim],
        auto=auto & on.same_vendor(unit, claim),
        confidence=np.minimum(belief, 0.99),
        number=np.zeros(unit.size, np.int64),
        basis=np.full(unit.size, DUE),
        project=agreement(on.units.project[unit], on.claims.project[claim]),
        days=days_between(on, unit, claim),
        parts=(won["size"] + won["named"]).to_numpy(),
        rival=np.full(unit.size, NOBODY),
    )
    ledger.take(found)
    belief = parts["belief"].to_numpy()
    # Each named claim takes its due; the sum took the rest.
    exact = parts.with_columns(amount=pl.col("sum"))
    ledger.take(named_parts(ledger, exact, "named_part", DUE, belief >= BELIEVE, np.minimum(belief, 0.99)))


def partly_named(ledger: Ledger, lists: Lists) -> None:
    """What a list names, where nothing explains the rest of its cash: suggested, and the rest stays open."""
    rows = lists.open(ledger).filter(pl.col("sum") <= pl.col("amount"))
    rows = rows.filter((pl.col("number") == SAME).all().over("unit")).with_columns(amount=pl.col("sum"))
    unit, claim = rows["unit"].to_numpy(), rows["claim"].to_numpy()
    here = agreement(ledger.on.units.project[unit], ledger.on.claims.project[claim]) == 1
    auto = here & (rows["size"].to_numpy() >= SPECIFIC)
    ledger.take(named_parts(ledger, rows, "named_only", 0, auto, np.where(auto, 0.95, 0.6)))
