"""Both sides put together once, for the rules, the statement and the preflight to read.

A unit that meets several claims is cut into parts, one per claim, and what no claim takes of it is a
part of its own, so that the parts always come to the unit's cash. Everything up to the run's day is
drawn, whatever its period: a bill paid in September and again in October is seen in October.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from toolkit.matching.again import PAID_AGAIN
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import KEY, units
from toolkit.rules import basis, closed, doubles, near, rollups
from toolkit.rules.policy import Policy

PART = [*KEY, "part"]
SURE = ("auto", "confirmed")


@dataclass(frozen=True)
class Picture:
    """The tables that rules look at.

    `units`: one row per part with its claim, the row in Procore that shows it, and flags.
    `rows`: the issued payments, with the part that each shows, if any.
    `claims`, `payments`, `commitments`: one row each with what their parts come to (`rollups`).
    `suggestions`: the matches that wait for a person. `changes`: what closed months saw after their
    close (`closed`). `counted` says what the run's days and period take in, `inside` leaves out what is
    dated before both sides should agree, `locked` is what lies in a closed period.
    """

    units: pl.DataFrame
    rows: pl.DataFrame
    claims: pl.DataFrame
    payments: pl.DataFrame
    commitments: pl.DataFrame
    suggestions: pl.DataFrame
    changes: pl.DataFrame


def draw(
    inputs: Inputs, matches: pl.DataFrame, links: pl.DataFrame, scope: Scope, policy: Policy | None = None
) -> Picture:
    """Join units, matches and links; nothing is left out and nothing stands twice."""
    policy = policy or Policy()
    again = pl.col("rule") == PAID_AGAIN
    suggested = matches.filter(pl.col("band") == "suggest", ~again)
    # What was applied to other documents than bills is told per payment (`rollups.payments`).
    settling = units(inputs, Scope(scope.as_of)).filter(~pl.col("elsewhere"))
    parts = _parts(settling, matches, inputs)
    parts = _suggested(parts, suggested).with_columns(_inside(scope))
    shown = _shown(parts, links, inputs)
    linked = pl.col("issued_payment_id").is_not_null()
    parts = parts.join(shown, on=PART, how="left", nulls_equal=True).with_columns(linked=linked)
    parts = near.claims(near.same_vendor(doubles.reissued(doubles.paid_twice(parts), inputs), inputs), inputs)
    parts = parts.with_columns(locked=pl.lit(policy.locked_through, pl.Date) >= pl.col("payment_date"))
    parts = parts.sort("unit", "part")
    rows = doubles.shown_twice(_rows(inputs, shown, parts, scope))
    claims = rollups.claims(inputs, parts, rows, scope, policy)
    return Picture(
        units=basis.expected(parts, claims, policy),
        rows=rows,
        claims=claims,
        payments=rollups.payments(inputs, parts, scope).with_columns(_inside(scope)),
        commitments=rollups.commitments(inputs, parts, rows, policy),
        suggestions=suggested,
        changes=closed.changes(inputs, scope),
    )


def _inside(scope: Scope) -> list[pl.Expr]:
    """Is it dated up to the run's day and in its period (`counted`), and not before the start? Undated always is."""
    date = pl.col("payment_date")
    counted = date <= scope.as_of
    if scope.period:
        counted = counted & (date.dt.strftime("%Y-%m") == scope.period)
    late = (date >= scope.start).fill_null(True) if scope.start else pl.lit(True)
    return [counted.fill_null(True).alias("counted"), (counted.fill_null(True) & late).alias("inside")]


