"""NetSuite: a saved search of type Transaction, one row per application (Main Line = false).

The header amount repeats on every row of a payment. A voided payment has no applied-to link left
and an amount of zero, or a negative twin of the same number. Bill Credit rows settle a bill without
cash. Labels as NetSuite ships them, with the common custom ones beside.
"""

from __future__ import annotations

import re

from toolkit.erps.profile import Profile
from toolkit.erps.table_export import table_export

PROFILE = Profile(
    erp="netsuite",
    headers={
        "payment_id": ("internal id", "int. id", "internalid"),
        **dict.fromkeys(("vendor_id", "vendor_name", "void_mark", "invoice_number", "document_type"), ()),
        **dict.fromkeys(("discount_amount", "cleared", "credit_number", "credit_id"), ()),
        "payment_date": ("date", "trandate"),
        "check_number": ("document number", "number", "check number", "check #", "tranid"),
        "payment_number": ("transaction number",),
        "name": ("name", "payee", "entity", "vendor"),
        "bank_account_id": ("account",),
        "kind": ("type",),
        "status": ("status",),
        "payment_amount": ("amount (foreign currency)", "amount"),
        "document": ("applied to transaction", "paid transaction", "applied bill"),
        "document_id": ("applied to transaction: internal id", "applied to transaction : internal id"),
        "invoice_date": ("applied to transaction: date", "applied to transaction : date"),
        "applied_amount": (
            "applied to link amount (foreign currency)",
            "applied to link amount",
            "paid amount (foreign currency)",
            "paid amount",
        ),
        "project_number": ("project", "applied to transaction: project", "job"),
        "commitment_number": ("purchase order", "applied to transaction: purchase order"),
        "currency_code": ("currency",),
        "erp_company": ("subsidiary",),
        "memo": ("memo",),
        "modified": ("last modified", "last modified date", "lastmodifieddate"),
    },
    needed=("payment_id", "payment_date", "payment_amount", "document", "applied_amount"),
    kinds={"bill payment": "payment", "bill credit": "credit", "vendpymt": "payment", "vendcred": "credit"},
    documents={"journal": "journal", "bill": "bill"},
    statuses={"a": "issued", "approved": "issued", "v": "voided", "voided": "voided", "pending approval": "pending"},
    twins=("check_number", "vendor_name"),
    total=re.compile(r"^(overall )?total( - .*)?$", re.IGNORECASE),
    total_of="payment_amount",
    prefixed_names=True,
    document_prefix=re.compile(r"^(?:vendor bill|bill credit|bill|journal) #?", re.IGNORECASE),
    credit_number_is_the_vendors=True,
    unsigned_replies=True,
    credit_list="credit",
    replies=("payment_id", "payment_date", "payment_amount"),
    fields={
        "payment_id": ("id",),
        "vendor_id": ("entity",),
        "vendor_name": ("entityrefname", "entityname", "vendorname"),
        "status": ("statusid", "status"),
        "void_mark": ("voided", "voidjournal"),
        "payment_amount": ("foreigntotal", "total"),
        # In `credit.items` the document is the credit, and `appliedTo` the bill.
        "document_id": ("billid", "line.appliedto", "line.docid", "line.doc"),
        "invoice_number": ("billno", "line.appliedtorefname", "line.refnum"),
        "credit_number": ("line.refnum",),
        "credit_id": ("line.docid", "line.doc"),
        "invoice_date": ("billdate",),
        "document_type": ("line.type",),
        "applied_amount": ("foreignamount", "line.amount"),
        "discount_amount": ("line.disc",),
        "currency_code": ("currencyrefname", "currency"),
        "modified": ("lastmodifieddate",),
        "cleared": ("cleared",),
    },
)

EXPORT = table_export(PROFILE, "NetSuite")
