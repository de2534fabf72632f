"""Why a payment stands where it stands, in sentences, from the tables of one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from toolkit import money
from toolkit.errors import NotFound
from toolkit.matching.units import PAYMENT
from toolkit.schemas import SEVERITIES

Table = Callable[[str], pl.DataFrame]
VERBS = {"auto": "pays", "confirmed": "pays", "suggest": "may pay"}


@dataclass(frozen=True)
class Explanation:
    """One payment with both sides and the reasons; frames are canonical (minor units)."""

    sentences: tuple[str, ...]
    payment: pl.DataFrame
    applications: pl.DataFrame
    matches: pl.DataFrame
    claims: pl.DataFrame
    issued_payments: pl.DataFrame
    mismatches: pl.DataFrame


def explain(table: Table, payment_id: str, erp: str | None = None, erp_company: str | None = None) -> Explanation:
    """Explain one payment of a run (`table` is `Snapshot.table`); NotFound where there is none or several.

    `payment_id` may also be its check number.
    """
    payments = table("payments")
    found = payments.filter(pl.col("payment_id") == payment_id)
    found = payments.filter(pl.col("check_number") == payment_id) if found.is_empty() else found
    for name, said in (("erp", erp), ("erp_company", erp_company)):
        found = found.filter(pl.col(name) == said) if said else found
    if found.height != 1:
        many = ", ".join(f"{row[0]} {row[1]} {row[2]}" for row in found.select(PAYMENT).head(5).iter_rows())
        hint = f"several have it ({many}); say which with --erp and --company" if many else "this run does not know it"
        raise NotFound(f"Payment {payment_id}: {hint}.")
    key = found.select(PAYMENT)

    def mine(name: str) -> pl.DataFrame:
        return table(name).join(key, on=PAYMENT, how="semi")

    matches, links, mismatches = mine("matches"), mine("links"), mine("mismatches")
    claims = table("claims").join(matches.select("claim_id").unique(), on="claim_id", how="semi").sort("claim_id")
    shown = table("issued_payments").join(links.select("issued_payment_id"), on="issued_payment_id", how="semi")
    return Explanation(
        sentences=tuple(_sentences(found, mine("applications"), matches, claims, links, mismatches)),
        payment=found,
        applications=mine("applications"),
        matches=matches,
        claims=claims,
        issued_payments=shown.sort("issued_payment_id"),
        mismatches=mismatches,
    )


def _sentences(
    payment: pl.DataFrame,
    applications: pl.DataFrame,
    matches: pl.DataFrame,
    claims: pl.DataFrame,
    links: pl.DataFrame,
    mismatches: pl.DataFrame,
) -> list[str]:
    row = payment.row(0, named=True)
    code = row["currency_code"]

    def amount(minor: int) -> str:
        return f"{money.shown(minor, code)} {code or ''}".strip()

    said = [
        (
            f"Payment {row['check_number'] or row['payment_id']} of {amount(row['payment_amount'])} to "
            f"{row['vendor_name'] or 'an unnamed vendor'} on {row['payment_date']} is {row['status']} in the ERP "
            f"and settles {applications.height} document{'' if applications.height == 1 else 's'}."
        )
    ]
    numbers = dict(claims.select("claim_id", "invoice_number").iter_rows())
    said += [
        f"{amount(match['matched_amount'])} of it {VERBS[match['band']]} claim {match['claim_id']} "
        f"(invoice {numbers.get(match['claim_id']) or 'without a number'}): {_inside(match['reason'])}."
        for match in matches.iter_rows(named=True)
    ]
    said += [
        f"Procore shows it as issued payment {link['issued_payment_id']}: {_inside(link['reason'])}."
        for link in links.iter_rows(named=True)
    ]
    said += [f"{found['sentence']} What to do: {_inside(found['action'])}" for found in _gravest_first(mismatches)]
    return said


def _inside(sentence: str) -> str:
    """A sentence as the second half of another."""
    return sentence[:1].lower() + sentence[1:]


def _gravest_first(mismatches: pl.DataFrame) -> list[dict[str, Any]]:
    grave = pl.col("severity").replace_strict({name: n for n, name in enumerate(SEVERITIES)}, return_dtype=pl.Int64)
    return mismatches.sort(grave, "code", "application_id", "claim_id", nulls_last=True).to_dicts()
