"""What the parts of the picture come to, per claim, per payment and per commitment."""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.matching.keys import keyed
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import BILLS, PAYMENT, in_scope
from toolkit.matching.vendors import erp_vendor
from toolkit.rules.policy import Policy

MONEY_OUT = pl.col("alive") & pl.col("cash")
_OVER = (pl.col("over") > pl.col("tolerance")).fill_null(False)
# What is paid beyond the due is the claim's retainage, or its tax, or a rate that several of the vendor's claims share.
RETAINED_TOO = ((pl.col("over") - pl.col("retainage")).abs() <= pl.col("tolerance")) & (pl.col("retainage") > 0)
TAXED_TOO = pl.col("taxed").is_not_null() | (
    ((pl.col("over") - pl.col("tax")).abs() <= pl.col("tolerance")) & (pl.col("tax") > 0)
)
# So many claims of a vendor must be paid above their due by one rate before tax is what explains it.
TAX_SEEN = 2


def claims(inputs: Inputs, parts: pl.DataFrame, rows: pl.DataFrame, scope: Scope, policy: Policy) -> pl.DataFrame:
    """Every claim with what the ERP paid on it (`paid`, doubles left out), and what Procore shows (`shown_sum`).

    `noncash` is what discounts, withholding and credits settled without cash; `over` and `rest` are
    the difference to the due on either side. The latest payment is named; `touched` says that one of
    its payments lies in the period, `slow` that nothing came for longer than the policy allows, and
    `taxed` is the rate, in tenths of a percent, by which several claims of the vendor are paid above
    their due; `taxes` says that tax is what explains what is paid beyond the due, `left_out` that
    Procore is to be told it without that tax.
    """
    once = parts.filter(MONEY_OUT, ~pl.col("paid_twice"), pl.col("claim_id").is_not_null())
    summed = once.group_by("claim_id").agg(
        paid=pl.col("amount").sum(),
        payments=pl.len(),
        noncash=pl.sum_horizontal(pl.col("discount", "withheld", "credit").sum()),
        erp_retained=pl.col("retained").sum(),
        touched=pl.col("inside").any(),
    )
    paid = summed.join(_last(once), on="claim_id")
    shown = rows.group_by("claim_id").agg(shown_sum=pl.col("amount").sum(), shown_rows=pl.len())
    projects = inputs.projects.select("project_id", "erp_integrated")
    return (
        _claimed(inputs)
        .join(paid, on="claim_id", how="left")
        .join(shown, on="claim_id", how="left")
        .join(_credited(inputs, once, scope), on="claim_id", how="left")
        .with_columns(pl.col("noncash").fill_null(0) + pl.col("credited").fill_null(0))
        .with_columns(
            pl.col("paid", "shown_sum", "erp_retained").fill_null(0),
            pl.col("payments", "shown_rows").fill_null(0),
            pl.col("touched").fill_null(False),
            vendor_name=pl.coalesce("vendor_name", "claim_vendor"),
            currency_code=pl.coalesce("currency_code", "claim_currency"),
        )
        .join(projects, on="project_id", how="left")
        .with_columns(
            over=pl.col("paid") - pl.col("due"),
            rest=pl.col("due") - pl.col("paid") - pl.col("noncash"),
            tolerance=policy.tolerance(),
            slow=(pl.lit(scope.as_of) - pl.col("payment_date")).dt.total_days() > policy.short_pay_days,
        )
        .with_columns(taxed=_taxed(policy))
        .with_columns(taxes=_OVER & TAXED_TOO.fill_null(False) & ~RETAINED_TOO.fill_null(False))
        .with_columns(left_out=pl.col("taxes") & pl.lit(policy.tax_basis == "remove"))
        .sort("claim_id")
    )


def _claimed(inputs: Inputs) -> pl.DataFrame:
    return inputs.claims.select(
        "claim_id",
        "project_id",
        "commitment_id",
        claim_status="status",
        claim_number="invoice_number",
        claim_vendor="vendor_name",
        claim_currency="currency_code",
        claim_origin="origin_id",
        due="due_amount",
        gross="gross_amount",
        retainage="retainage_amount",
        tax="tax_amount",
    )


def _last(once: pl.DataFrame) -> pl.DataFrame:
    """Each claim's latest payment, and the latest invoice number that a payment of it names."""
    facts = ("erp", "erp_company", "payment_id", "application_id", "check_number", "payment_date")
    told = ("claim_id", *facts, "vendor_id", "vendor_name", "currency_code")
    ordered = once.select(*told, "unit", "invoice_number", last_amount="amount").sort(
        "claim_id", "payment_date", "unit"
    )
    last = ordered.unique("claim_id", keep="last", maintain_order=True).select(*told, "last_amount")
    numbered = ordered.filter(pl.col("invoice_number").is_not_null()).unique(
        "claim_id", keep="last", maintain_order=True
    )
    return last.join(numbered.select("claim_id", "invoice_number"), on="claim_id", how="left")


