"""Which unit may pay which claim: every pair of one vendor that agrees on a number or on an amount.

An `Edges` is a table of columns as arrays. `number` is 3 where the numbers are the same, 2 where they
differ by a suffix, a lost last character or one slip of the keyboard, 1 where they share their last
digits, 0 where nothing agrees. `basis` says what the amount agrees with (`board.DUE` and on; 0: nothing).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl

from toolkit.matching.board import CENTS, DISCOUNT, UNKNOWN_DAY, Board, agreement, salted
from toolkit.matching.tokens import Bools, Ints
from toolkit.matching.vendors import Named

SAME, NEAR, TAIL = 3, 2, 1
# Days between billing and payment in which an amount or a number is believed.
EARLIEST, LATEST = -10, 200
USUAL = 45
CENTS_OFF = 5
DISCOUNTS = (1, 2)
# Shorter numbers are pay-application numbers, which begin anew in every project.
SPECIFIC = 4


@dataclass(frozen=True)
class Edges:
    """Pairs of a unit and a claim with what agrees; `size` is the number's length, `days` from billing to payment."""

    unit: Ints
    claim: Ints
    number: Ints
    size: Ints
    basis: Ints
    project: Ints
    days: Ints
    sure: Bools

    def where(self, chosen: Bools | Ints) -> Edges:
        """The edges for which a mask holds, or at the places given."""
        place = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Edges(**{field.name: getattr(self, field.name).take(place) for field in fields(self)})

    def numbered(self, number: Ints) -> Edges:
        """The same edges with another agreement of numbers."""
        return replace(self, number=number, size=np.maximum(self.size, SPECIFIC))


def pieces(on: Board, named: Named) -> pl.DataFrame:
    """Named claims: unit, piece (which part of its text), claim, number, size. A piece may name several."""
    place = named.claims["row"].to_numpy().astype(np.int64)
    theirs = named.claims.select(pl.Series("claim", place), pl.exclude("row")).with_columns(
        claim_vendor=pl.Series(on.claims.vendor[place], dtype=pl.Int64)
    )
    ours = _open_pieces(on, named.units)
    same = pl.concat([_met(ours, theirs, key, key, SAME) for key in ("exact", "flat")])
    single = _open_pieces(on, named.words.filter(pl.col("size") > 1)).join(same, on="unit", how="anti")
    spoken = _met(single.with_columns(pl.col("piece") + named.units.height), theirs, "exact", "exact", SAME)
    # A short word is a number only in the company of another.
    spoken = spoken.filter((pl.col("size") >= SPECIFIC) | (pl.n_unique("piece").over("unit") > 1))
    rest = ours.join(same, on="piece", how="anti")
    long = rest.filter(pl.col("size") >= SPECIFIC)
    near = [
        _met(rest, theirs, "bare", "flat", NEAR),
        _met(rest, theirs, "flat", "bare", NEAR),
        _met(long, theirs, "flat", "cut", NEAR),
        _met(long, theirs, "bare", "bare", TAIL),
        _met(long.filter(pl.col("tail") != 0), theirs, "tail", "tail", TAIL),
    ]
    found = pl.concat([same, spoken, *near]).group_by("piece", "claim")
    together = found.agg(pl.first("unit"), pl.max("number"), pl.max("size")).sort("unit", "piece", "claim")
    return together.filter(pl.Series(on.may_meet(together["unit"].to_numpy(), together["claim"].to_numpy())))


def _open_pieces(on: Board, named: pl.DataFrame) -> pl.DataFrame:
    """Numbered pieces of open units, once for each claim vendor that their vendor may be."""
    rows = named["row"].to_numpy().astype(np.int64)
    ours = named.select(
        pl.Series("unit", rows), pl.Series("vendor", on.units.vendor[rows], dtype=pl.Int64), pl.exclude("row")
    ).with_columns(piece=pl.int_range(pl.len(), dtype=pl.Int64))
    return ours.filter(pl.Series(on.units.open[rows])).join(on.edges.select("vendor", "claim_vendor"), on="vendor")


