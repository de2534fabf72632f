"""Procore's lists as data: the labels of their columns, and which tell one list from the others.

Labels of commitments are those of the Commitments tool; those of invoices and payments are what the
screens call these fields, for a report's columns are picked and renamed by each company. What tells a
list has Procore's own words only: an ERP's payments must never be taken for Procore's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from toolkit import schemas
from toolkit.erps.profile import Profile

PROJECT = ("project number", "project #", "project")
COMMITMENT = ("commitment number", "commitment #", "contract number", "contract #", "commitment", "contract")
COMPANY = ("contract company", "commitment company")
INVOICE = ("invoice #", "progress claim #", "payment application #")
TOTAL = re.compile(r"^(?:grand |sub)?totals?:?$", re.IGNORECASE)
# Payments Issued hang on a commitment and name no payee: a table that does is an ERP's.
PAYEES = ("vendor", "vendor name", "vendor id", "supplier", "supplier name", "payee", "company", "bank account", "bank")
# What a released integration writes beside a row of its own.
SYNCED = ("synced", "synced with erp")


@dataclass(frozen=True)
class List:
    """One list: the table that it becomes, how it is read, what is typed, and what must not be blank.

    A table with one of the labels of `never` is another thing, unless a mapping says that it is this.
    """

    name: str
    table: type[schemas.Table]
    profile: Profile
    amounts: tuple[str, ...]
    dates: tuple[str, ...]
    wanted: tuple[str, ...]
    never: tuple[str, ...] = ()


def _profile(headers: dict[str, tuple[str, ...]], needed: tuple[str, ...], *, one_per_row: bool = False) -> Profile:
    common = {"project_number": PROJECT, "currency_code": ("currency", "currency code")}
    return Profile(erp="procore", headers=common | headers, needed=needed, one_per_row=one_per_row)


COMMITMENTS = List(
    name="commitments",
    table=schemas.Commitments,
    profile=_profile(
        {
            "commitment_number": ("number", "#", *COMMITMENT),
            "vendor_name": COMPANY,
            "status": ("status",),
            "kind": ("type", "contract type", "commitment type"),
            "revised_amount": ("revised contract amount", "revised commitment amount", "revised amount"),
            "paid_amount": ("payments received", "payments issued", "total payments"),
        },
        needed=("commitment_number", "vendor_name", "revised_amount"),
    ),
    amounts=("revised_amount", "paid_amount"),
    dates=(),
    wanted=("commitment_number",),
)
CLAIMS = List(
    name="claims",
    table=schemas.Claims,
    profile=_profile(
        {
            "invoice_number": INVOICE,
            "commitment_number": COMMITMENT,
            "vendor_name": COMPANY,
            "status": ("invoice status", "status"),
            "billing_date": ("billing date", "invoice date"),
            "gross_amount": ("gross amount", "claimed amount", "total claimed amount"),
            "retainage_amount": ("retainage", "retention", "holdback", "total retainage", "total retention"),
            "tax_amount": ("tax amount", "tax", "gst", "vat"),
            "due_amount": ("current payment due", "net amount", "amount due", "payment due"),
        },
        needed=("invoice_number", "commitment_number", "vendor_name", "status", "due_amount"),
    ),
    amounts=("gross_amount", "retainage_amount", "tax_amount", "due_amount"),
    dates=("billing_date",),
    wanted=("commitment_number", "invoice_number", "status", "due_amount"),
)
ISSUED_PAYMENTS = List(
    name="issued_payments",
    table=schemas.IssuedPayments,
    profile=_profile(
        {
            "commitment_number": COMMITMENT,
            "payment_date": ("payment date", "date"),
            "payment_number": ("payment #",),
            "check_number": ("check #", "check/ref #", "cheque #", "cheque/ref #"),
            "invoice_number": INVOICE,
            "amount": ("payment amount", "amount"),
            "notes": ("notes",),
            "erp_status": ("erp status",),
        },
        needed=("commitment_number", "payment_date", "payment_number", "invoice_number", "check_number", "amount"),
        # Two equal rows are a payment that stands twice, which is what a run looks for.
        one_per_row=True,
    ),
    amounts=("amount",),
    dates=("payment_date",),
    wanted=("commitment_number", "payment_date", "amount"),
    never=PAYEES,
)
