"""Which proposals an approver may take together, and in plain words why the others are looked at one by one. Pure.

Nothing is decided here: what is not safe may be right all the same, but a person reads it first.
"""

from __future__ import annotations

import polars as pl

from toolkit.matching.units import KEY

PROPOSAL = [*KEY, "claim_id"]


def why_not_safe(proposals: pl.DataFrame, matches: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """`proposals` with `look`: why a person looks at this one by itself, null where it is safe.

    Shapes: `proposals` has the key of a sync (erp, erp_company, payment_id, application_id, claim_id),
    its project_number and `warning`; `matches` and `claims` are the newest run's report views. Safe is
    an application or origin id, the exact invoice number, the same vendor and project, one candidate
    and no warning.
    """
    theirs = claims.select("claim_id", claim_vendor="vendor_name", claim_project="project_number")
    found = matches.select(
        *PROPOSAL, "rule", "band", "vendor_name", "invoice_number", "claim_invoice_number", at="project_number"
    )
    found = found.with_columns(rivals=pl.len().over(KEY))
    rows = proposals.join(found, on=PROPOSAL, how="left", nulls_equal=True, maintain_order="left")
    rows = rows.join(theirs, on="claim_id", how="left", maintain_order="left")
    return rows.with_columns(look=_first_that_holds()).select(*proposals.columns, "look")


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
        (differ("vendor_name", "claim_vendor"), pl.lit("The vendor is called differently on the two sides.")),
        (differ("project_number", "claim_project"), pl.lit("The project is not the same on the two sides.")),
    ]
    return pl.coalesce(pl.when(holds).then(said) for holds, said in reasons)
