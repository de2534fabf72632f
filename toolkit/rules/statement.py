"""The tie-out: from what the ERP paid to what Procore shows, every unit and every row in one line.

The last line is what no line explains: both totals are summed from the tables themselves, not from
the classified rows, so that a unit or row that a line forgot would show there.
"""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import in_scope
from toolkit.rules.companies import NOBODY
from toolkit.rules.mismatches import PAID, unapplied
from toolkit.rules.picture import Picture

FIRST, LAST, UNEXPLAINED = "Payments issued by the ERP", "Payments issued per Procore", "unexplained"
UNKNOWN_CURRENCY = "(none)"
# The order of the lines between the totals, and whether they lower or raise the ERP's figure.
ERP_LINES = (
    "Not yet in Procore",
    "No claim in Procore",
    "Match waits for a person",
    "Claim not approved",
    "Paid twice in the ERP",
    "Reissued while the voided payment stands in Procore",
    "On account, applied to no bill",
    "Prepayments and refunds",
)
PROCORE_LINES = ("Amount changed after sync", "Voided in the ERP, still in Procore", "In Procore, not in the ERP")
GROUP = ["erp_company", "currency_code"]


def tie_out(inputs: Inputs, picture: Picture, companies: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """`StatementLines`, one statement per ERP company and currency."""
    erp = _erp_total(inputs, scope)
    rows = _rows(picture, companies, scope)
    procore = rows.select(*GROUP, pl.col("amount"))
    lines = pl.concat([_erp_lines(picture), _procore_lines(picture, rows)])
    groups = pl.concat([part.select(GROUP) for part in (erp, procore, lines)]).unique().sort(GROUP)
    said = pl.concat(
        [
            _summed(erp, FIRST),
            lines.group_by(*GROUP, "label").agg(pl.col("amount").sum(), row_count=pl.len().cast(pl.Int64)),
            _summed(procore, LAST),
        ],
        how="diagonal",
    )
    ends = groups.join(pl.DataFrame({"label": [FIRST, LAST]}), how="cross")
    said = ends.join(said, on=[*GROUP, "label"], how="full", coalesce=True).with_columns(
        pl.col("amount").fill_null(0), pl.col("row_count").fill_null(0)
    )
    said = pl.concat([said, _unexplained(said)], how="diagonal")
    labels = [FIRST, *ERP_LINES, *PROCORE_LINES, LAST, UNEXPLAINED]
    ordered = said.with_columns(place=pl.col("label").replace_strict({name: n for n, name in enumerate(labels)})).sort(
        *GROUP, "place"
    )
    numbered = ordered.with_columns(position=pl.int_range(1, pl.len() + 1).over(GROUP))
    return schemas.StatementLines.validate(schemas.conform(schemas.StatementLines, numbered))


def _currency() -> pl.Expr:
    return pl.col("currency_code").fill_null(UNKNOWN_CURRENCY).alias("currency_code")


def _erp_total(inputs: Inputs, scope: Scope) -> pl.DataFrame:
    issued = in_scope(inputs.payments, scope).filter(pl.col("status").is_in(schemas.SETTLED))
    return issued.select("erp_company", _currency(), amount=pl.col("payment_amount"))


def _erp_lines(picture: Picture) -> pl.DataFrame:
    """What the ERP issued and Procore does not show, each unit under the first reason that holds."""
    open_units = picture.units.filter(PAID, ~pl.col("linked"))
    label = (
        pl.when("paid_twice")
        .then(pl.lit("Paid twice in the ERP"))
        .when(pl.col("claim_id").is_null() & (pl.col("suggestions") > 0))
        .then(pl.lit("Match waits for a person"))
        .when(pl.col("claim_id").is_null())
        .then(pl.lit("No claim in Procore"))
        .when(~pl.col("claim_status").is_in(schemas.PAYABLE_STATUSES))
        .then(pl.lit("Claim not approved"))
        .when(pl.col("void_row").is_not_null())
        .then(pl.lit("Reissued while the voided payment stands in Procore"))
        .otherwise(pl.lit("Not yet in Procore"))
    )
    units = open_units.select("erp_company", _currency(), label=label, amount=-pl.col("amount"))
    rest = unapplied(picture.units).select(
        "erp_company", _currency(), label=pl.lit("On account, applied to no bill"), amount=-pl.col("rest")
    )
    others = (
        picture.units.filter("alive", ~pl.col("cash"), pl.col("document_kind") != "credit_application")
        .unique(["erp", "erp_company", "payment_id"], keep="first", maintain_order=True)
        .select("erp_company", _currency(), label=pl.lit("Prepayments and refunds"), amount=-pl.col("pays"))
    )
    return pl.concat([units, rest, others])


def _rows(picture: Picture, companies: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Procore's rows in scope, each with the ERP company it belongs to."""
    inside = pl.col("payment_date") <= scope.as_of
    if scope.period:
        inside = inside & (pl.col("payment_date").dt.strftime("%Y-%m") == scope.period)
    homes = companies.rename({"erp_company": "home"})
    rows = picture.rows.filter(pl.col("link_rule").is_not_null() | inside.fill_null(True))
    return rows.join(homes, on="project_id", how="left").with_columns(
        _currency(), erp_company=pl.coalesce("erp_company", "home", pl.lit(NOBODY))
    )


def _procore_lines(picture: Picture, rows: pl.DataFrame) -> pl.DataFrame:
    changed = picture.units.filter(PAID, "linked", pl.col("shown_amount") != pl.col("amount")).select(
        "erp_company",
        _currency(),
        label=pl.lit("Amount changed after sync"),
        amount=pl.col("shown_amount") - pl.col("amount"),
    )
    others = rows.filter(pl.col("link_rule").is_null() | ~pl.col("alive").fill_null(False)).select(
        *GROUP,
        label=pl.when(pl.col("link_rule").is_null())
        .then(pl.lit("In Procore, not in the ERP"))
        .otherwise(pl.lit("Voided in the ERP, still in Procore")),
        amount=pl.col("amount"),
    )
    return pl.concat([changed, others])


def _summed(rows: pl.DataFrame, label: str) -> pl.DataFrame:
    return rows.group_by(GROUP).agg(
        pl.lit(label).first().alias("label"), pl.col("amount").sum(), row_count=pl.len().cast(pl.Int64)
    )


def _unexplained(said: pl.DataFrame) -> pl.DataFrame:
    shown = pl.col("amount").filter(pl.col("label") == LAST).sum()
    explained = pl.col("amount").filter(pl.col("label") != LAST).sum()
    return said.group_by(GROUP).agg(
        pl.lit(UNEXPLAINED).first().alias("label"),
        amount=shown - explained,
        row_count=pl.lit(0, pl.Int64).first(),
    )
