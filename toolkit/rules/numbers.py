"""Rules on invoice numbers that the two sides write differently."""

from __future__ import annotations

import polars as pl

from toolkit.rules.rule import PAID, Rule, vendor

NUMBERS = (
    Rule(
        "invoice_number_mismatch",
        "medium",
        "ERP and Procore write the invoice number differently.",
        "Correct the number on one side; the match stands on its other evidence.",
        table="units",
        holds=PAID & (pl.col("number") != pl.col("claim_number").str.strip_chars()),
        amount=pl.col("amount"),
        sentence=pl.format("The ERP writes invoice {} of {}, Procore writes {}.", "number", vendor(), "claim_number"),
    ),
)
