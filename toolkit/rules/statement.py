"""The tie-out: from what the ERP paid to what Procore shows, every unit and every row in one line.

The last line is what no line explains. Both totals are summed from the payments and the issued
payments themselves, by their own dates and status, not from the classified items: a unit or a row
that a line forgot, or that stands in two, shows there.
"""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import in_scope
from toolkit.rules.lines import AGREED, ERP_LINES, GROUP, PROCORE_LINES, currency

FIRST, LAST, UNEXPLAINED = "Payments issued by the ERP", "Payments issued per Procore", "unexplained"
LABELS = (FIRST, *ERP_LINES, *PROCORE_LINES, LAST, UNEXPLAINED)


def tie_out(inputs: Inputs, items: pl.DataFrame, homes: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """`StatementLines`, one statement per ERP company and currency.

    `items` are those of `lines.items`, `homes` the groups of the issued payments.
    """
    erp = _erp_total(inputs, scope)
    procore = _procore_total(inputs, homes, scope)
    lines = items.filter(pl.col("label") != AGREED)
    groups = pl.concat([part.select(GROUP) for part in (erp, procore, items)]).unique()
    ends = groups.join(pl.DataFrame({"label": [FIRST, LAST]}), how="cross")
    summed = pl.concat([_summed(erp.with_columns(label=pl.lit(FIRST))), _summed(lines)])
    summed = pl.concat([summed, _summed(procore.with_columns(label=pl.lit(LAST)))])
    said = ends.join(summed, on=[*GROUP, "label"], how="full", coalesce=True).with_columns(
        pl.col("amount", "row_count").fill_null(0)
    )
    return _numbered(pl.concat([said, _unexplained(said)], how="diagonal"))


def summed(lines: pl.DataFrame) -> pl.DataFrame:
    """The statements of parts that never touch as one: every line, the last one too, is a sum."""
    return _numbered(_summed(lines, pl.col("row_count").sum()))


def _numbered(said: pl.DataFrame) -> pl.DataFrame:
    place = pl.col("label").replace_strict({name: n for n, name in enumerate(LABELS)})
    numbered = said.sort(*GROUP, place).with_columns(position=pl.int_range(1, pl.len() + 1).over(GROUP))
    return schemas.conform(schemas.StatementLines, numbered)


def _erp_total(inputs: Inputs, scope: Scope) -> pl.DataFrame:
    issued = in_scope(inputs.payments, scope).filter(pl.col("status").is_in(schemas.SETTLED))
    return issued.select("erp_company", currency(), amount="payment_amount")


def _procore_total(inputs: Inputs, homes: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """The issued payments by their own date; one without a date is always counted."""
    undated = inputs.issued_payments.filter(pl.col("payment_date").is_null())
    rows = pl.concat([in_scope(inputs.issued_payments, scope), undated]).drop("currency_code")
    return rows.join(homes, on="issued_payment_id", how="left").select("erp_company", currency(), "amount")


def _summed(rows: pl.DataFrame, count: pl.Expr | None = None) -> pl.DataFrame:
    counted = pl.len().cast(pl.Int64) if count is None else count
    return rows.group_by(*GROUP, "label").agg(pl.col("amount").sum(), row_count=counted)


def _unexplained(said: pl.DataFrame) -> pl.DataFrame:
    shown = pl.col("amount").filter(pl.col("label") == LAST).sum()
    explained = pl.col("amount").filter(pl.col("label") != LAST).sum()
    return said.group_by(GROUP).agg(amount=shown - explained, label=pl.lit(UNEXPLAINED), row_count=pl.lit(0, pl.Int64))
