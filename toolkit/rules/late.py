"""The rule on what closed months saw after their close: late items, named one by one."""

from __future__ import annotations

import polars as pl

from toolkit.rules.rule import Rule

LATE = (
    Rule(
        "changed_after_close",
        "blocker",
        "Something dated in a closed month came, went or changed after the close.",
        "List it as a late item of the open month, or reopen the closed one with a reason (`tieout close --reopen`).",
        table="changes",
        holds=pl.lit(True),
        amount=pl.col("amount"),
        sentence=pl.col("sentence"),
    ),
)
