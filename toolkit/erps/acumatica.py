"""Acumatica: a generic inquiry over payments and what they were applied to, one row per application.

A payment and the document that voids it share the reference number, so the type is part of the key.
A debit adjustment is a vendor credit and settles a bill without cash. `acumatica_profile` is also
MYOB's, which is the same product with other labels.
"""

from __future__ import annotations

from toolkit.erps.profile import Profile
from toolkit.erps.table_export import table_export

KINDS = {
    "payment": "payment",
    "check": "payment",
    "cheque": "payment",
    "chk": "payment",
    "prepayment": "prepayment",
    "ppm": "prepayment",
    "debit adj.": "credit",
    "debit adjustment": "credit",
    "adr": "credit",
    "refund": "refund",
    "vendor refund": "refund",
    "supplier refund": "refund",
    "ref": "refund",
    "voided payment": "reversal",
    "voided check": "reversal",
    "voided cheque": "reversal",
    "vck": "reversal",
}
# A document that is not released has moved no money yet.
STATUSES = {
    **dict.fromkeys(("hold", "balanced", "pending print", "printed", "pending approval", "reserved"), "pending"),
    **dict.fromkeys(("open", "closed", "released"), "issued"),
    "voided": "voided",
}


def acumatica_profile(erp: str, vendor: str) -> Profile:
    """The inquiry with `vendor` as the word that the product uses for it, lower-case."""
    return Profile(
        erp=erp,
        headers={
            "kind": ("type", "payment type", "doc. type"),
            "payment_number": ("reference nbr.", "payment reference nbr.", "ref. nbr."),
            "status": ("status",),
            "payment_date": ("application date", "payment date", "date"),
            "vendor_id": (vendor, f"{vendor} id"),
            "vendor_name": (f"{vendor} name",),
            "bank_account_id": ("cash account",),
            "payment_method": ("payment method",),
            "check_number": ("payment ref.", "payment ref"),
            "currency_code": ("currency", "currency id"),
            "payment_amount": ("payment amount",),
            "post_period": ("post period", "application period"),
            "document_type": ("document type", "doc. type applied"),
            "document_number": ("applied reference nbr.", "document reference nbr.", "bill reference nbr."),
            "invoice_number": (f"{vendor} ref.", f"{vendor} ref"),
            "applied_amount": ("amount paid",),
            "discount_amount": ("cash discount taken",),
            "withholding_amount": ("with. tax", "withholding tax"),
            "project_number": ("project",),
            "commitment_number": ("subcontract nbr.", "order nbr."),
            "erp_company": ("company", "branch"),
            "memo": ("description",),
            "modified": ("last modified on",),
        },
        needed=("kind", "payment_number", "payment_date", "vendor_id", "invoice_number", "applied_amount"),
        key=("kind", "payment_number"),
        kinds=KINDS,
        documents={"debit adj": "vendor_credit", "adr": "vendor_credit", "prepay": "prepayment", "ppm": "prepayment"},
        statuses=STATUSES,
        twins=("payment_number",),
        replies=("kind", "payment_number", "payment_date", "payment_amount"),
        bill_keys=("referencenbr", "vendorref", "balance"),
        document_key=("document_type", "document_number"),
        fields={
            "vendor_id": ("vendor",),
            "vendor_name": ("vendorname",),
            "currency_code": ("currencyid",),
            "document_type": ("line.doctype",),
            "document_number": ("line.referencenbr",),
            "invoice_number": ("line.vendorref",),
            "modified": ("lastmodifieddatetime",),
        },
        repeated_headers={"document_number": "reference nbr."},
    )


EXPORT = table_export(acumatica_profile("acumatica", "vendor"), "Acumatica Cloud ERP")
