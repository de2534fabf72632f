"""MRI Platform X: a check register, one row per invoice, a check's total under its rows.

The register has no key of its own: a payment is a bank, a check number, a date and a vendor. A void
is a word in its status; the amount stays.
"""

from __future__ import annotations

import re

from toolkit.erps.profile import Profile
from toolkit.erps.table_export import table_export

PROFILE = Profile(
    erp="mri",
    headers={
        "bank_account_id": ("bank id", "cash type"),
        "check_number": ("check number", "check no"),
        "payment_date": ("check date",),
        "vendor_id": ("vendor id",),
        "vendor_name": ("vendor name",),
        "invoice_number": ("invoice", "invoice number"),
        "entity": ("entity", "entity id"),
        "post_period": ("expense period", "period"),
        "applied_amount": ("amount", "check amount", "invoice amount"),
        "status": ("status",),
        "project_number": ("job", "job code"),
    },
    needed=("bank_account_id", "check_number", "payment_date", "vendor_id", "invoice_number", "applied_amount"),
    key=(),
    amount="lines",
    by_sign=True,
    statuses={"void": "voided", "voided": "voided", "cleared": "cleared", "reconciled": "cleared"},
    replies=("check_number", "payment_date", "vendor_id", "invoice_number", "applied_amount"),
    subtotal=re.compile(r"^check total$", re.IGNORECASE),
    total=re.compile(r"^total for bank (?P<of>.+)$|^grand total$", re.IGNORECASE),
    eft_number=re.compile(r"^E\d+$"),
)

EXPORT = table_export(PROFILE, "MRI Platform X")
