"""Double payments: which of two payments of one bill is the first, and that the other pays it again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from toolkit.matching.board import DUE, OFTEN, Board, Floats
from toolkit.matching.edges import NEAR, Edges
from toolkit.matching.ledger import Found, Ledger, frame
from toolkit.matching.tokens import Bools, Ints
from toolkit.matching.units import KEY
from toolkit.matching.vendors import Named

PAID_AGAIN = "paid_again"
# Days within which the same vendor and cents are taken for the same bill.
SOON = 45


def earlier_first(ledger: Ledger, edges: Edges, blank: Bools) -> None:
    """Give a settled claim to an earlier open payment of the same vendor and cents that names it, or nothing."""
    on = ledger.on
    held = frame(ledger.finds).with_columns(at=pl.int_range(pl.len()))
    held = held.filter(pl.col("basis") == DUE, pl.col("parts") == 1)
    held = held.select("at", "unit", "claim").with_columns(_facts(on, held["unit"].to_numpy()))
    place = np.flatnonzero(ledger.units & ~on.units.single)
    free = pl.DataFrame({"other": place, "blank": blank[place]}).hstack(_facts(on, place)).rename({"day": "other_day"})
    named = pl.DataFrame({"other": edges.unit, "claim": edges.claim, "number": edges.number})
    met = held.join(free, on=["vendor", "amount"]).join(named, on=["other", "claim"], how="left")
    before = (pl.col("other_day") < pl.col("day")) | (
        (pl.col("other_day") == pl.col("day")) & (pl.col("other") < pl.col("unit"))
    )
    known = pl.col("number").fill_null(0)
    met = met.filter(before, pl.col("day") - pl.col("other_day") <= SOON, (known > 0) | pl.col("blank"))
    met = met.with_columns(known=known).sort("unit", "other_day", "other")
    met = met.unique("unit", keep="first", maintain_order=True).unique("other", keep="first", maintain_order=True)
    _swap(ledger, met.sort("at"))


def _facts(on: Board, unit: Ints) -> pl.DataFrame:
    return pl.DataFrame({"vendor": on.units.vendor[unit], "amount": on.units.amount[unit], "day": on.units.day[unit]})


def _swap(ledger: Ledger, met: pl.DataFrame) -> None:
    """Put the earlier unit in the later one's place; it is decided only where it names the claim itself."""
    at, other = met["at"].to_numpy(), met["other"].to_numpy()
    named = met["known"].to_numpy() >= NEAR
    begin = 0
    for number, found in enumerate(ledger.finds):
        mine = (at >= begin) & (at < begin + found.unit.size)
        place = at[mine] - begin
        begin += found.unit.size
        if not place.size:
            continue
        unit, auto, confidence = found.unit.copy(), found.auto.copy(), found.confidence.copy()
        unit[place], auto[place] = other[mine], found.auto[place] & named[mine]
        confidence[place] = _lower(confidence[place], ~auto[place])
        ledger.finds[number] = replace(found, unit=unit, auto=auto, confidence=confidence)
    ledger.units[other] = False
    ledger.units[met["unit"].to_numpy()] = True


def doubted(ledger: Ledger) -> None:
    """Leave to a person what an earlier payment of the same vendor and cents might settle that nothing is decided of.

    Its text may misspell the very claim; where the vendor bills one amount again and again it says nothing.
    """
    on = ledger.on
    held = frame(ledger.finds)
    sure = np.zeros(on.units.size, np.bool_)
    sure[held.filter("auto")["unit"].to_numpy()] = True
    place = np.flatnonzero(on.units.open & ~sure & ~on.units.single)
    others = pl.DataFrame({"other": place}).hstack(_facts(on, place)).rename({"day": "other_day"})
    alone = held.filter(pl.col("auto"), pl.col("basis") == DUE, pl.col("parts") == 1).select("unit", "claim")
    rare = on.claims.repeated[alone["claim"].to_numpy()] < OFTEN
    alone = alone.filter(pl.Series(rare, dtype=pl.Boolean))
    met = alone.hstack(_facts(on, alone["unit"].to_numpy())).join(others, on=["vendor", "amount"])
    gap = pl.col("day") - pl.col("other_day")
    met = met.filter(pl.col("other") != pl.col("unit"), gap >= 0, gap <= SOON)
    doubt = np.zeros(on.units.size, np.bool_)
    doubt[met["unit"].to_numpy()] = True
    ledger.finds = [
        replace(found, auto=found.auto & ~doubt[found.unit], confidence=_lower(found.confidence, doubt[found.unit]))
        for found in ledger.finds
    ]


def _lower(confidence: Floats, doubt: Bools) -> Floats:
    lowered: Floats = np.where(doubt, np.minimum(confidence, 0.8), confidence)
    return lowered


