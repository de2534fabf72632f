"""The sentences of an explanation: each takes the frames of one payment and says what stands in them."""

from __future__ import annotations

from typing import Any

import polars as pl

from toolkit import money
from toolkit.matching.again import PAID_AGAIN
from toolkit.schemas import DEAD, SETTLED, SEVERITIES

VERBS = {"auto": "pays", "confirmed": "pays", "suggest": "may pay"}


def payment(found: pl.DataFrame, applications: pl.DataFrame) -> str:
    """The payment itself: how much, to whom, when, and what becomes of it in the ERP."""
    row = found.row(0, named=True)
    settles = f"{applications.height} document{'' if applications.height == 1 else 's'}"
    return (
        f"Payment {row['check_number'] or row['payment_id']} of {_amount(row['payment_amount'], row)} to "
        f"{row['vendor_name'] or 'an unnamed vendor'} on {row['payment_date']} is {row['status']} in the ERP "
        f"and settles {settles}."
    )


def matches(found: pl.DataFrame, met: pl.DataFrame, claims: pl.DataFrame) -> list[str]:
    """What it pays, or may pay, and by which evidence."""
    row = found.row(0, named=True)
    numbers = dict(claims.select("claim_id", "invoice_number").iter_rows())
    return [
        f"{_amount(match['matched_amount'], row)} of it {_verb(match)} claim {match['claim_id']} "
        f"(invoice {numbers.get(match['claim_id']) or 'without a number'}): {_inside(match['reason'])}."
        for match in met.iter_rows(named=True)
    ]


def _verb(match: dict[str, Any]) -> str:
    # What pays a claim again is put beside it, and never pays it.
    return "names" if match["rule"] == PAID_AGAIN else VERBS[match["band"]]


def links(shown: pl.DataFrame) -> list[str]:
    """Which rows of Procore show it, and how that is known."""
    return [
        f"Procore shows it as issued payment {link['issued_payment_id']}: {_inside(link['reason'])}."
        for link in shown.iter_rows(named=True)
    ]


def mismatches(found: pl.DataFrame) -> list[str]:
    """What is wrong and what to do, the gravest first."""
    grave = pl.col("severity").replace_strict({name: n for n, name in enumerate(SEVERITIES)}, return_dtype=pl.Int64)
    ordered = found.sort(grave, "code", "application_id", "claim_id", nulls_last=True)
    return [f"{row['sentence']} What to do: {_inside(row['action'])}" for row in ordered.iter_rows(named=True)]


def alternatives(others: pl.DataFrame) -> list[str]:
    """The claims that came nearest, and why each lost."""
    return [
        f"Claim {row['claim_id']} (invoice {row['invoice_number'] or 'without a number'}) was not taken: {row['why']}."
        for row in others.unique("claim_id", keep="first", maintain_order=True).iter_rows(named=True)
    ]


def changes(found: pl.DataFrame, met: pl.DataFrame, others: pl.DataFrame) -> tuple[str, ...]:
    """What would change the answer."""
    row = found.row(0, named=True)
    payment_id, sure = row["payment_id"], met.filter(pl.col("band") != "suggest")
    if waits := _not_final(row):
        return (waits,)
    if not sure.is_empty():
        claim = sure["claim_id"][0] if sure["claim_id"].n_unique() == 1 else "CLAIM"
        return (f"A person can take it apart, and later runs keep to that: tieout unmatch {payment_id} {claim}.",)
    again = met.filter(pl.col("rule") == PAID_AGAIN)
    if not again.is_empty():
        claim = again["claim_id"][0] if again["claim_id"].n_unique() == 1 else "CLAIM"
        return (
            f"If it is no double, a person says so, and later runs keep to that: tieout confirm {payment_id} {claim}.",
        )
    confirm = f"tieout confirm {payment_id} CLAIM."
    if not met.is_empty():
        return (f"A project or commitment on the bill that only one claim has would decide it; or a person: {confirm}",)
    if others.is_empty():
        why = "No claim of this vendor comes near, and none has its invoice number"
        return (f"{why}: it would be matched once the vendor has submitted one.",)
    return (f"It would be matched if what differs were corrected, or if a person said so: {confirm}",)


def _not_final(row: dict[str, Any]) -> str | None:
    """Why no claim is looked for at all."""
    if row["status"] in DEAD:
        return "It would change only if the ERP reinstated the payment, and a person said so."
    if row["status"] not in SETTLED:
        return "It would be matched once the ERP says that it is issued or cleared."
    if row["document_kind"] != "payment":
        return f"A {row['document_kind'].replace('_', ' ')} pays no claim; what it is later applied to may."
    return None


def _amount(minor: int, row: dict[str, Any]) -> str:
    code = row["currency_code"]
    return f"{money.shown(minor, code)} {code or ''}".strip()


def _inside(sentence: str) -> str:
    """A sentence as the second half of another."""
    return sentence[:1].lower() + sentence[1:]
