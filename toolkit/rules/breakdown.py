"""What an accountant files beside the statement: it again by project, commitment or vendor, and the rolls.

Every frame has amounts in minor units of `currency_code`, one row per line, sorted; `FRAMES` names them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import PAYMENT
from toolkit.rules import companies, lines, picture
from toolkit.rules.lines import AGREED, ERP_LINES, GROUP, PROCORE_LINES
from toolkit.rules.policy import Policy
from toolkit.rules.statement import FIRST, LAST, UNEXPLAINED
from toolkit.schemas import PAYABLE_STATUSES

Table = Callable[[str], pl.DataFrame]
SIDES = ("payments", "applications", "claims", "commitments", "projects", "vendors", "issued_payments")
NOWHERE = "(none)"
AGES = ((30, "0 to 30 days"), (60, "31 to 60 days"), (90, "61 to 90 days"), (10**6, "over 90 days"))


@dataclass(frozen=True)
class Run:
    """A run laid out again from its tables: both sides, the items that its lines add up, and its scope.

    `homes` is the company and currency of each row of Procore (`lines.row_groups`).
    """

    inputs: Inputs
    homes: pl.DataFrame
    items: pl.DataFrame
    drawn: picture.Picture
    scope: Scope


def laid_out(table: Table, scope: Scope, policy: Policy | None = None, homes: pl.DataFrame | None = None) -> Run:
    """The run whose tables `table` gives (`Snapshot.table`), as it was made: its matches stand.

    `homes` are another layout's, where both must place a row of Procore in one company.
    """
    inputs = Inputs(**{name: table(name) for name in SIDES})
    drawn = picture.draw(inputs, table("matches"), table("links"), scope, policy)
    if homes is None:
        homes = lines.row_groups(drawn, companies.assign(drawn, inputs))
    return Run(inputs, homes, lines.items(drawn, homes), drawn, scope)


def by(run: Run, what: str) -> pl.DataFrame:
    """The statement for each `project`, `commitment` or `vendor`: what the ERP paid, the lines, what Procore shows.

    Columns: erp_company, currency_code, the `what`, label, amount, row_count. What Procore shows is summed
    from its rows by their own commitment, not from the items.
    """
    placed = _placed(run).with_columns(pl.col(what).fill_null(NOWHERE))
    group = [*GROUP, what]
    paid = placed.with_columns(label=pl.lit(FIRST), amount=pl.col("shown") - pl.col("amount"))
    shown = _rows(run).with_columns(pl.col(what).fill_null(NOWHERE), label=pl.lit(LAST))
    columns = [*group, "label", "amount"]
    parts = [paid.filter(pl.col("what") != "row"), placed.filter(pl.col("label") != AGREED), shown]
    summed = pl.concat(part.select(columns) for part in parts).group_by(*group, "label").agg(
        pl.col("amount").sum(), row_count=pl.len().cast(pl.Int64)
    )  # fmt: skip
    last = pl.col("label") == LAST
    open_ = summed.group_by(group).agg(
        amount=pl.col("amount").filter(last).sum() - pl.col("amount").filter(~last).sum(),
        row_count=pl.lit(0, pl.Int64),
    )
    said = pl.concat([summed, open_.with_columns(label=pl.lit(UNEXPLAINED)).select(summed.columns)])
    order = {label: n for n, label in enumerate((FIRST, *ERP_LINES, *PROCORE_LINES, LAST, UNEXPLAINED))}
    return said.sort(*group, pl.col("label").replace_strict(order))


def _placed(run: Run) -> pl.DataFrame:
    """Items with the project, commitment and vendor that they belong to, and what Procore shows of each (`shown`)."""
    inputs = run.inputs
    rows = _homes(run).select("issued_payment_id", "project", "commitment", "vendor", row_amount="amount")
    claims = inputs.claims.select(
        "claim_id",
        claim_project="project_number",
        claim_commitment=pl.coalesce("commitment_number", "commitment_id"),
        claim_vendor="vendor_name",
    )
    heads = inputs.payments.select(*PAYMENT, paid_project="project_number", paid_vendor="vendor_name")
    erp_company = run.items["erp_company"]
    joined = (
        run.items.join(rows, on="issued_payment_id", how="left", maintain_order="left")
        .join(claims, on="claim_id", how="left", maintain_order="left")
        .join(heads, on=PAYMENT, how="left", maintain_order="left")
    )
    outside = pl.col("label") == "Dated outside the period in Procore"
    return joined.with_columns(
        erp_company,
        project=pl.coalesce("project", "claim_project", "paid_project"),
        commitment=pl.coalesce("commitment", "claim_commitment"),
        vendor=pl.coalesce("vendor", "claim_vendor", "paid_vendor"),
        shown=pl.when(outside).then(0).otherwise(pl.col("row_amount").fill_null(0)),
    )


def _homes(run: Run) -> pl.DataFrame:
    """Procore's rows with project, commitment and vendor as their commitment says."""
    homes = run.inputs.commitments.select(
        "commitment_id", commitment=pl.coalesce("commitment_number", "commitment_id"), vendor="vendor_name"
    )
    projects = run.inputs.projects.select("project_id", project=pl.coalesce("project_number", "project_id"))
    return run.inputs.issued_payments.join(homes, on="commitment_id", how="left").join(
        projects, on="project_id", how="left"
    )


