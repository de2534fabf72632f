"""Which row on a Payments Issued tab already shows which unit, so that none is proposed twice."""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.matching.keys import REFERENCE_PREFIX, check_key, invoice_key, sync_reference
from toolkit.matching.model import Inputs
from toolkit.matching.units import KEY, PAYMENT
from toolkit.matching.vendors import VENDOR, erp_vendor

# A unit that meets several claims has one part, and so one row, per claim.
PART = [*KEY, "claim_id"]
COLUMNS = [*PART, "issued_payment_id", "rule", "reason"]


def find(
    units: pl.DataFrame, matches: pl.DataFrame, vendors: pl.DataFrame, inputs: Inputs, company_id: str
) -> pl.DataFrame:
    """`Links`: each issued payment and each part of a unit at most once, the strongest evidence first."""
    if inputs.issued_payments.is_empty():
        return schemas.empty(schemas.Links)
    rows = _keyed(inputs)
    placed = _placed(units, matches, inputs)
    found: list[pl.DataFrame] = []
    for candidates in (
        _posted(units, inputs),
        _ours(placed, rows, company_id),
        _by_hand(placed, rows),
        _of_dead(units, rows, vendors, inputs),
    ):
        found.append(_once(_parted(candidates, matches), found))
    return schemas.conform(schemas.Links, pl.concat(found).sort(*KEY, "issued_payment_id", nulls_last=True))


