"""Several payments to one claim: parts that name it, and parts that name nothing but complete it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from toolkit.matching.board import CENTS, DUE, Floats, agreement
from toolkit.matching.edges import CENTS_OFF, EARLIEST, LATEST, NEAR, SAME, SPECIFIC, USUAL, Edges
from toolkit.matching.ledger import CLEAR_LEAD, NOBODY, Ledger, leaders, single, weight
from toolkit.matching.tokens import Bools, Ints


def in_parts(ledger: Ledger, edges: Edges, blank: Bools) -> None:
    """Payments smaller than the claim that they name: all of them, where together they do not pay too much."""
    on = ledger.on
    most = np.max([amounts for _, amounts in on.claims.bases], axis=0)
    named = edges.where((edges.number >= NEAR) & (edges.basis == 0) & (edges.project >= 0))
    named = ledger.open(named.where(on.units.amount[named.unit] <= most[named.claim]))
    best, lead, second = leaders(named.unit, (named.claim, np.abs(named.days - USUAL)), weight(named))
    pick = named.where(best)
    rival = np.where(second >= 0, named.claim[np.maximum(second, 0)], NOBODY) if second.size else second
    total = np.bincount(pick.claim, weights=on.units.amount[pick.unit], minlength=on.claims.size).astype(np.int64)
    fits = total[pick.claim] <= most[pick.claim] + CENTS_OFF
    _take(ledger, pick.where(fits), lead[fits], rival[fits], total)
    _completed(ledger, blank)


def _take(ledger: Ledger, pick: Edges, lead: Floats, rival: Ints, total: Ints) -> None:
    """Parts that come to the due are `split`; what leaves some of it open is `partial`."""
    whole = total[pick.claim] == ledger.left[pick.claim]
    clear = (lead >= CLEAR_LEAD) & (pick.days >= EARLIEST) & (pick.days <= LATEST)
    same, here = pick.number == SAME, pick.project == 1
    # Number and project, or number and a sum to the cent; a number but for a slip needs all three.
    auto = clear & np.where(same, whole | here, whole & here & (pick.size >= SPECIFIC)) & pick.sure
    confidence = np.where(auto, 0.99, 0.5 + np.minimum(lead, 4) / 10)
    parts = np.bincount(pick.claim, minlength=ledger.on.claims.size)[pick.claim]
    for rule, mask in (("split", whole), ("partial", ~whole)):
        part = pick.where(mask)
        if rule == "split":
            part = replace(part, basis=np.full(part.unit.size, DUE))
        found = single(ledger, rule, part, auto[mask], confidence[mask], rival[mask])
        ledger.take(replace(found, parts=parts[mask]), close=False)
    paid = pick.claim
    ledger.claims[paid] = False


def _completed(ledger: Ledger, blank: Bools) -> None:
    """Payments without a name whose amount is what a claim paid in part still has open, or one of its equal parts."""
    on = ledger.on
    begun = [found for found in ledger.finds if found.rule == "partial"]
    claim = np.concatenate([found.claim for found in begun]) if begun else np.zeros(0, np.int64)
    amount = np.concatenate([found.amount for found in begun]) if begun else np.zeros(0, np.int64)
    left = ledger.left[claim]
    asked = pl.DataFrame({"claim": claim, "left": left, "part": amount}).filter(pl.col("left") > CENTS_OFF)
    asked = asked.with_columns(
        claim_vendor=pl.Series(on.claims.vendor[asked["claim"].to_numpy()], dtype=pl.Int64),
        billed=pl.Series(on.claims.day[asked["claim"].to_numpy()], dtype=pl.Int64),
    )
    place = np.flatnonzero(ledger.units & blank & ~on.units.single)
    free = pl.DataFrame({"unit": place, "vendor": on.units.vendor[place], "amount": on.units.amount[place]}).join(
        on.edges.select("vendor", "claim_vendor"), on="vendor"
    )
    for name in ("left", "part"):
        wanted = asked.filter(pl.col("part") <= pl.col("left")) if name == "part" else asked
        wanted = wanted.select("claim", "claim_vendor", "billed", amount=name).unique()
        _fill(ledger, free.join(wanted, on=["claim_vendor", "amount"]))


def _fill(ledger: Ledger, met: pl.DataFrame) -> None:
    on = ledger.on
    unit, claim = met["unit"].to_numpy(), met["claim"].to_numpy()
    days = on.units.day[unit] - on.claims.day[claim]
    project = agreement(on.units.project[unit], on.claims.project[claim])
    fits = (days >= EARLIEST) & (days <= LATEST) & (project >= 0) & ledger.units[unit]
    fits &= on.may_meet(unit, claim)
    kept = met.filter(pl.Series(fits)).filter(pl.len().over("unit") == 1).sort("claim", "unit")
    open_ = pl.Series("open", ledger.left[kept["claim"].to_numpy()], dtype=pl.Int64)
    kept = kept.with_columns(open_).filter(pl.col("amount").cum_sum().over("claim") <= pl.col("open"))
    unit, claim = kept["unit"].to_numpy(), kept["claim"].to_numpy()
    nothing = np.zeros(unit.size, np.int64)
    edges = Edges(
        unit=unit,
        claim=claim,
        number=nothing,
        size=nothing,
        basis=np.full(unit.size, CENTS),
        project=agreement(on.units.project[unit], on.claims.project[claim]),
        days=on.units.day[unit] - on.claims.day[claim],
        sure=on.same_vendor(unit, claim),
    )
    # It completes the claim to the cent, in the claim's project, and no other payment would.
    asking = np.bincount(claim, minlength=on.claims.size)[claim]
    auto = (edges.project == 1) & (on.units.amount[unit] == ledger.left[claim]) & (asking == 1) & edges.sure
    alone = np.full(unit.size, NOBODY)
    ledger.take(single(ledger, "split_rest", edges, auto, np.where(auto, 0.99, 0.7), alone), close=False)
