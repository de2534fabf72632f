"""Which proposals an approver may take together, and in plain words why the others are looked at one by one. Pure.

Nothing is decided here: what is not safe may be right all the same, but a person reads it first.
"""

from __future__ import annotations

import polars as pl

from toolkit.matching.units import KEY, PAYMENT

PROPOSAL = [*KEY, "claim_id"]
NAMES = ["vendor_name", "claim_vendor"]
# Two vendors, one on each side, by id and by name: under another name it is another pair.
PAIR = ["erp", "erp_company", "vendor_id", "claim_vendor_id", *NAMES]
NEW_PAIR = (
    "The vendor is called differently on the two sides, and no payment between the two has been approved yet: "
    "see that both are one vendor."
)


def why_not_safe(
    proposals: pl.DataFrame, matches: pl.DataFrame, claims: pl.DataFrame, payments: pl.DataFrame, approved: pl.DataFrame
) -> pl.DataFrame:
    """`proposals` with `look`: why a person looks at this one by itself, null where it is safe.

    Shapes: `proposals` has the key of a sync (erp, erp_company, payment_id, application_id, claim_id),
    its project_number and `warning`; `matches`, `claims` and `payments` are the newest run's report
    views; `approved` has the keys of syncs whose approval stands. Safe is an application or origin id,
    the exact invoice number, the same vendor and project, one candidate and no warning. Vendors whose
    names differ are the same once a person approved a payment between the two, not before.
    """
    theirs = claims.select("claim_id", claim_project="project_number")
    found = matches.select(*PROPOSAL, "rule", "band", "invoice_number", "claim_invoice_number")
    found = found.with_columns(rivals=pl.len().over(KEY))
    rows = proposals.join(found, on=PROPOSAL, how="left", nulls_equal=True, maintain_order="left")
    rows = rows.join(theirs, on="claim_id", how="left", maintain_order="left")
    known = _pairs(approved, claims, payments).select(PAIR).drop_nulls(NAMES).unique().with_columns(met=pl.lit(True))
    rows = _pairs(rows, claims, payments).join(known, on=PAIR, how="left", nulls_equal=True, maintain_order="left")
    return rows.with_columns(look=_first_that_holds()).select(*proposals.columns, "look")


def _pairs(rows: pl.DataFrame, claims: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the vendors of the payment and of the claim; names without case and outer blanks."""
    ours = payments.select(*PAYMENT, "vendor_id", "vendor_name")
    theirs = claims.select("claim_id", claim_vendor_id="vendor_id", claim_vendor="vendor_name")
    rows = rows.join(ours, on=PAYMENT, how="left", maintain_order="left")
    rows = rows.join(theirs, on="claim_id", how="left", maintain_order="left")
    return rows.with_columns(pl.col(NAMES).str.strip_chars().str.to_lowercase())


def _first_that_holds() -> pl.Expr:
    def differ(ours: str, theirs: str) -> pl.Expr:
        left, right = (pl.col(name).str.strip_chars().str.to_lowercase() for name in (ours, theirs))
        return (left != right).fill_null(True)

    number = pl.col("invoice_number").str.strip_chars() != pl.col("claim_invoice_number").str.strip_chars()
    reasons = [
        (pl.col("warning").is_not_null(), pl.col("warning")),
        (pl.col("band").is_null(), pl.lit("The newest run no longer shows this match.")),
        (pl.col("rivals") > 1, pl.lit("Another claim fits it too.")),
        (
            pl.col("application_id").is_null() & (pl.col("rule") != "origin_id"),
            pl.lit("The ERP names no bill: the claim was inferred."),
        ),
        (number.fill_null(True), pl.lit("The invoice number is written differently on the two sides.")),
        (differ("vendor_name", "claim_vendor") & pl.col("met").is_null(), pl.lit(NEW_PAIR)),
        (differ("project_number", "claim_project"), pl.lit("The project is not the same on the two sides.")),
    ]
    return pl.coalesce(pl.when(holds).then(said) for holds, said in reasons)