def paid_again(ledger: Ledger, edges: Edges) -> Found:
    """Open units that name a claim which another payment of the same cents has settled for sure."""
    on = ledger.on
    held = frame(ledger.finds).filter(pl.col("auto"), pl.col("parts") == 1)
    settled = np.full(on.claims.size, -1, np.int64)
    settled[held["claim"].to_numpy()] = held["unit"].to_numpy()
    first = settled[edges.claim]
    again = (first >= 0) & ledger.units[edges.unit] & (edges.number >= NEAR)
    again &= (on.units.amount[edges.unit] == on.units.amount[first]) & (
        on.units.vendor[edges.unit] == on.units.vendor[first]
    )
    pick = edges.where(again)
    lead = pl.DataFrame({"unit": pick.unit, "number": pick.number, "claim": pick.claim}).with_row_index("at")
    best = lead.sort("unit", "number", "claim", descending=[False, True, False]).unique(
        "unit", keep="first", maintain_order=True
    )
    pick = pick.where(best["at"].to_numpy())
    return Found(
        rule=PAID_AGAIN,
        unit=pick.unit,
        claim=pick.claim,
        amount=on.units.amount[pick.unit],
        auto=np.zeros(pick.unit.size, np.bool_),
        confidence=np.full(pick.unit.size, 0.9),
        number=pick.number,
        basis=pick.basis,
        project=pick.project,
        days=pick.days,
        parts=np.ones(pick.unit.size, np.int64),
        rival=settled[pick.claim],
    )


def called() -> pl.Expr:
    """The number by which people know a payment: its check or EFT number, else its id."""
    check = pl.col("check_number").str.strip_chars()
    return pl.when(check != "").then(check).otherwise("payment_id")


def applied_again(found: pl.DataFrame, units: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Rows of `Matches`; where the ERP applied more to a claim than is due, the later equal ones are `paid_again`.

    A part of the same amount that still fits into the due stays a part.
    """
    order = units.select("unit", "payment_date", length=pl.col("payment_id").str.len_chars(), called=called())
    due = claims.select("claim_id", due="due_amount")
    rows = found.join(order, on="unit", how="left").join(due, on="claim_id", how="left")
    rows = rows.sort("payment_date", "length", *KEY, "claim_id", nulls_last=True)
    group = ["erp", "erp_company", "claim_id", "matched_amount", "band"]
    place = pl.int_range(1, pl.len() + 1).over(group)
    paid, amount = pl.col("matched_amount").sum().over(group), pl.col("matched_amount")
    again = (pl.col("band") == "auto") & (place > 1) & (paid > pl.col("due")) & (place * amount > pl.col("due"))
    told = pl.format("The ERP paid this bill already; the first is payment {}", pl.col("called").first().over(group))
    again = again.fill_null(False)
    return rows.with_columns(
        rule=pl.when(again).then(pl.lit(PAID_AGAIN)).otherwise("rule"),
        confidence=pl.when(again).then(0.9).otherwise("confidence"),
        reason=pl.when(again).then(told).otherwise("reason"),
        band=pl.when(again).then(pl.lit("suggest")).otherwise("band"),
    ).select(found.columns)


def contested(found: pl.DataFrame, units: pl.DataFrame, claims: pl.DataFrame, said: Named) -> pl.DataFrame:
    """Units (`unit`) whose bill an earlier payment of the same vendor and cents, applied to none, may settle.

    It names the claim, or the vendor has few claims of that amount. The passes over cash weigh the two
    against each other: the earlier payment comes first.
    """
    facts = units.with_columns(vendor=pl.coalesce("vendor_id", "vendor_key"), day="payment_date")
    columns = ["erp", "erp_company", "vendor", "amount", "unit", "day"]
    rare = pl.len().over("vendor_id", "vendor_name", "due_amount") < OFTEN
    dues = claims.select("claim_id", "due_amount", rare=rare, claim=pl.int_range(pl.len(), dtype=pl.UInt32))
    held = found.filter(pl.col("band") == "auto").select("unit", "claim_id").join(facts.select(columns), on="unit")
    held = held.join(dues, on="claim_id").filter(pl.col("amount") == pl.col("due_amount"))
    free = facts.filter("alive", "cash", ~pl.col("elsewhere"), pl.col("application_id").is_null()).select(columns)
    numbered = held.join(said.claims.select(claim="row", exact="exact"), on="claim")
    naming = free.join(said.units.select(unit="row", exact="exact"), on="unit")
    near = held.filter("rare").join(free, on=columns[:4], suffix="_first")
    named = numbered.join(naming, on=[*columns[:4], "exact"], suffix="_first")
    gap = (pl.col("day") - pl.col("day_first")).dt.total_days()
    both = pl.concat([part.select("unit", "day", "day_first") for part in (near, named)])
    return both.filter(gap >= 0, gap <= SOON).select("unit").unique()