def _parts(everything: pl.DataFrame, matches: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Units cut by the claims they surely met, each with its claim's facts."""
    # A second payment stands beside the claim that it pays again, so that the rules can say so.
    stands = pl.col("band").is_in(SURE) | (pl.col("rule") == PAID_AGAIN)
    sure = matches.filter(stands).select(*KEY, "claim_id", "rule", "matched_amount")
    cut = (
        everything.drop("commitment_number")
        .join(sure, on=KEY, how="left", nulls_equal=True)
        .with_columns(amount=pl.coalesce("matched_amount", "amount"), whole=pl.col("amount"))
    )
    rest = (
        cut.with_columns(amount=pl.col("whole") - pl.col("amount").sum().over("unit"))
        .unique("unit", keep="first", maintain_order=True)
        .filter(pl.col("amount") != 0)
        .with_columns(pl.lit(None, pl.String).alias(name) for name in ("claim_id", "rule"))
    )
    claims = inputs.claims.select(
        "claim_id",
        "project_id",
        "commitment_id",
        "commitment_number",
        claim_status="status",
        claim_number="invoice_number",
        claim_project="project_number",
        claim_vendor="vendor_name",
        claim_currency="currency_code",
        claim_origin="origin_id",
        due="due_amount",
        gross="gross_amount",
        retainage="retainage_amount",
        tax="tax_amount",
    )
    numbered = (
        pl.concat([cut, rest])
        .join(claims, on="claim_id", how="left")
        # Units are numbered in the order of their keys.
        .sort("unit", "claim_id", nulls_last=True)
        .with_columns(part=pl.int_range(pl.len()).over("unit"))
    )
    return _applied(numbered, inputs)


def _applied(parts: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Parts with what their application says beside its cash; a unit's first part carries it.

    `credit` is what a vendor credit settled of the bill: the applied amount less the cash.
    """
    said = inputs.applications.select(
        *KEY,
        "document_type",
        applied="applied_amount",
        discount="discount_amount",
        withheld="withholding_amount",
        retained="retainage_amount",
    )
    money = ["applied", "discount", "withheld", "retained"]
    joined = parts.join(said, on=KEY, how="left")
    return joined.with_columns(
        pl.when(pl.col("part") == 0).then(name).otherwise(0).fill_null(0).alias(name) for name in money
    ).with_columns(
        credit=pl.when(pl.col("applied") > pl.col("whole")).then(pl.col("applied") - pl.col("whole")).otherwise(0)
    )


def _suggested(parts: pl.DataFrame, suggested: pl.DataFrame) -> pl.DataFrame:
    """How many claims are suggested for a part without one, and which where it is one."""
    counted = suggested.group_by(KEY).agg(
        suggestions=pl.len(), suggested_claim=pl.col("claim_id").first(), suggested_reason=pl.col("reason").first()
    )
    one = (pl.col("suggestions") == 1) & pl.col("claim_id").is_null()
    return (
        parts.join(counted, on=KEY, how="left", nulls_equal=True)
        .with_columns(pl.when(one).then(name).alias(name) for name in ("suggested_claim", "suggested_reason"))
        .with_columns(suggestions=pl.when(pl.col("claim_id").is_null()).then("suggestions").fill_null(0))
    )


def _shown(parts: pl.DataFrame, links: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Which part each linked row shows: the one of the link's claim, else the first that is free.

    A row in another currency than the payment, or beside a document that is no payment of cash, shows
    nothing of it.
    """
    parts = parts.join(links, on=KEY, how="semi", nulls_equal=True)
    rows = inputs.issued_payments.select(
        "issued_payment_id", shown_amount="amount", shown_date="payment_date", shown_currency="currency_code"
    )
    asked = links.select(*KEY, "claim_id", "issued_payment_id", link_rule="rule").join(rows, on="issued_payment_id")
    heads = parts.filter("cash").unique(KEY, keep="first", maintain_order=True).select(*KEY, "currency_code")
    other = (pl.col("currency_code") != pl.col("shown_currency")).fill_null(False)
    asked = asked.join(heads, on=KEY, how="inner", nulls_equal=True).filter(~other).sort("issued_payment_id")
    same = asked.join(parts.select(*PART, "claim_id"), on=[*KEY, "claim_id"], how="inner", nulls_equal=True)
    same = same.sort("issued_payment_id").unique(PART, keep="first", maintain_order=True)
    nth = pl.int_range(pl.len()).over(KEY).alias("nth")
    left = asked.join(same, on="issued_payment_id", how="anti").sort("issued_payment_id").with_columns(nth)
    free = parts.select(PART).join(same, on=PART, how="anti", nulls_equal=True).sort(PART).with_columns(nth)
    others = left.join(free, on=[*KEY, "nth"], how="inner", nulls_equal=True)
    columns = [*PART, "issued_payment_id", "shown_amount", "shown_date", "link_rule"]
    return pl.concat([same.select(columns), others.select(columns)])


def _rows(inputs: Inputs, shown: pl.DataFrame, parts: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Issued payments with the key, life and group of the part they show."""
    facts = parts.select(
        *PART,
        "alive",
        unit_counted="counted",
        unit_status="status",
        unit_amount="amount",
        unit_currency="currency_code",
        unit_date="payment_date",
        unit_check="check_number",
    )
    linked = shown.select(*PART, "issued_payment_id", "link_rule").join(facts, on=PART, how="left", nulls_equal=True)
    commitments = inputs.commitments.select("commitment_id", "vendor_name", "commitment_number")
    return (
        inputs.issued_payments.join(linked, on="issued_payment_id", how="left")
        .join(commitments, on="commitment_id", how="left")
        .with_columns(_inside(scope))
        .sort("issued_payment_id")
    )
