"""Typed columns of plain payments to the canonical frames, each payment's id and each application's among them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import polars as pl

from toolkit import schemas
from toolkit.erps.plain import Reading
from toolkit.erps.profile import period
from toolkit.erps.typed_columns import APPLIED, Typed, series_of


def key_of_twins(reading: Reading) -> pl.Expr:
    """What a payment shares with the document that reverses it; null where there is no such pair."""
    names = {"check_number": "number", "vendor_name": "vendor"}
    parts = [pl.col(names[name]) if name in names else reading.text(name) for name in reading.profile.twins]
    if not parts:
        return pl.lit(None, pl.String)
    key = pl.concat_str([pl.col("company"), *(part.fill_null("None") for part in parts)], separator="\x1f")
    return pl.when(pl.col("number").is_not_null()).then(key)


def canonical_payments(reading: Reading, typed: Typed) -> pl.DataFrame:
    """`schemas.Payments` of these payments."""
    heads, text = typed.payments, reading.text
    projects = _only_project(reading, typed)
    periods = series_of(heads, text("post_period"))
    known = {said: period(said) for said in periods.drop_nulls().unique()}
    columns: dict[str, pl.Expr | pl.Series] = {
        "payment_number": text("payment_number"),
        "check_number": pl.col("number"),
        "payment_method": pl.col("method"),
        "document_kind": pl.col("kind_of"),
        "payment_date": pl.col("payment_date_typed"),
        "vendor_id": pl.col("vendor_id"),
        "vendor_name": pl.col("vendor"),
        "payee_name": pl.col("payee"),
        "currency_code": pl.col("currency"),
        "payment_amount": pl.col("payment_amount_typed"),
        "unapplied_amount": pl.col("left"),
        "status": pl.col("said_status"),
        "voided_date": pl.col("voided_date_typed"),
        "cleared_date": pl.col("cleared_date_typed"),
        "post_period": periods.replace_strict(known, return_dtype=pl.String) if known else periods,
        "bank_account_id": text("bank_account_id"),
        "reference": text("reference"),
        "memo": text("memo"),
        "project_number": projects,
    }
    return _canonical(schemas.Payments, reading, heads, columns)


def _only_project(reading: Reading, typed: Typed) -> pl.Series:
    """What all lines of a payment say of its project, where they say the same."""
    named = typed.lines.select("at", p=reading.text("project_number")).drop_nulls("p")
    found = named.group_by("at").agg(pl.col("p").first(), same=pl.col("p").n_unique() == 1)
    found = found.with_columns(p=pl.when("same").then("p"))
    return typed.payments.select("at").join(found, on="at", how="left", maintain_order="left")["p"]


def canonical_applications(reading: Reading, typed: Typed) -> pl.DataFrame:
    """`schemas.Applications` of the lines that settle something; their payment's id stands in `own_id`."""
    lines, text = typed.lines.filter("settles"), reading.text
    heads = typed.payments
    status = heads["said_status"].gather(lines["at"])
    own = pl.coalesce("identity", "own_number", "invoice", pl.lit(""))
    lines = lines.with_columns(
        named=pl.concat_str([pl.col("kind_of_document"), pl.lit(":"), own]),
        reversed=status.is_in(schemas.DEAD),
    )
    lines = _numbered(lines)
    kind: pl.Expr = pl.col("kind_of_document")
    if reading.profile.by_sign:
        kind = pl.when(pl.col("applied_amount_typed") < 0).then(pl.lit("vendor_credit")).otherwise(kind)
    columns: dict[str, pl.Expr | pl.Series] = {
        "application_id": pl.col("named"),
        "document_type": kind,
        "document_id": pl.col("identity"),
        "document_number": pl.col("own_number"),
        "invoice_number": pl.col("invoice"),
        "invoice_date": pl.col("invoice_day"),
        **{name: pl.col(f"{name}_typed").fill_null(0) for name in APPLIED},
        "project_number": text("project_number"),
        "commitment_number": text("commitment_number"),
        "entity": text("entity"),
        "status": pl.when("reversed").then(pl.lit("reversed")).otherwise(pl.lit("applied")),
    }
    return _canonical(schemas.Applications, reading, lines, columns)


def _numbered(lines: pl.DataFrame) -> pl.DataFrame:
    """A document that a payment names again gets how many of it came before."""
    key = pl.concat_str([pl.col("at").cast(pl.String), "named"], separator="\x1f").hash()
    again = lines.select(again=key.is_duplicated())["again"]
    if not again.any():
        return lines
    place = pl.int_range(pl.len()).over("at", "named") + 1
    numbered = (
        pl.when(place > 1).then(pl.concat_str([pl.col("named"), pl.lit("|"), place.cast(pl.String)])).otherwise("named")
    )
    return lines.with_columns(named=numbered)


def _canonical(
    table: type[schemas.Table], reading: Reading, rows: pl.DataFrame, columns: Mapping[str, pl.Expr | pl.Series]
) -> pl.DataFrame:
    own = {"erp": pl.lit(reading.profile.erp), "erp_company": pl.col("company"), "payment_id": pl.col("own_id")}
    source = {"source_file": pl.lit(reading.file.name), "source_row": pl.col("row")}
    every = own | dict(columns) | source
    return rows.select(every[name].alias(name) for name in schemas.columns(table))


def identities(typed: Typed, before: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """The ids of payments whose file has no key, as `assemble` makes them, and the counts for the next block.

    `before` has for the hash of what identifies a payment how many equal ones came before.
    """
    parts = [pl.col("company"), pl.col("bank"), pl.col("told"), pl.col("day"), pl.col("whose")]
    heads = typed.payments
    text = pl.concat_str([part.fill_null("") for part in parts], separator="\x1f")
    bank = pl.col("bank_account_id") if "bank_account_id" in heads.columns else pl.lit(None, pl.String)
    reference = pl.col("reference") if "reference" in heads.columns else pl.lit(None, pl.String)
    told = heads.select(
        "company",
        bank=bank,
        told=pl.coalesce("number", reference),
        day=pl.col("payment_date_typed").cast(pl.String),
        whose=pl.coalesce("vendor_id", "vendor"),
    ).select(text=text, hash=text.hash())
    told = told.join(before, on="hash", how="left", maintain_order="left").with_columns(
        place=pl.int_range(pl.len()).over("hash") + pl.col("times").fill_null(0)
    )
    now = pl.concat([before, told.group_by("hash").agg(times=pl.len().cast(pl.Int64))])
    texts = told.select(pl.concat_str(["text", pl.col("place").cast(pl.String)], separator="\x1f"))["text"]
    digests = [hashlib.sha256(text).hexdigest()[:20] for text in texts.cast(pl.Binary).to_list()]
    return pl.Series("own_id", digests, dtype=pl.String), now.group_by("hash").agg(pl.col("times").sum())
