"""What mismatches, ERPs, actions and ways in are called on a page; data, files and commands keep their codes."""

from __future__ import annotations

from toolkit.erps import ERPS

MISMATCHES = {
    "duplicate_payment_erp": "Paid twice in the ERP",
    "void_and_reissue": "Voided and paid again",
    "voided_payment": "Voided in the ERP",
    "deleted_in_erp": "Deleted in the ERP",
    "duplicate_payment_procore": "Shown twice in Procore",
    "in_procore_not_erp": "In Procore, not in the ERP",
    "in_erp_not_procore": "Paid, not yet in Procore",
    "payment_no_invoice": "No claim in Procore",
    "ambiguous_invoice_match": "Several claims fit",
    "suggested_match": "Match waits for a person",
    "invoice_not_approved": "Claim not approved",
    "invoice_not_synced": "Claim not sent to the ERP",
    "payments_tab_disabled": "Payments Issued switched off",
    "payment_not_cleared": "Payment not final yet",
    "missing_reference": "No check number or reference",
    "date_changed_or_cutoff": "Another month",
    "closed_period_change": "Change in a closed period",
    "changed_after_close": "Changed after the close",
    "wrong_vendor": "Another vendor was paid",
    "joint_check": "Joint check",
    "wrong_project_or_cost_code": "Another project",
    "currency_mismatch": "Another currency",
    "commitment_overpaid": "Commitment overpaid",
    "overpayment": "Claim overpaid",
    "partial_payment": "Paid in part",
    "short_pay": "Short pay",
    "rounding_difference": "Rounding difference",
    "amount_changed_after_sync": "Amount changed after sync",
    "unapplied_payment": "On account, applied to no bill",
    "retainage_in_payment": "Retainage paid too early",
    "retainage_release_unlinked": "Retainage release without a claim",
    "retainage_balance_mismatch": "Retainage balances differ",
    "tax_basis_difference": "Paid with tax, claimed without",
    "withholding_deduction": "Tax withheld",
    "discount_taken": "Discount taken",
    "credit_applied": "Vendor credit applied",
    "multi_invoice_payment": "One payment, several bills",
    "invoice_number_mismatch": "Invoice # written differently",
    "invoice_number_truncated": "Invoice # cut by the ERP",
}
THROUGH = {"cli": "command line"}
_ERPS = {export.erp: export.title for export in ERPS} | {"generic": "another ERP, mapped"}


def mismatch(code: str) -> str:
    """`in_erp_not_procore` as people say it; a code without a name of its own as its words."""
    return MISMATCHES.get(code) or code.replace("_", " ").capitalize()


def erp(code: str) -> str:
    """The ERP's own name."""
    return _ERPS.get(code, code)