def _rows(run: Run) -> pl.DataFrame:
    """Procore's rows of the run's days, in the group of the statement."""
    inside = run.drawn.rows.filter("counted").select("issued_payment_id")
    found = _homes(run).drop("currency_code").join(inside, on="issued_payment_id", how="semi")
    return found.join(run.homes, on="issued_payment_id")


def retainage(run: Run) -> pl.DataFrame:
    """Per commitment: opening + withheld - released = closing, by Procore's payable claims, beside the ERP's.

    The opening is what was withheld before the run's period, nothing where the run has none.
    """
    begin = date.fromisoformat(f"{run.scope.period}-01") if run.scope.period else None
    claims = run.inputs.claims.filter(
        pl.col("status").is_in(PAYABLE_STATUSES), pl.col("billing_date").fill_null(run.scope.as_of) <= run.scope.as_of
    ).with_columns(pl.col("retainage_amount").fill_null(0))
    held = pl.col("retainage_amount")
    before = (pl.col("billing_date") < begin).fill_null(False) if begin else pl.lit(False)
    rolled = claims.group_by("commitment_id").agg(
        opening=held.filter(before).sum(),
        withheld=held.filter(~before & (held > 0)).sum(),
        released=-held.filter(~before & (held < 0)).sum(),
        currency_code=pl.col("currency_code").drop_nulls().first(),
    )
    facts = run.drawn.commitments.select("commitment_id", "commitment_number", "vendor_name", "erp_retained")
    return (
        rolled.with_columns(closing=pl.col("opening") + pl.col("withheld") - pl.col("released"))
        .filter(pl.any_horizontal(pl.col("opening", "withheld", "released") != 0))
        .join(facts, on="commitment_id", how="left")
        .with_columns(pl.coalesce("commitment_number", "commitment_id").alias("commitment"))
        .select(
            "commitment", "vendor_name", "currency_code", "opening", "withheld", "released", "closing", "erp_retained"
        )
        .sort("commitment")
    )


def commitments(run: Run) -> pl.DataFrame:
    """Per commitment: revised amount, claimed, retained, paid by the ERP, shown by Procore, and what is left to pay."""
    return run.drawn.commitments.select(
        commitment=pl.coalesce("commitment_number", "commitment_id"),
        vendor_name="vendor_name",
        currency_code="currency_code",
        revised="revised_amount",
        claimed="claimed",
        retained="retained",
        paid="paid",
        shown="shown_sum",
        balance=pl.col("revised_amount") - pl.col("paid"),
    ).sort("commitment")


def ageing(run: Run) -> pl.DataFrame:
    """What stands between the two sides, by line and by the age of its payment or row on the run's day."""
    paid = run.inputs.payments.select(*PAYMENT, paid_on="payment_date")
    shown = run.inputs.issued_payments.select("issued_payment_id", shown_on="payment_date")
    company = run.items["erp_company"]
    open_ = (
        run.items.join(paid, on=PAYMENT, how="left", maintain_order="left")
        .join(shown, on="issued_payment_id", how="left", maintain_order="left")
        .with_columns(company, days=(pl.lit(run.scope.as_of) - pl.coalesce("paid_on", "shown_on")).dt.total_days())
        .filter(pl.col("amount") != 0)
    )
    age = pl.coalesce(*(pl.when(pl.col("days") <= limit).then(pl.lit(name)) for limit, name in AGES), pl.lit("undated"))
    order = {name: n for n, (_, name) in enumerate((*AGES, (0, "undated")))}
    return (
        open_.group_by(*GROUP, "label", age=age)
        .agg(pl.col("amount").sum(), row_count=pl.len().cast(pl.Int64))
        .sort(*GROUP, "label", pl.col("age").replace_strict(order))
    )


def changes(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """What came and what went between the `Mismatches` of two runs: change, code, currency_code, amount, row_count."""
    came = now.join(before, on="mismatch_id", how="anti").with_columns(change=pl.lit("came"))
    gone = before.join(now, on="mismatch_id", how="anti").with_columns(change=pl.lit("went"))
    both = pl.concat([came, gone]).group_by("change", "code", "currency_code")
    return both.agg(pl.col("amount").sum(), row_count=pl.len().cast(pl.Int64)).sort(
        "change", "code", "currency_code", nulls_last=True
    )


FRAMES: dict[str, Callable[[Run], pl.DataFrame]] = {
    "project": lambda run: by(run, "project"),
    "commitment": lambda run: by(run, "commitment"),
    "vendor": lambda run: by(run, "vendor"),
    "retainage": retainage,
    "commitments": commitments,
    "ageing": ageing,
}
