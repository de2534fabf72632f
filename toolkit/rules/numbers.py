"""Rules on invoice numbers that the two sides write differently."""

from __future__ import annotations

import polars as pl

from toolkit.rules.rule import PAID, Rule, vendor

# How long a bill number may be, where an ERP cuts it (QuickBooks Online: DocNumber).
LIMITS = {"qbo": 21}
_LIMIT = pl.col("erp").replace_strict(LIMITS, default=None, return_dtype=pl.Int64)
_CUT = (
    (pl.col("number").str.len_chars() == _LIMIT)
    & pl.col("claim_number").str.starts_with(pl.col("number"))
    & (pl.col("claim_number").str.len_chars() > _LIMIT)
).fill_null(False)

NUMBERS = (
    Rule(
        "invoice_number_mismatch",
        "medium",
        "ERP and Procore write the invoice number differently.",
        "Correct the number on one side; the match stands on its other evidence.",
        table="units",
        holds=PAID & (pl.col("number") != pl.col("claim_number").str.strip_chars()) & ~_CUT,
        amount=pl.col("amount"),
        sentence=pl.format("The ERP writes invoice {} of {}, Procore writes {}.", "number", vendor(), "claim_number"),
    ),
    Rule(
        "invoice_number_truncated",
        "medium",
        "The ERP cut the invoice number at its limit.",
        "Nothing, where the match is right; agree with the vendor on shorter numbers.",
        table="units",
        holds=PAID & _CUT,
        amount=pl.col("amount"),
        sentence=pl.format(
            "The ERP cut invoice {} of {} to {} ({} characters are its limit).",
            "claim_number",
            vendor(),
            "number",
            _LIMIT,
        ),
    ),
)
