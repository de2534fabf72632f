"""Payments, claims and applications as somebody gives them, made canonical; every fault told with its place.

Columns have the names of `toolkit.schemas`; any may be missing but the ids, the amounts and the
payment's date. Amounts are decimals of the currency (minor units inside), days ISO. What is said of
one row asks for no other row: the rows of one table may be read in any parts (`typed`), as long as
those with one payment's or claim's id are looked at together once (`check_once`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from toolkit import money, schemas
from toolkit.errors import RefusedFile
from toolkit.matching.model import Inputs
from toolkit.matching.units import KEY, PAYMENT

NEEDED = {
    "payments": ("payment_id", "payment_date", "payment_amount"),
    "claims": ("claim_id", "due_amount"),
    "applications": ("payment_id", "application_id", "applied_amount"),
}
TABLES: dict[str, type[schemas.Table]] = {
    "payments": schemas.Payments,
    "claims": schemas.Claims,
    "applications": schemas.Applications,
}
KEYS = {"payments": PAYMENT, "claims": ["claim_id"], "applications": KEY}
# What a row means where its file does not say.
USUAL: dict[str, Mapping[str, str | int]] = {
    "payments": {"payment_method": "other", "document_kind": "payment", "status": "issued", "unapplied_amount": 0},
    "claims": {"project_id": "(none)", "commitment_id": "(none)", "status": "approved"},
    "applications": {
        "document_type": "bill",
        "status": "applied",
        "discount_amount": 0,
        "withholding_amount": 0,
        "retainage_amount": 0,
    },
}
# Whose payments they are, where nobody says.
ERP = {"erp": "generic", "erp_company": "default"}


def canonical(name: str, raw: pl.DataFrame, label: str) -> pl.DataFrame:
    """One whole table as a canonical frame, payments with `said`; RefusedFile names `label`, row and column."""
    found = typed(name, raw, label)
    check_once(name, found, label)
    return found


def inputs(frames: Mapping[str, pl.DataFrame]) -> Inputs:
    """Both sides for the engine, from canonical frames by their names."""
    return Inputs(frames["payments"].drop("said"), frames["applications"], frames["claims"])


def typed(name: str, raw: pl.DataFrame, label: str) -> pl.DataFrame:
    """Rows as canonical ones; `said` keeps a payment's own word for its status where nobody knows it."""
    table = TABLES[name]
    check_columns(name, raw.columns, label)
    types = schemas.columns(table)
    currency = raw["currency_code"].cast(pl.String) if "currency_code" in raw.columns else None
    kept = raw.select(
        _typed(raw[column], dtype, currency, label) for column, dtype in types.items() if column in raw.columns
    )
    usual = {**USUAL[name], **({} if name == "claims" else ERP), "source_file": label}
    filled = kept.with_columns(
        (pl.col(column).fill_null(value) if column in kept.columns else pl.lit(value)).alias(column)
        for column, value in usual.items()
        if column in types
    )
    if "source_row" in types:
        filled = filled.with_columns(source_row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    _check_keys(name, filled, label)
    if name == "claims":
        return schemas.conform(table, _claims(filled))
    whole = schemas.conform(table, filled)
    return whole.with_columns(_statuses()) if name == "payments" else whole


def check_columns(name: str, columns: Collection[str], label: str) -> None:
    """RefusedFile where a column that `name` need is not there."""
    for column in NEEDED[name]:
        if column not in columns:
            raise RefusedFile(label, f"there is no such column, and {name} need one", column=column)


def check_once(name: str, frame: pl.DataFrame, label: str) -> None:
    """RefusedFile where an id stands twice."""
    if frame[KEYS[name][-1]].n_unique() == frame.height:
        return
    again = frame.select(pl.struct(KEYS[name]).is_first_distinct().not_()).to_series()
    if again.any():
        row, column = again.arg_max() or 0, KEYS[name][-1]
        raise RefusedFile(label, f'"{frame[column][row]}" stands there twice.', row=row + 1, column=column)


def unknown_words(payments: pl.DataFrame) -> pl.DataFrame:
    """Statuses that nobody knows (`said`) and how many payments have each (`count`)."""
    return payments["said"].drop_nulls().value_counts().sort("said")


def lost(payments: pl.DataFrame, applications: pl.DataFrame) -> int:
    """How many applications belong to payments that are not there."""
    return applications.join(payments, on=PAYMENT, how="anti").height


def notes(words: pl.DataFrame, lost: int) -> tuple[str, ...]:
    """What the reader should know of the input: `unknown_words` and `lost` as sentences."""
    said = [
        f'{count} payments have the status "{word}", which is not known: taken as pending.'
        for word, count in words.iter_rows()
    ]
    return (*said, *([f"{lost} applications belong to payments that are not in the file: left out."] if lost else []))


def _typed(values: pl.Series, dtype: pl.DataType, currency: pl.Series | None, label: str) -> pl.Series:
    if dtype == pl.Int64:
        return _minor(values, currency, label)
    if dtype == pl.Date:
        return _days(values, label)
    text = values if values.dtype == pl.String else values.cast(pl.String)
    return text.replace("", None) if dtype == pl.String else values.cast(dtype)


def _minor(values: pl.Series, currency: pl.Series | None, label: str) -> pl.Series:
    """Minor units; what is finer than the currency is refused, never rounded."""
    decimals = _decimals_of(currency, label)
    if isinstance(values.dtype, pl.Decimal) and values.dtype.scale == 2 and isinstance(decimals, int) and decimals == 2:
        return (values * 100).cast(pl.Int64)
    texts = values.cast(pl.String)
    parsed = money.parse_amounts(texts, decimals, money.decimal_mark(texts) or ".")
    _refuse_first(parsed["reason"], values.name, label)
    return parsed["amount"].alias(values.name)


def _decimals_of(currency: pl.Series | None, label: str) -> pl.Series | int:
    """How many decimals each amount may have: one figure where all currencies agree."""
    if currency is None:
        return 2
    said = currency.unique().to_list()
    try:
        exponents = {code: money.exponent(code) for code in said}
    except ValueError as error:
        raise RefusedFile(label, str(error), column="currency_code") from error
    if len(set(exponents.values())) == 1:
        return exponents[said[0]]
    return currency.replace_strict(list(exponents), list(exponents.values()), return_dtype=pl.Int64)


def _days(values: pl.Series, label: str) -> pl.Series:
    if values.dtype == pl.Date:
        return values
    if values.dtype != pl.String:
        values = values.cast(pl.String)
    days = values.str.strip_chars().str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$").str.to_date(strict=False)
    bad = days.is_null() & (values.str.strip_chars() != "").fill_null(False)
    said = pl.select(pl.when(bad).then(pl.format('"{}" is no day; write 2026-10-31', values.fill_null("")))).to_series()
    _refuse_first(said, values.name, label)
    return days


def _refuse_first(reasons: pl.Series, column: str, label: str) -> None:
    bad = reasons.is_not_null()
    if bad.any():
        row = bad.arg_max() or 0
        raise RefusedFile(label, f"{reasons[row]}.", row=row + 1, column=column)


def _check_keys(name: str, frame: pl.DataFrame, label: str) -> None:
    """Every id is there; what must have an amount or a day has one."""
    for column in (*KEYS[name], *(needed for needed in NEEDED[name] if needed != "due_amount")):
        if frame[column].null_count():
            row = frame[column].is_null().arg_max() or 0
            raise RefusedFile(label, "nothing stands there, and every row needs one.", row=row + 1, column=column)
    if "erp" in frame.columns and not frame["erp"].is_in(schemas.ERP_CODES).all():
        raise RefusedFile(label, f"an ERP is one of {', '.join(schemas.ERP_CODES)}.", column="erp")


def _claims(frame: pl.DataFrame) -> pl.DataFrame:
    """A due that is missing is what gross, retainage and tax come to; a claim already `paid` was approved."""
    have = set(frame.columns)
    parts = [pl.col(name) if name in have else pl.lit(None, pl.Int64) for name in ("gross_amount", "retainage_amount")]
    tax = pl.col("tax_amount").fill_null(0) if "tax_amount" in have else pl.lit(0)
    return frame.with_columns(
        due_amount=pl.coalesce("due_amount", parts[0] - parts[1].fill_null(0) + tax),
        status=pl.col("status").str.to_lowercase().replace("paid", "approved"),
    )


def _statuses() -> list[pl.Expr]:
    """Known words in any case; a word that nobody knows is `pending`, so that nothing is matched by it."""
    word = pl.col("status").str.strip_chars().str.to_lowercase().replace({"void": "voided", "paid": "issued"})
    known = pl.when(word.is_in(schemas.PAYMENT_STATUSES)).then(word).otherwise(pl.lit("pending"))
    return [known.alias("status"), pl.when(~word.is_in(schemas.PAYMENT_STATUSES)).then("status").alias("said")]
