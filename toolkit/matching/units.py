"""What is matched: each application of a payment to a bill, or the payment itself where it has none.

A unit carries its cash: where a vendor credit is used beside cash and the payment has one bill, the
bill's cash is what the credit leaves; with several bills the split is unknown and a person decides.
"""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.matching.keys import invoice_key, keyed
from toolkit.matching.model import Inputs, Scope

PAYMENT = ["erp", "erp_company", "payment_id"]
KEY = [*PAYMENT, "application_id"]
# Documents that a claim can stand behind; a credit or a journal is no bill.
BILLS = ("bill", "retainage_bill")


def in_scope(payments: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Payments dated up to the run's day and, where the run has one, in its period."""
    found = payments.filter(pl.col("payment_date") <= scope.as_of)
    if scope.period:
        found = found.filter(pl.col("payment_date").dt.strftime("%Y-%m") == scope.period)
    return found


def units(inputs: Inputs, scope: Scope, ordered: bool = True) -> pl.DataFrame:
    """One row per unit, sorted by key unless `ordered` is False, with `unit` its number.

    Columns beside the key: amount (cash, minor units), split_unknown, elsewhere (the ERP applied it,
    but to no bill), alive (its cash has left), cash (document kind payment), and what the passes compare.
    """
    payments = in_scope(inputs.payments, scope).select(
        *PAYMENT,
        "status",
        "document_kind",
        "payment_date",
        "check_number",
        "vendor_id",
        "vendor_name",
        "currency_code",
        "reference",
        "memo",
        "post_period",
        payment_project=pl.col("project_number"),
        pays=pl.col("payment_amount"),
        alive=pl.col("status").is_in(schemas.SETTLED),
        cash=pl.col("document_kind") == "payment",
    )
    applications = _standing(inputs.applications, payments)
    parts = _bill_units(applications).join(payments, on=PAYMENT, how="inner")
    # A check over several bills may name the project of one of them: it says nothing of the others.
    alone = pl.when(pl.len().over(PAYMENT) == 1).then("payment_project")
    parts = parts.with_columns(project_number=pl.coalesce("project_number", alone))
    whole = payments.join(parts, on=PAYMENT, how="anti") if parts.height else payments
    # What is applied to a journal or a prepayment alone stands whole, so that no cash drops out.
    applied = applications.select(PAYMENT).unique().with_columns(elsewhere=pl.lit(True))
    whole = whole.join(applied, on=PAYMENT, how="left") if applied.height else whole
    whole = whole.with_columns(amount=pl.col("pays"), split_unknown=pl.lit(False), project_number="payment_project")
    found = keyed(
        pl.concat([parts, whole], how="diagonal")
        .with_columns(
            pl.col("elsewhere").fill_null(False) if applied.height else pl.lit(False).alias("elsewhere"),
            number=pl.col("invoice_number").str.strip_chars(),
            number_key=invoice_key("invoice_number"),
        )
        .drop("payment_project")
    )
    return (found.sort(KEY, nulls_last=True) if ordered else found).with_row_index("unit")


def _standing(applications: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """Applications that stand; those of a dead payment are all reversed and still say what it paid."""
    dead = payments.select(*PAYMENT, dead=pl.col("status").is_in(schemas.DEAD))
    joined = applications.join(dead, on=PAYMENT, how="inner")
    return joined.filter((pl.col("status") == "applied") | pl.col("dead")).drop("dead")


def _bill_units(applications: pl.DataFrame) -> pl.DataFrame:
    is_bill = pl.col("document_type").is_in(BILLS)
    by_payment = applications.group_by(PAYMENT).agg(
        bills=is_bill.sum(), others=pl.col("applied_amount").filter(~is_bill).sum(), credits=(~is_bill).sum()
    )
    one_bill = pl.col("bills") == 1
    return (
        applications.filter(is_bill)
        .join(by_payment, on=PAYMENT)
        .select(
            *KEY,
            "document_id",
            "document_number",
            "invoice_number",
            "invoice_date",
            "project_number",
            "commitment_number",
            amount=pl.col("applied_amount") + pl.when(one_bill).then(pl.col("others")).otherwise(0),
            split_unknown=~one_bill & (pl.col("credits") > 0),
        )
    )
