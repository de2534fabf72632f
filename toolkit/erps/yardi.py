"""Yardi Voyager: a payment register, one block of rows per check, its head on the first row only.

A reversing check is a new control with the old check's number and the opposite amount. Credits
stand negative among a check's rows. One check over several properties is one payment.
"""

from __future__ import annotations

import re

from toolkit.erps.profile import Profile
from toolkit.erps.table_export import table_export

PROFILE = Profile(
    erp="yardi",
    headers={
        "payment_number": ("control", "ctrl", "check control"),
        "bank_account_id": ("bank", "bank code", "cash account"),
        "check_number": ("check#", "check #", "check number", "chk#"),
        "payment_date": ("check date", "date"),
        "post_period": ("post month", "period"),
        "vendor_id": ("vendor", "vendor code", "person", "payee code"),
        "vendor_name": ("vendor name", "payee name", "name"),
        "invoice_number": ("invoice #", "invoice", "invoice number", "invoice#", "ref"),
        "document_number": ("payable control", "payable", "invoice control"),
        "applied_amount": ("amount", "amt payable", "check amount"),
        "cleared_date": ("clear date", "cleared date"),
        "entity": ("property", "property code"),
        "project_number": ("job",),
        "commitment_number": ("contract",),
        "memo": ("notes", "remark"),
        "payment_method": ("payment method",),
    },
    needed=("payment_number", "check_number", "payment_date", "invoice_number", "document_number", "applied_amount"),
    key=("payment_number",),
    amount="lines",
    fill_down=True,
    by_sign=True,
    twins=("check_number", "vendor_id"),
    subtotal=re.compile(r"^total k-\S+", re.IGNORECASE),
    total=re.compile(r"^grand total", re.IGNORECASE),
)

EXPORT = table_export(PROFILE, "Yardi Voyager")
