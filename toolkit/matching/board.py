"""Both sides as integer arrays: what the allocating passes compare, without a string on the hot path.

Units are numbered as in `units`; claims by their sorted ids. Names, projects and currencies become
codes (0 where nothing is said), amounts are minor units, days count from 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from toolkit.matching.keys import keyed, project_key
from toolkit.matching.tokens import Bools, Hashes, Ints, mixed
from toolkit.matching.vendors import VENDOR, erp_vendor, procore_vendor, texts

Floats = npt.NDArray[np.float64]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
# Amounts that a claim may be paid by beside its due, in the order of preference.
DUE, GROSS, GROSS_AND_TAX, DUE_LESS_TAX, DUE_AND_TAX, CENTS, DISCOUNT = range(1, 8)
# A whole hundred is what people agree on: it says little about which claim is meant.
ROUND = 100_00
# Claims of one vendor with the same due: from so many on, the amount says little.
OFTEN = 4
NOBODY, SEVERAL = -1, -2
# So many claims of a vendor show how its amounts vary.
KNOWN = 6


@dataclass(frozen=True)
class Paying:
    """Units that look for a claim. `single`: an application, which settles one bill.

    `repeated` counts the vendor's payments of this amount, voided ones left out.
    """

    open: Bools
    single: Bools
    amount: Ints
    day: Ints
    project: Ints
    commitment: Ints
    currency: Ints
    vendor: Ints
    text: pl.Series
    repeated: Ints

    @property
    def size(self) -> int:
        return self.amount.size


@dataclass(frozen=True)
class Claimed:
    """Claims: `bases` are the amounts in the order of the constants above (DUE first), as (rank, amounts).

    `repeated` counts the vendor's claims with this due, `projects` the projects that its claims lie in,
    and `once` says that this due is the only one of its kind among `KNOWN` claims of the vendor or more.
    """

    ids: pl.Series
    number: pl.Series
    due: Ints
    day: Ints
    project: Ints
    commitment: Ints
    currency: Ints
    vendor: Ints
    bases: tuple[tuple[int, Ints], ...]
    repeated: Ints
    projects: Ints
    once: Bools

    @property
    def size(self) -> int:
        return self.due.size


@dataclass(frozen=True)
class Board:
    """Both sides, and which vendor of the one is which of the other (vendor, claim_vendor, sure).

    `firm` holds the sure ones sorted, one number for each pair.
    """

    units: Paying
    claims: Claimed
    edges: pl.DataFrame
    firm: Ints
    forbidden: Hashes

    @cached_property
    def _apart(self) -> list[tuple[Ints, Ints]]:
        """Currencies and commitments of both sides, where they can differ at all."""
        units, claims = self.units, self.claims
        both = [(units.currency, claims.currency), (units.commitment, claims.commitment)]
        return [sides for sides in both if all(side.any() for side in sides) and _several(*sides)]

    @cached_property
    def all_may_meet(self) -> bool:
        """Is there no pair that may not meet?"""
        return not self._apart and not self.forbidden.size

    def may_meet(self, unit: Ints, claim: Ints) -> Bools:
        """False for another currency or commitment, and where a person said that the two do not belong together."""
        fine = np.ones(unit.shape, np.bool_)
        for ours, theirs in self._apart:
            fine &= agreement(ours[unit], theirs[claim]) >= 0
        return fine & ~np.isin(salted(unit, claim), self.forbidden) if self.forbidden.size else fine

    def same_vendor(self, unit: Ints, claim: Ints) -> Bools:
        """Is it known, and not only hinted at, that the two vendors are the same?"""
        ours, theirs = self.units.vendor[unit], self.claims.vendor[claim]
        lone = self._partner[ours]
        same: Bools = lone == theirs
        several = np.flatnonzero(lone == SEVERAL)
        same[several] = np.isin(ours[several] << 32 | theirs[several], self.firm)
        return same

    @cached_property
    def _partner(self) -> Ints:
        """Per vendor of units the one claim vendor that it is for sure; `NOBODY` or `SEVERAL` where it is not one."""
        ours, theirs = self.firm >> 32, self.firm & (1 << 32) - 1
        partner = np.full(max(self.units.vendor.max(initial=0), ours.max(initial=0)) + 1, NOBODY)
        partner[ours] = theirs
        partner[np.bincount(ours, minlength=partner.size) > 1] = SEVERAL
        return partner


def agreement(ours: Ints, theirs: Ints) -> Ints:
    """1 where both codes are said and the same, -1 where they differ, 0 where one is not said."""
    said = (ours != 0) & (theirs != 0)
    found: Ints = said * ((ours == theirs) * np.int64(2) - 1)
    return found


def _several(ours: Ints, theirs: Ints) -> bool:
    """Are there two different codes, on whichever side?"""
    said = np.concatenate([ours, theirs])
    said = said[said != 0]
    return bool((said != said[0]).any())


@dataclass(frozen=True)
class Said:
    """What stands before the passes: decided units, cents already put on each claim, pairs that may not meet."""

    decided: Bools
    paid: Ints
    forbidden: Hashes


def salted(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> Hashes:
    """One 64-bit key of two integer columns."""
    return mixed(first.astype(np.uint64) * GOLDEN ^ mixed(second.astype(np.uint64) + np.uint64(7)))


def board(units: pl.DataFrame, claims: pl.DataFrame, vendors: pl.DataFrame, said: Said) -> Board:
    """Lay out every unit and claim, `claims` sorted by id."""
    ordered = keyed(claims)
    named = units.select(*VENDOR[:2], vendor=erp_vendor())
    known = vendors.select(VENDOR).unique().sort(VENDOR).with_row_index("code", offset=1)
    met = vendors.select("procore_vendor").unique().sort("procore_vendor").with_row_index("claim_code", offset=1)
    pairs = vendors.join(known, on=VENDOR).join(met, on="procore_vendor")
    pairs = pairs.select(
        "sure", vendor=pl.col("code").cast(pl.Int64), claim_vendor=pl.col("claim_code").cast(pl.Int64)
    ).sort("vendor", "claim_vendor")
    unit_vendor = named.join(known, on=VENDOR, how="left", maintain_order="left")["code"]
    claim_vendor = ordered.select(procore_vendor=procore_vendor()).join(
        met, on="procore_vendor", how="left", maintain_order="left"
    )["claim_code"]
    projects = _codes(units["project_number"], ordered["project_number"], project_key)
    commitments = _codes(units["commitment_number"], ordered["commitment_number"], project_key)
    currencies = _codes(units["currency_code"], ordered["currency_code"], pl.col)
    usable = units["alive"] & units["cash"] & ~units["elsewhere"] & ~units["split_unknown"]
    paying = Paying(
        open=usable.to_numpy() & ~said.decided,
        single=units["application_id"].is_not_null().to_numpy(),
        amount=units["amount"].to_numpy(),
        day=_days(units["payment_date"]),
        project=projects[0],
        commitment=commitments[0],
        currency=currencies[0],
        vendor=_ints(unit_vendor),
        text=texts(units),
        repeated=_repeated(units["amount"].to_numpy(), _ints(unit_vendor), units["alive"].to_numpy()),
    )
    codes = (projects[1], commitments[1], currencies[1], _ints(claim_vendor))
    claimed = _claimed(ordered, codes, said.paid)
    firm = pairs.filter("sure")
    known_pairs = np.sort(firm["vendor"].to_numpy() << 32 | firm["claim_vendor"].to_numpy())
    return Board(paying, claimed, pairs, known_pairs, said.forbidden)


def _claimed(claims: pl.DataFrame, codes: tuple[Ints, Ints, Ints, Ints], paid: Ints) -> Claimed:
    due, tax, gross = (_ints(claims[name]) for name in ("due_amount", "tax_amount", "gross_amount"))
    due = np.maximum(due - paid, 0)
    # What is paid in part has one amount left; one that has no gross has no other basis by it.
    fresh = (paid == 0) & (due > 0)
    full = fresh & claims["gross_amount"].is_not_null().to_numpy()
    others = (
        (GROSS, np.where(full, gross, 0)),
        (GROSS_AND_TAX, np.where(full & (tax != 0), gross + tax, 0)),
        (DUE_LESS_TAX, np.where(fresh, due - tax, 0)),
        (DUE_AND_TAX, np.where(fresh, due + tax, 0)),
    )
    bases = ((DUE, due), *((rank, np.where(amounts == due, 0, amounts)) for rank, amounts in others))
    vendor = codes[-1]
    day = _days(claims["billing_date"])
    homes = pl.DataFrame({"vendor": vendor, "project": codes[0]})
    projects = homes.select(pl.n_unique("project").over("vendor").cast(pl.Int64))["project"].to_numpy()
    repeated, many = _repeated(due, vendor), np.bincount(vendor, minlength=1)[vendor] >= KNOWN
    once = (repeated == 1) & many
    return Claimed(claims["claim_id"], claims["invoice_number"], due, day, *codes, bases, repeated, projects, once)


def _repeated(amount: Ints, vendor: Ints, alive: Bools | None = None) -> Ints:
    """How many rows of the vendor have this amount, those that are `alive` counted."""
    rows = pl.DataFrame({"amount": amount, "vendor": vendor, "alive": True if alive is None else alive})
    return rows.select(pl.col("alive").sum().over("amount", "vendor").cast(pl.Int64))["alive"].to_numpy()


def _codes(ours: pl.Series, theirs: pl.Series, key: object) -> tuple[Ints, Ints]:
    """One code per distinct key over both sides; keys are made of distinct values only."""
    form = key if callable(key) else pl.col
    distinct = pl.DataFrame({"text": pl.concat([ours.rename("text"), theirs.rename("text")]).unique()})
    coded = distinct.select("text", code=form("text").rank("dense").fill_null(0))
    first, second = (
        _ints(side.rename("text").to_frame().join(coded, on="text", how="left", maintain_order="left")["code"])
        for side in (ours, theirs)
    )
    return first, second


def _ints(values: pl.Series) -> Ints:
    return values.fill_null(0).cast(pl.Int64).to_numpy()


# A day that is not known lies in no window.
UNKNOWN_DAY = -(10**6)


def _days(values: pl.Series) -> Ints:
    return values.cast(pl.Int32).cast(pl.Int64).fill_null(UNKNOWN_DAY).to_numpy()
