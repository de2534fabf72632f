"""QuickBooks Online's reports: they list payments and bills, and never say which payment settled which bill.

Transaction List by Vendor groups by a heading row; Transaction List by Date and Bill Payment List
name the vendor in a column. Payments are negative; a void is zero with "Voided" in its memo.
"""

from __future__ import annotations

import re

from toolkit.erps.profile import Profile

HEADERS = {
    "payment_date": ("date", "transaction date"),
    "kind": ("transaction type", "type"),
    "check_number": ("num", "transaction number", "no."),
    "posting": ("posting", "posting (y/n)"),
    "name": ("name", "vendor", "vendor name"),
    "memo": ("memo/description", "memo", "description"),
    "bank_account_id": ("account", "account name", "account full name", "split"),
    "payment_amount": ("amount",),
}
FURNITURE = re.compile(r"^(total|(cash|accrual) basis.*|(mon|tues|wednes|thurs|fri|satur|sun)day, .*)$", re.IGNORECASE)
KINDS = dict.fromkeys(("bill payment (check)", "bill payment (credit card)", "bill payment"), "payment")

TRANSACTIONS = Profile(
    erp="qbo",
    headers=HEADERS,
    needed=("payment_date", "kind", "check_number", "payment_amount"),
    key=(),
    kinds=KINDS,
    furniture=FURNITURE,
    groups=True,
    one_per_row=True,
    unsigned=True,
)
BILL_PAYMENTS = Profile(
    erp="qbo",
    headers=HEADERS,
    needed=("payment_date", "check_number", "name", "payment_amount"),
    title="bill payment list",
    key=(),
    kinds=KINDS,
    furniture=FURNITURE,
    groups=True,
    one_per_row=True,
    unsigned=True,
)
