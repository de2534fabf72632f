"""What is matched: each application of a payment to a bill, or the payment itself where it has none.

A unit carries its cash: where a vendor credit is used beside cash and the payment has one bill, the
bill's cash is what the credit leaves; with several bills the split is unknown and a person decides.
"""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.matching.keys import check_key, invoice_key, vendor_key
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


def units(inputs: Inputs, scope: Scope) -> pl.DataFrame:
    """One row per unit, sorted by key, with `unit` its number.

    Columns beside the key: amount (cash, minor units), split_unknown, alive (its cash has left),
    cash (document kind payment), and what the passes compare.
    """
    payments = in_scope(inputs.payments, scope).with_columns(
        alive=pl.col("status").is_in(schemas.SETTLED), cash=pl.col("document_kind") == "payment"
    )
    applications = inputs.applications.join(payments.select(PAYMENT), on=PAYMENT, how="semi")
    parts = _bill_units(applications)
    whole = payments.join(applications, on=PAYMENT, how="anti").select(
        *PAYMENT,
        pl.lit(None, pl.String).alias("application_id"),
        amount=pl.col("payment_amount"),
        split_unknown=pl.lit(False),
    )
    both = pl.concat([parts, whole], how="diagonal")
    heads = payments.select(
        *PAYMENT,
        "alive",
        "cash",
        "status",
        "document_kind",
        "payment_date",
        "check_number",
        "vendor_id",
        "vendor_name",
        "currency_code",
        "reference",
        "memo",
        payment_project=pl.col("project_number"),
        pays=pl.col("payment_amount"),
    )
    return (
        both.join(heads, on=PAYMENT, how="inner")
        .with_columns(
            project_number=pl.coalesce("project_number", "payment_project"),
            number=pl.col("invoice_number").str.strip_chars(),
            number_key=invoice_key("invoice_number"),
            vendor_key=vendor_key("vendor_name"),
            check_key=check_key("check_number"),
        )
        .drop("payment_project")
        .sort(KEY, nulls_last=True)
        .with_row_index("unit")
    )


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
