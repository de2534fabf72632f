"""Payments whose text names several invoices: all of them together, or those that it names and the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from toolkit.matching.board import CENTS, DISCOUNT, DUE, Floats, agreement
from toolkit.matching.edges import CENTS_OFF, DISCOUNTS, EARLIEST, LATEST, SAME, days_between
from toolkit.matching.ledger import NOBODY, Found, Ledger
from toolkit.matching.tokens import Bools, Ints

# A check may be so many per cent less than what it lists; beyond that the list is of something else.
MOST_CREDIT = 30


@dataclass(frozen=True)
class Lists:
    """Claims that a payment names beyond doubt: unit, claim, number, due, with `sum`, `count`, `parts` of the unit."""

    rows: pl.DataFrame

    def open(self, ledger: Ledger) -> pl.DataFrame:
        """The rows of units that are open and whose claims all are."""
        units, claims = self.rows["unit"].to_numpy(), self.rows["claim"].to_numpy()
        both = pl.Series("both", ledger.units[units] & ledger.claims[claims], dtype=pl.Boolean)
        return self.rows.filter(both).filter(pl.len().over("unit") == pl.col("count"))


def listed(ledger: Ledger, named: pl.DataFrame, parts: Ints) -> Lists:
    """What open units with several pieces name: pieces that could mean two claims say nothing for sure."""
    on = ledger.on
    unit, claim = named["unit"].to_numpy(), named["claim"].to_numpy()
    days = days_between(on, unit, claim)
    several = (parts[unit] >= 2) & ~on.units.single[unit]
    usable = several & ledger.units[unit] & ledger.claims[claim] & (days >= EARLIEST) & (days <= LATEST)
    kept = named.filter(pl.Series(usable)).filter(pl.col("number") == pl.col("number").max().over("piece"))
    kept = kept.filter(pl.len().over("piece") == 1).unique(["unit", "claim"], keep="first", maintain_order=True)
    due = on.claims.due[kept["claim"].to_numpy()]
    rows = kept.with_columns(due=pl.Series(due, dtype=pl.Int64)).with_columns(
        sum=pl.col("due").sum().over("unit"),
        count=pl.len().over("unit").cast(pl.Int64),
        parts=pl.Series(parts[kept["unit"].to_numpy()], dtype=pl.Int64),
        amount=pl.Series(on.units.amount[kept["unit"].to_numpy()], dtype=pl.Int64),
    )
    return Lists(rows.sort("unit", "claim"))


def whole(ledger: Ledger, lists: Lists) -> None:
    """Every named claim at once, where their dues come to the cash: to the cent, or but for cents or a discount."""
    _settle(ledger, lists, "remittance", DUE, pl.col("sum") == pl.col("amount"))
    everything = (pl.col("count") == pl.col("parts")) & (pl.col("count") >= 2)
    off = (pl.col("sum") - pl.col("amount")).abs() <= CENTS_OFF
    _settle(ledger, lists, "remittance_basis", CENTS, everything & off)
    for percent in DISCOUNTS:
        # Each claim's discount is rounded by itself.
        taken = (pl.col("amount") * 100 - pl.col("sum") * (100 - percent)).abs() <= 100 * pl.col("count")
        _settle(ledger, lists, "remittance_basis", DISCOUNT, everything & taken)


def short(ledger: Ledger, lists: Lists) -> None:
    """Every named claim, where the cash is somewhat less than their dues: a credit was taken, and nobody says which."""
    everything = (pl.col("count") == pl.col("parts")) & (pl.col("count") >= 2) & (pl.col("number") == SAME)
    less = (pl.col("amount") < pl.col("sum")) & (pl.col("amount") * 100 >= pl.col("sum") * (100 - MOST_CREDIT))
    _settle(ledger, lists, "remittance_short", 0, everything.all().over("unit") & less, decides=False)


def _settle(ledger: Ledger, lists: Lists, rule: str, basis: int, fits: pl.Expr, decides: bool = True) -> None:
    """Take lists that fit; of two that name one claim the earlier payment comes first."""
    rows = lists.open(ledger).filter(fits)
    day = pl.Series("day", ledger.on.units.day[rows["unit"].to_numpy()], dtype=pl.Int64)
    rows = rows.with_columns(day).with_columns(
        first=pl.struct("day", "unit").rank("ordinal").over("claim") == 1 if rows.height else pl.lit(True)
    )
    rows = rows.filter(pl.col("first").all().over("unit"))
    auto = (rows["count"].to_numpy() >= 2) & decides
    ledger.take(found(ledger, rows, rule, basis, auto, np.full(rows.height, 0.99 if decides else 0.8)))


def found(ledger: Ledger, rows: pl.DataFrame, rule: str, basis: int, auto: Bools, confidence: Floats) -> Found:
    """Rows of `Lists` as finds: each claim gets its due, the last one what is left of the cash."""
    on = ledger.on
    unit, claim = rows["unit"].to_numpy(), rows["claim"].to_numpy()
    last = pl.int_range(pl.len()).over("unit") == pl.len().over("unit") - 1
    before = (pl.col("due").cum_sum() - pl.col("due")).over("unit")
    rest = pl.max_horizontal(pl.col("amount") - before, pl.lit(0))
    amounts = rows.select(pl.when(last).then(rest).otherwise(pl.min_horizontal(rest, "due")))
    return Found(
        rule=rule,
        unit=unit,
        claim=claim,
        amount=amounts.to_series().to_numpy(),
        auto=auto & on.same_vendor(unit, claim),
        confidence=confidence,
        number=rows["number"].to_numpy(),
        basis=np.full(rows.height, basis),
        project=agreement(on.units.project[unit], on.claims.project[claim]),
        days=days_between(on, unit, claim),
        parts=rows["count"].to_numpy(),
        rival=np.full(rows.height, NOBODY),
    )