def _met(ours: pl.DataFrame, theirs: pl.DataFrame, left: str, right: str, number: int) -> pl.DataFrame:
    """Pieces beside the claims of their vendor whose key is the same."""
    key = salted(ours[left].to_numpy(), ours["claim_vendor"].to_numpy())
    other = salted(theirs[right].to_numpy(), theirs["claim_vendor"].to_numpy())
    met = ours.select("unit", "piece", "size", key=pl.Series(key, dtype=pl.UInt64)).join(
        theirs.select("claim", key=pl.Series(other, dtype=pl.UInt64)), on="key"
    )
    return met.select("unit", "piece", "claim", "size", number=pl.lit(number, pl.Int64))


def edges(on: Board, named: pl.DataFrame) -> Edges:
    """Every pair worth comparing, sorted by unit and claim."""
    # One number for each pair: one group is quicker than a join of two.
    pair = pl.col("unit") * on.claims.size + pl.col("claim")
    by_number = named.select("number", pl.col("size").cast(pl.Int64), pair=pair)
    said = pl.concat([by_number, _by_amount(on).select("basis", pair=pair)], how="diagonal")
    both = said.group_by("pair").agg(pl.max("number", "size"), pl.min("basis")).sort("pair")
    columns = {name: both[name].fill_null(0).to_numpy() for name in ("number", "size", "basis")}
    unit, claim = np.divmod(both["pair"].to_numpy(), max(on.claims.size, 1))
    return _weighed(on, unit, claim, columns)


def _by_amount(on: Board) -> pl.DataFrame:
    """Units beside the claims of their vendor that their amount would pay, once per basis, in the window of days."""
    units, claims = on.units, on.claims
    place = np.flatnonzero(units.open & (units.amount > 0))
    ours = pl.DataFrame({"unit": place, "vendor": units.vendor[place], "amount": units.amount[place]}).join(
        on.edges.select("vendor", "claim_vendor"), on="vendor"
    )
    wanted = pl.Series("key", salted(ours["amount"].to_numpy(), ours["claim_vendor"].to_numpy()), dtype=pl.UInt64)
    ours = ours.select("unit", wanted)
    found = []
    for rank, amounts in claims.bases:
        some = np.flatnonzero((amounts > 0) & (claims.vendor > 0))
        key = pl.Series("key", salted(amounts[some], claims.vendor[some]), dtype=pl.UInt64)
        found.append(pl.DataFrame([key, pl.Series("claim", some)]).with_columns(basis=pl.lit(rank, pl.Int64)))
    met = ours.join(pl.concat(found), on="key").select("unit", "claim", "basis")
    days = days_between(on, met["unit"].to_numpy(), met["claim"].to_numpy())
    return met.filter(pl.Series((days >= EARLIEST) & (days <= LATEST)))


def days_between(on: Board, unit: Ints, claim: Ints) -> Ints:
    """Days from billing to payment; the usual where a claim has no date."""
    billed = on.claims.day[claim]
    return np.where(billed == UNKNOWN_DAY, USUAL, on.units.day[unit] - billed)


def _weighed(on: Board, unit: Ints, claim: Ints, columns: dict[str, Ints]) -> Edges:
    units, claims = on.units, on.claims
    paid, due = units.amount[unit], claims.due[claim]
    basis = columns["basis"]
    basis = np.where((basis == 0) & (np.abs(paid - due) <= CENTS_OFF), CENTS, basis)
    for percent in DISCOUNTS:
        taken = np.abs(paid * 100 - due * (100 - percent)) <= 100
        basis = np.where((basis == 0) & taken, DISCOUNT, basis)
    found = Edges(
        unit=unit,
        claim=claim,
        number=columns["number"],
        size=columns["size"],
        basis=basis,
        project=agreement(units.project[unit], claims.project[claim]),
        days=days_between(on, unit, claim),
        sure=on.same_vendor(unit, claim),
    )
    return found.where(on.may_meet(unit, claim))
