"""Every mismatch code: how grave it is, what it means, what to do. The docs have one page for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One way in which the two sides can disagree."""

    code: str
    severity: str
    meaning: str
    action: str


RULES: tuple[Rule, ...] = (
    Rule(
        "duplicate_payment_erp",
        "blocker",
        "The ERP paid one bill more than once.",
        "Ask the vendor to return the later payment or void it in the ERP; only the earlier one is proposed.",
    ),
    Rule(
        "void_and_reissue",
        "blocker",
        "A voided payment was paid again, and the voided one still stands in Procore.",
        "Delete the voided payment's row in Procore, then pull and plan again.",
    ),
    Rule(
        "voided_payment",
        "high",
        "A payment was voided, reversed or deleted in the ERP.",
        "Where its row still stands in Procore, delete that row; otherwise nothing.",
    ),
    Rule(
        "overpayment",
        "blocker",
        "The payments of a claim come to more than is due on it.",
        "Find out whether retainage or tax was paid with it, or ask the vendor for the difference.",
    ),
    Rule(
        "amount_changed_after_sync",
        "high",
        "The ERP's amount is no longer what Procore was told.",
        "Unlock the row in Procore by clearing its origin id, correct it, and verify again.",
    ),
    Rule(
        "in_procore_not_erp",
        "high",
        "Procore shows a payment that the ERP does not have.",
        "Find who keyed it; delete it in Procore, or enter the missing payment in the ERP.",
    ),
    Rule(
        "invoice_not_approved",
        "high",
        "The ERP paid a claim that Procore has not approved.",
        "Approve the claim in Procore, or find out why it was paid.",
    ),
    Rule(
        "ambiguous_invoice_match",
        "high",
        "Several claims fit a payment equally well.",
        "Say which it is: `tieout confirm PAYMENT CLAIM`.",
    ),
    Rule(
        "suggested_match",
        "medium",
        "One claim fits, but not surely enough to be decided without a person.",
        "Confirm it, or unmatch it.",
    ),
    Rule(
        "payment_no_invoice",
        "medium",
        "No claim in Procore fits a payment.",
        "If the payment belongs to a project, have the vendor submit the claim; otherwise nothing.",
    ),
    Rule(
        "in_erp_not_procore",
        "medium",
        "The ERP paid a claim, and Procore does not show it yet.",
        "Plan and approve its sync.",
    ),
    Rule(
        "unapplied_amount",
        "medium",
        "Part of a payment settles no bill.",
        "Apply the rest in the ERP.",
    ),
    Rule(
        "invoice_number_mismatch",
        "low",
        "ERP and Procore write the invoice number differently.",
        "Correct the number on one side; the match stands on its other evidence.",
    ),
    Rule(
        "partial_payment",
        "info",
        "A claim is paid in part.",
        "Nothing, if the rest is still to come.",
    ),
)
BY_CODE = {rule.code: rule for rule in RULES}
