"""Small companies for the tests: a row says what matters and the rest is ordinary.

Amounts are whole units of the currency (`500` is 500.00). The vendor is Alder Ridge, the company
Larkspur, the project P-1 with commitment SC-1; Procore knows all three.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from toolkit import schemas
from toolkit.matching.model import Inputs, Scope
from toolkit.rules import companies, lines, picture, statement
from toolkit.rules.policy import Policy
from toolkit.rules.reconcile import put_together, reconcile

AS_OF = date(2026, 10, 31)
DAY = date(2026, 10, 5)
Row = dict[str, Any]
MONEY = {
    "payment_amount", "unapplied_amount", "applied_amount", "discount_amount", "withholding_amount",
    "retainage_amount", "gross_amount", "tax_amount", "due_amount", "revised_amount", "paid_amount", "amount",
}  # fmt: skip


def payment(payment_id: str, amount: float, **said: Any) -> Row:
    return {
        "erp": "netsuite",
        "erp_company": "Larkspur",
        "payment_id": payment_id,
        "check_number": payment_id,
        "payment_method": "check",
        "document_kind": "payment",
        "payment_date": DAY,
        "vendor_id": "V-1",
        "vendor_name": "Alder Ridge",
        "currency_code": "USD",
        "payment_amount": amount,
        "unapplied_amount": 0,
        "status": "issued",
        "source_file": "payments.csv",
        "source_row": 1,
    } | said


def pays(payment_id: str, invoice_number: str, amount: float, **said: Any) -> Row:
    """One application; its id names the document, so that one payment can settle several."""
    return {
        "erp": "netsuite",
        "erp_company": "Larkspur",
        "payment_id": payment_id,
        "application_id": f"bill:{invoice_number}",
        "document_type": "bill",
        "document_number": invoice_number,
        "invoice_number": invoice_number,
        "applied_amount": amount,
        "discount_amount": 0,
        "withholding_amount": 0,
        "retainage_amount": 0,
        "status": "applied",
        "source_file": "payments.csv",
        "source_row": 1,
    } | said


def claim(claim_id: str, invoice_number: str, due: float, **said: Any) -> Row:
    return {
        "claim_id": claim_id,
        "project_id": "1",
        "project_number": "P-1",
        "commitment_id": "10",
        "commitment_number": "SC-1",
        "vendor_id": "900",
        "vendor_name": "Alder Ridge LLC",
        "claim_number": invoice_number,
        "invoice_number": invoice_number,
        "status": "approved",
        "gross_amount": due,
        "retainage_amount": 0,
        "tax_amount": 0,
        "due_amount": due,
        "currency_code": "USD",
        "origin_id": f"bill:{invoice_number}",
    } | said


def row(issued_payment_id: str, amount: float, **said: Any) -> Row:
    """One row of the Payments Issued tab."""
    return {
        "issued_payment_id": issued_payment_id,
        "project_id": "1",
        "commitment_id": "10",
        "payment_date": DAY,
        "amount": amount,
        "currency_code": "USD",
        "synced": False,
    } | said


COMMITMENT: Row = {
    "commitment_id": "10",
    "commitment_number": "SC-1",
    "kind": "subcontract",
    "project_id": "1",
    "vendor_id": "900",
    "vendor_name": "Alder Ridge LLC",
    "currency_code": "USD",
    "payments_enabled": True,
    "revised_amount": 100_000,
}
PROJECT: Row = {"project_id": "1", "project_number": "P-1", "project_name": "Mill", "erp_integrated": False}
VENDOR: Row = {"vendor_id": "900", "vendor_name": "Alder Ridge LLC", "origin_code": "V-1"}


def settled(amount: float, **said: Any) -> Inputs:
    """Payment 101 of `amount` on claim A-1 of 500; `paid`, `applied`, `claimed`, `rows` and the rest say otherwise."""
    facts = [said.pop(name, {}) for name in ("paid", "applied", "claimed")]
    return company(
        [payment("101", amount, **facts[0])],
        [pays("101", "A-1", amount) | facts[1]],
        [claim("1", "A-1", 500, **facts[2])],
        said.pop("rows", ()),
        **said,
    )


def frame(table: type[schemas.Table], rows: Iterable[Row]) -> pl.DataFrame:
    """Rows as the canonical table, with amounts in cents."""
    cents = [{name: _cents(name, value) for name, value in each.items()} for each in rows]
    types = schemas.columns(table)
    drawn = pl.DataFrame(cents, schema={name: types[name] for name in types}) if cents else schemas.empty(table)
    return table.validate(drawn)


def _cents(name: str, value: Any) -> Any:
    return round(value * 100) if name in MONEY and value is not None else value


def company(
    payments: Iterable[Row] = (),
    applications: Iterable[Row] = (),
    claims: Iterable[Row] = (),
    rows: Iterable[Row] = (),
    **said: Any,
) -> Inputs:
    """Both sides; `commitments`, `projects`, `vendors` replace the ordinary ones."""
    return Inputs(
        payments=frame(schemas.Payments, payments),
        applications=frame(schemas.Applications, applications),
        claims=frame(schemas.Claims, claims),
        issued_payments=frame(schemas.IssuedPayments, rows),
        commitments=frame(schemas.Commitments, said.get("commitments", [COMMITMENT])),
        projects=frame(schemas.Projects, said.get("projects", [PROJECT])),
        vendors=frame(schemas.Vendors, said.get("vendors", [VENDOR])),
    )


def found(inputs: Inputs, scope: Scope | None = None, policy: Policy | None = None) -> dict[str, list[Row]]:
    """The mismatches of a run, by code."""
    table = reconcile(inputs, scope or Scope(AS_OF), policy=policy).mismatches
    return {str(code): part.to_dicts() for (code,), part in table.group_by("code")}


def sentence(inputs: Inputs, code: str, policy: Policy | None = None) -> str:
    """The one sentence that a code has."""
    (only,) = found(inputs, policy=policy)[code]
    return str(only["sentence"])


def drawn(inputs: Inputs, scope: Scope | None = None, policy: Policy | None = None) -> picture.Picture:
    """The picture of a run."""
    return put_together(inputs, scope or Scope(AS_OF), policy=policy)[-1]


@dataclass(frozen=True)
class Told:
    """A statement with what it was made of."""

    picture: picture.Picture
    homes: pl.DataFrame
    items: pl.DataFrame
    lines: pl.DataFrame


def told(inputs: Inputs, scope: Scope | None = None, policy: Policy | None = None) -> Told:
    """The statement of a run."""
    scope = scope or Scope(AS_OF)
    seen = drawn(inputs, scope, policy)
    homes = lines.row_groups(seen, companies.assign(seen, inputs))
    items = lines.items(seen, homes)
    return Told(seen, homes, items, statement.tie_out(inputs, items, homes, scope))


def amounts(inputs: Inputs, scope: Scope | None = None) -> dict[str, int]:
    """The statement's lines of the one group, in whole units."""
    said = told(inputs, scope).lines
    return {label: amount // 100 for label, amount in said.select("label", "amount").iter_rows()}
