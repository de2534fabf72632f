"""Xero's Account Transactions report on Accounts Payable: each payment row settles one bill.

A credit note's row does not say which bill it settled and counts as other. A deleted payment does
not show at all; only the API's replies tell it.
"""

from __future__ import annotations

import re

from toolkit.erps.profile import Profile

PROFILE = Profile(
    erp="xero",
    headers={
        "payment_date": ("date",),
        "kind": ("source",),
        "name": ("description",),
        "reference": ("reference",),
        "invoice_number": ("reference",),
        "debit": ("debit",),
        "credit_side": ("credit",),
        "currency_code": ("currency",),
    },
    needed=("payment_date", "kind", "name", "invoice_number", "debit", "credit_side"),
    key=(),
    amount="lines",
    kinds={"payable payment": "payment"},
    other_note={
        "payable credit note": "A credit note in this report does not name the bill it settled: it counts as other."
    },
    total=re.compile(r"^total( .*)?$", re.IGNORECASE),
    total_of="debit",
    ends_with_total=True,
    furniture=re.compile(r"^(opening|closing) balance$", re.IGNORECASE),
    groups=True,
    one_per_row=True,
    reference_is_number=False,
    name_prefix=re.compile(r"^payment: *", re.IGNORECASE),
)
