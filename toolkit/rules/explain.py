"""Why a payment stands where it stands, in sentences, from the tables of one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from toolkit.errors import NotFound
from toolkit.matching.units import PAYMENT
from toolkit.rules import alternatives, story
from toolkit.schemas import SETTLED

Table = Callable[[str], pl.DataFrame]


@dataclass(frozen=True)
class Explanation:
    """One payment with both sides and the reasons; frames are canonical (minor units).

    `sentences` tell all of it in order: the payment, what it pays and by which rule, what Procore
    shows, what is wrong and what to do, the nearest `alternatives` with why each lost, and what would
    change the answer.
    """

    sentences: tuple[str, ...]
    payment: pl.DataFrame
    applications: pl.DataFrame
    matches: pl.DataFrame
    claims: pl.DataFrame
    issued_payments: pl.DataFrame
    mismatches: pl.DataFrame
    alternatives: pl.DataFrame
    changes: tuple[str, ...]


def explain(table: Table, payment_id: str, erp: str | None = None, erp_company: str | None = None) -> Explanation:
    """Explain one payment of a run (`table` is `Snapshot.table`); NotFound where there is none or several.

    `payment_id` may also be its check number.
    """
    found = _one(table("payments"), payment_id, erp, erp_company)
    key = found.select(PAYMENT)

    def mine(name: str) -> pl.DataFrame:
        return table(name).join(key, on=PAYMENT, how="semi")

    applications, matches, links, mismatches = (
        mine(name) for name in ("applications", "matches", "links", "mismatches")
    )
    everything = table("claims")
    claims = everything.join(matches.select("claim_id").unique(), on="claim_id", how="semi").sort("claim_id")
    shown = table("issued_payments").join(links.select("issued_payment_id"), on="issued_payment_id", how="semi")
    # What was taken back, or is not final, is looked for no claim.
    open_to = everything if found["status"][0] in SETTLED else everything.clear()
    others = alternatives.nearest(found, applications, open_to, matches)
    changes = story.changes(found, matches, others)
    parts = (
        story.payment(found, applications),
        *story.matches(found, matches, claims),
        *story.links(links),
        *story.mismatches(mismatches),
        *story.alternatives(others),
        *changes,
    )
    return Explanation(
        sentences=parts,
        payment=found,
        applications=applications,
        matches=matches,
        claims=claims,
        issued_payments=shown.sort("issued_payment_id"),
        mismatches=mismatches,
        alternatives=others,
        changes=changes,
    )


def _one(payments: pl.DataFrame, payment_id: str, erp: str | None, erp_company: str | None) -> pl.DataFrame:
    found = payments.filter(pl.col("payment_id") == payment_id)
    found = payments.filter(pl.col("check_number") == payment_id) if found.is_empty() else found
    for name, said in (("erp", erp), ("erp_company", erp_company)):
        found = found.filter(pl.col(name) == said) if said else found
    if found.height != 1:
        many = ", ".join(f"{row[0]} {row[1]} {row[2]}" for row in found.select(PAYMENT).head(5).iter_rows())
        hint = f"several have it ({many}); say which with --erp and --company" if many else "this run does not know it"
        raise NotFound(f"Payment {payment_id}: {hint}.")
    return found