def _credited(inputs: Inputs, parts: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """What credits without cash settled of each claim: those applied to the bill that its payments settle."""
    bill = pl.coalesce("document_id", "document_number").alias("bill")
    # Two vendors may have numbered a bill alike.
    key = ["erp", "erp_company", "vendor", "bill"]
    unpaid = in_scope(inputs.payments, Scope(scope.as_of)).filter(
        pl.col("document_kind") == "credit_application", pl.col("status").is_in(schemas.SETTLED)
    )
    by_credit = (
        inputs.applications.join(keyed(unpaid).select(*PAYMENT, vendor=erp_vendor()), on=PAYMENT)
        .filter(pl.col("status") == "applied", pl.col("document_type").is_in(BILLS))
        .with_columns(bill)
    )
    # They are few where payments are many: only the parts of their bills are looked at.
    paid = parts.select(*key[:2], bill, "claim_id", vendor=erp_vendor())
    met = paid.drop_nulls(["bill", "claim_id"]).join(by_credit, on=key, how="semi", nulls_equal=True)
    claims = met.unique().unique(key, keep="none")
    return (
        by_credit.join(claims, on=key, nulls_equal=True)
        .group_by("claim_id")
        .agg(credited=pl.col("applied_amount").sum())
    )


def _taxed(policy: Policy) -> pl.Expr:
    """The first rate that explains what was paid, where it explains at least two claims of the vendor."""
    rates = [
        pl.when(
            (pl.col("due") > 0) & ((pl.col("over") * 1000 - pl.col("due") * rate).abs() <= pl.col("tolerance") * 1000)
        ).then(rate)
        for rate in policy.tax_rates
    ]
    rate = pl.coalesce(*rates, pl.lit(None, pl.Int32))
    vendor = pl.coalesce("vendor_name", "vendor_id")
    several = pl.len().over(rate, "erp", "erp_company", vendor) >= TAX_SEEN
    # What names no vendor has none in common.
    return pl.when(several & vendor.is_not_null()).then(rate)


def payments(inputs: Inputs, parts: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Every payment up to the run's day with what it settles.

    `others` is what credits and other documents than bills take of it beyond what a unit's cash
    already nets; `rest` is what settles nothing at all. The two and the parts come to the payment.
    """
    of_units = parts.group_by(PAYMENT).agg(placed=pl.col("amount").sum())
    is_bill = pl.col("document_type").is_in(BILLS)
    applied = (
        inputs.applications.filter(pl.col("status") == "applied")
        .group_by(PAYMENT)
        .agg(
            bills=is_bill.sum(),
            bill_sum=pl.col("applied_amount").filter(is_bill).sum(),
            other_sum=pl.col("applied_amount").filter(~is_bill).sum(),
            credited=-pl.col("applied_amount").filter(pl.col("document_type") == "vendor_credit").sum(),
            documents=pl.len(),
        )
    )
    return (
        in_scope(inputs.payments, Scope(scope.as_of))
        .join(of_units, on=PAYMENT, how="left")
        .join(applied, on=PAYMENT, how="left")
        .with_columns(pl.col("placed", "bills", "bill_sum", "other_sum", "credited", "documents").fill_null(0))
        .with_columns(
            alive=pl.col("status").is_in(schemas.SETTLED),
            cash=pl.col("document_kind") == "payment",
            # With one bill the unit's cash is net of them already.
            others=pl.when(pl.col("bills") == 1).then(0).otherwise("other_sum"),
        )
        .with_columns(rest=pl.col("payment_amount") - pl.col("placed") - pl.col("others"))
        .pipe(keyed)
        .pipe(keyed, "payee_name", "payee_key")
        .sort(PAYMENT)
    )


def commitments(inputs: Inputs, parts: pl.DataFrame, rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Every commitment with its claims, what the ERP paid on them and what Procore shows.

    `retained_paid` is Procore's retainage on the claims that the ERP paid, `erp_retained` the ERP's on
    the same; `waiting` what is paid and not shown.
    """
    paid = (
        parts.filter(MONEY_OUT)
        .join(inputs.commitments, on="commitment_id", how="semi")
        .sort("unit", "part")
        .group_by("commitment_id", maintain_order=True)
        .agg(
            pl.first("erp", "erp_company"),
            paid_currency=pl.col("currency_code").drop_nulls().first(),
            paid=pl.col("amount").sum(),
            erp_retained=pl.col("retained").sum(),
            retained_paid=pl.col("retainage").filter(pl.col("claim_id").is_first_distinct()).sum(),
            waiting=pl.col("amount").filter(~pl.col("linked") & pl.col("inside")).sum(),
            touched=pl.col("inside").any(),
        )
    )
    shown = rows.group_by("commitment_id").agg(shown_sum=pl.col("amount").sum())
    claimed = inputs.claims.group_by("commitment_id").agg(
        claimed=pl.col("gross_amount").sum(),
        retained=pl.col("retainage_amount").sum(),
        claim_count=pl.len(),
    )
    return (
        inputs.commitments.join(paid, on="commitment_id", how="left")
        .join(shown, on="commitment_id", how="left")
        .join(claimed, on="commitment_id", how="left")
        .with_columns(
            pl.col("paid", "shown_sum", "claimed", "retained", "erp_retained", "retained_paid", "waiting").fill_null(0),
            pl.col("claim_count").fill_null(0),
            pl.col("touched").fill_null(False),
            currency_code=pl.coalesce("currency_code", "paid_currency"),
        )
        .with_columns(tolerance=policy.tolerance())
        .sort("commitment_id")
    )