def beside(links: pl.DataFrame, placed: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """`links` with the rows keyed by hand that show what is `placed` by another amount than its cash.

    `placed` has the parts (`PART`) with alive, payment_date, check_number, invoice_number, claim_number, the
    commitment_id of the claim, and as `amount` what Procore should show of it.
    """
    asked = placed.with_columns(
        check_key=check_key("check_number"),
        number_key=invoice_key("invoice_number"),
        claim_key=invoice_key("claim_number"),
    )
    more = _once(_by_hand(asked, _keyed(inputs)), [links.select(COLUMNS)])
    more = more.with_columns(reason=pl.lit("Claim and check number or date are the same, and the amount on its basis"))
    found = pl.concat([links.select(COLUMNS), more])
    return schemas.conform(schemas.Links, found.sort(*KEY, "issued_payment_id", nulls_last=True))


def _keyed(inputs: Inputs) -> pl.DataFrame:
    """The rows of Procore with their numbers as keys."""
    return inputs.issued_payments.with_columns(
        row_check=check_key("check_number"), row_number=invoice_key("invoice_number")
    )


def _parted(candidates: pl.DataFrame, matches: pl.DataFrame) -> pl.DataFrame:
    """Candidates with the claim of the part that they show; null where the unit has no claim for sure.

    A row that stands on another claim than the unit's still shows the unit: by its first part.
    """
    sure = matches.filter(pl.col("band") != "suggest").select(*KEY, "claim_id")
    first = sure.group_by(KEY).agg(first=pl.col("claim_id").min())
    known = sure.with_columns(sure=pl.lit(True))
    joined = candidates.join(known, on=PART, how="left", nulls_equal=True).join(
        first, on=KEY, how="left", nulls_equal=True
    )
    return joined.with_columns(claim_id=pl.when("sure").then("claim_id").otherwise("first"))


def _once(candidates: pl.DataFrame, before: list[pl.DataFrame]) -> pl.DataFrame:
    """Candidates that touch nothing linked before and do not compete among themselves."""
    fresh = candidates.select(COLUMNS).unique(maintain_order=False).sort(COLUMNS, nulls_last=True)
    for part in before:
        fresh = fresh.join(part, on="issued_payment_id", how="anti")
        fresh = fresh.join(part, on=PART, how="anti", nulls_equal=True)
    return fresh.filter(pl.len().over("issued_payment_id") == 1, pl.len().over(PART) == 1)


def _placed(units: pl.DataFrame, matches: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Parts of units: each with its claim, where that lies, and the amount that goes to it."""
    claims = inputs.claims.select("claim_id", "project_id", "commitment_id", claim_key=invoice_key("invoice_number"))
    met = matches.select(*PART, "band", amount="matched_amount")
    return (
        units.drop("amount", "commitment_number")
        .with_columns(check_key=check_key("check_number"))
        .join(met, on=KEY, how="inner", nulls_equal=True)
        .join(claims, on="claim_id")
    )


def _posted(units: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    posted = inputs.posted.drop_nulls("issued_payment_id").join(
        inputs.issued_payments.select("issued_payment_id"), on="issued_payment_id", how="semi"
    )
    return units.join(posted.select(*PART, "issued_payment_id"), on=KEY, how="inner", nulls_equal=True).with_columns(
        rule=pl.lit("posted"), reason=pl.lit("Tieout posted this row")
    )


def _ours(placed: pl.DataFrame, rows: pl.DataFrame, company_id: str) -> pl.DataFrame:
    """The row carries the reference that this unit's sync would have."""
    names = ["project_id", "commitment_id", "erp", "erp_company", "payment_id"]
    ours = rows.filter(pl.col("origin_id").str.starts_with(REFERENCE_PREFIX))
    asked = placed.join(ours, on="commitment_id", how="semi").with_columns(
        part=pl.coalesce("application_id", pl.format("claim:{}", "claim_id"))
    )
    references = [sync_reference(company_id, *row) for row in asked.select(*names, "part").iter_rows()]
    return (
        asked.with_columns(origin_id=pl.Series(references, dtype=pl.String))
        .join(ours.select("origin_id", "issued_payment_id"), on="origin_id")
        .with_columns(rule=pl.lit("reference"), reason=pl.lit("The row carries this payment's reference"))
    )


def _by_hand(placed: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Same claim (or no claim and the same Invoice #), same amount, same check number or date."""
    compared = placed.filter("alive").join(
        rows.select(
            "commitment_id",
            "amount",
            "issued_payment_id",
            "row_check",
            "row_number",
            row_claim=pl.col("claim_id"),
            row_date=pl.col("payment_date"),
        ),
        on=["commitment_id", "amount"],
    )
    same_claim = (pl.col("row_claim") == pl.col("claim_id")) | (
        pl.col("row_claim").is_null() & (pl.col("row_number") == pl.coalesce("number_key", "claim_key"))
    )
    same_check = (pl.col("row_check") == pl.col("check_key")).fill_null(False)
    same_date = (pl.col("row_date") == pl.col("payment_date")).fill_null(False)
    agreed = compared.filter(same_claim.fill_null(False), same_check | same_date).with_columns(
        both=same_check.cast(pl.Int8) + same_date.cast(pl.Int8)
    )
    # Where two rows fit, the one that agrees on check number and date is the one.
    best = agreed.filter(pl.col("both") == pl.col("both").max().over("issued_payment_id"))
    best = best.filter(pl.col("both") == pl.col("both").max().over(PART))
    return best.with_columns(
        rule=pl.lit("same_facts"), reason=pl.lit("Claim, amount and check number or date are the same")
    )


def _of_dead(units: pl.DataFrame, rows: pl.DataFrame, vendors: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """A voided payment's check number stands on a commitment of its vendor: the row outlived it."""
    homes = inputs.commitments.select("commitment_id", procore_vendor=pl.col("vendor_id"))
    dead = (
        units.filter(pl.col("status").is_in(schemas.DEAD))
        .with_columns(check_key=check_key("check_number"))
        .filter(pl.col("check_key").is_not_null())
        .with_columns(vendor=erp_vendor())
        .join(vendors.select(*VENDOR, "procore_vendor"), on=VENDOR)
    )
    shown = rows.join(homes, on="commitment_id").select(
        "issued_payment_id", "procore_vendor", "row_check", "row_number", row_amount=pl.col("amount")
    )
    met = dead.join(shown, left_on=["procore_vendor", "check_key"], right_on=["procore_vendor", "row_check"])
    # Some ERPs leave a void its amount, others set it to zero.
    fits = (pl.col("amount") == pl.col("row_amount")) | (pl.col("amount") == 0)
    several = pl.len().over(PAYMENT) > 1
    same_number = (pl.col("row_number") == pl.col("number_key")).fill_null(False)
    return (
        met.filter(fits)
        .filter(~several | same_number)
        .with_columns(
            claim_id=pl.lit(None, pl.String),
            rule=pl.lit("voided_check"),
            reason=pl.lit("The row shows a payment that the ERP has since taken back"),
        )
    )
