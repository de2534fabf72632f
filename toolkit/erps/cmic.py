"""CMiC: an export of cheques with the vouchers they paid, one row per voucher.

A reversed cheque keeps its amount and carries a reversal code and date. The discount is written
negative; the paid amount is cash and the discount settles on top. Joint cheques name their payee.
"""

from __future__ import annotations

from toolkit.erps.profile import Profile
from toolkit.erps.table_export import table_export

PROFILE = Profile(
    erp="cmic",
    headers={
        "erp_company": ("company code", "chqcompcode"),
        "bank_account_id": ("bank account", "chqacccode"),
        "check_number": ("cheque number", "check number", "chqnum"),
        "sequence": ("cheque sequence", "sequence", "chqseqnum"),
        "payment_date": ("cheque date", "check date", "chqdate"),
        "vendor_id": ("vendor code", "chqvencode"),
        "vendor_name": ("vendor name",),
        "payee_name": ("payee", "chqjointvenname"),
        "invoice_number": ("invoice number", "pavouinvcode", "vouinvcode"),
        "project_number": ("job code", "voujobcode"),
        "commitment_number": ("contract code", "voucontcode"),
        "applied_amount": ("paid amount", "paamt"),
        "discount_amount": ("discount", "padiscamt"),
        "retainage_amount": ("holdback", "holdback amount", "vdisttranscschhldbkamt"),
        "payment_amount": ("cheque amount", "check amount", "chqamt"),
        "currency_code": ("currency", "chqcurrcode"),
        "void_mark": ("reversal code", "chqrevcode"),
        "voided_date": ("reversal date", "chqrevdate"),
        "payment_method": ("draft code", "chqdraftcode"),
        "cleared_date": ("reconciled date", "chqrecdate"),
    },
    needed=("bank_account_id", "check_number", "payment_date", "vendor_id", "applied_amount", "payment_amount"),
    key=("erp_company", "bank_account_id", "vendor_id", "check_number", "sequence"),
    optional_key=("sequence",),
    keyed_by_company=True,
    by_sign=True,
    replies=("check_number", "payment_date", "vendor_id", "payment_amount"),
    methods={"c": "check", "m": "other"},
)

EXPORT = table_export(PROFILE, "CMiC")
