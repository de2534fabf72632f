"""One payment for several claims whose sum it is, where its text does not name them all.

A set of claims is believed by a posterior (`posterior`): the same number says when to decide, when to
suggest, and when to be silent.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from toolkit.matching import sums
from toolkit.matching.board import DUE, Board, agreement, salted
from toolkit.matching.edges import EARLIEST, LATEST, SAME, SPECIFIC, days_between
from toolkit.matching.ledger import NOBODY, Found, Ledger
from toolkit.matching.lists import Lists
from toolkit.matching.lists import found as named_parts
from toolkit.matching.posterior import asking, believed, told

DECIDE = 0.995
# What a set must be believed where nothing but its sum speaks for it, each of its dues the only one of its kind.
CERTAIN = 0.9995
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
    _, once, wish = np.unique(wanted["key"].to_numpy(), return_index=True, return_inverse=True)
    tables = {sets.size: sets for sets in sums.tables(pool, sums.Wanted(amount[once], vendor[once]), most, cap)}
    if tables:
        who = asking(ledger, pool, wanted.with_columns(wish=pl.Series(wish, dtype=pl.Int64)))
        _choose(ledger, pool, believed(who, list(tables.values()), floor), tables, named)


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


def _choose(
    ledger: Ledger, pool: sums.Pool, best: pl.DataFrame, tables: dict[int, sums.Sets], named: pl.DataFrame
) -> None:
    """Take sets of which every claim is wanted most by this very payment; then the next, without those claims."""
    if best.is_empty():
        return
    wide = [_wide(ledger.on, best.filter(pl.col("size") == size), pool, sets) for size, sets in tables.items()]
    rows = pl.concat(wide).sort("belief", "hit", "claim", descending=[True, False, False])
    for _ in range(ROUNDS):
        open_ = ledger.claims[rows["claim"].to_numpy()] & ledger.units[rows["unit"].to_numpy()]
        rows = rows.with_columns(open=pl.Series(open_, dtype=pl.Boolean)).filter(pl.col("open").all().over("hit"))
        if not rows.height:
            return
        won = rows.filter((pl.col("hit").first().over("claim") == pl.col("hit")).all().over("hit"))
        _take(ledger, won.sort("unit", "claim"), named)


def _wide(on: Board, best: pl.DataFrame, pool: sums.Pool, sets: sums.Sets) -> pl.DataFrame:
    """Sets of one size, one row for each claim, with `told` and `lone` (each due is the only one of its kind)."""
    claim = pool.claim[sets.member[best["set"].to_numpy()]]
    said = told(on, best["unit"].to_numpy(), claim, best["named"].to_numpy() > 0)
    lone = on.claims.once[claim].all(axis=1)
    found = best.with_columns(told=pl.Series(said, dtype=pl.Boolean), lone=pl.Series(lone, dtype=pl.Boolean))
    each = found[np.repeat(np.arange(best.height), claim.shape[1])]
    return each.with_columns(claim=pl.Series(claim.ravel(), dtype=pl.Int64))


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
