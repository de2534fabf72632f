"""Workday: a report on supplier payments, whose columns each company picks and names.

A cell may hold several invoices, parted by semicolons or line breaks, beside a cell with as many
amounts. `Payee` is the vendor where no supplier column is.
"""

from __future__ import annotations

from toolkit.erps.profile import Profile
from toolkit.erps.table_export import table_export

PROFILE = Profile(
    erp="workday",
    headers={
        "payment_id": ("workday id", "reference id", "payment id", "supplier payment id"),
        "payment_number": ("payment", "supplier payment", "payment number"),
        "payment_date": ("payment date",),
        "payment_method": ("payment type",),
        "check_number": ("check number / transaction reference", "check number"),
        "reference": ("transaction reference", "payment reference"),
        "vendor_id": ("supplier id",),
        "vendor_name": ("supplier", "supplier name"),
        "payee_name": ("payee", "payee name"),
        "status": ("payment status", "status"),
        "payment_amount": ("payment amount", "amount"),
        "currency_code": ("currency", "payment currency"),
        "invoice_number": (
            "supplier's invoice number",
            "supplier's invoice numbers",
            "supplier invoice numbers",
            "supplier invoice number",
            "supplier invoices paid",
        ),
        "document_number": ("invoice number", "supplier invoice", "invoice"),
        "applied_amount": ("amount applied", "invoice amount paid", "amounts applied"),
        "discount_amount": ("discount taken", "discount amount"),
        "bank_account_id": ("bank account",),
        "erp_company": ("company",),
        "project_number": ("project",),
        "memo": ("memo",),
    },
    needed=("payment_number", "payment_date", "payment_amount", "invoice_number"),
    multiple=True,
    replies=("payment_number", "payment_date", "payment_amount", "invoice_number"),
    by_sign=True,
    statuses={
        "complete": "issued",
        "completed": "issued",
        "settled": "issued",
        "voided": "voided",
        "void": "voided",
        "failed": "voided",
        "in progress": "pending",
        "reconciled": "cleared",
    },
)

EXPORT = table_export(PROFILE, "Workday")
