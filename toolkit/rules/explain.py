"""Why a payment stands where it stands, in sentences, from the tables of one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from toolkit import money
from toolkit.errors import NotFound
from toolkit.matching.units import PAYMENT

Table = Callable[[str], pl.DataFrame]


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
        f"{amount(match['matched_amount'])} against claim {match['claim_id']} "
        f"(invoice {numbers.get(match['claim_id'])}), {match['band']}: {match['reason']}."
        for match in matches.iter_rows(named=True)
    ]
    said += [
        f"Procore shows it as issued payment {link['issued_payment_id']}: {link['reason']}."
        for link in links.iter_rows(named=True)
    ]
    said += [f"{found['sentence']} {found['action']}" for found in mismatches.iter_rows(named=True)]
    return said
