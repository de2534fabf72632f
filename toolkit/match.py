"""The match step: payments and claims from files, the engine alone, what it found into files.

Parquet or CSV in. Columns have the names of `toolkit.schemas`; any may be missing but the ids, the
amounts and the payment's date. Amounts are decimals of the currency (minor units inside), days ISO.
Longer than other modules, because every fault of a file is told here with its row and column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from toolkit import money, schemas
from toolkit.errors import InputError, RefusedFile
from toolkit.matching.again import PAID_AGAIN
from toolkit.matching.engine import learnt, match
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.parts import parts
from toolkit.matching.units import KEY, PAYMENT
from toolkit.rules import RULES, mismatches, picture

MATCHES = ("payment_id", "application_id", "claim_id", "matched_amount", "rule", "band", "confidence", "reason")
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
# Nothing here says what the Payments Issued tabs show.
ASKED = tuple(rule for rule in RULES if rule.code != "in_erp_not_procore")
SCOPE = Scope(as_of=date.max)
# So many payments at once: beyond it, memory grows and with it the time of every step.
PART = 125_000
ERP = {"erp": "generic", "erp_company": "default"}


@dataclass(frozen=True)
class MatchReport:
    """What was found, as written: amounts are decimals; `notes` say what the reader should know of the input."""

    matches: pl.DataFrame
    mismatches: pl.DataFrame
    notes: tuple[str, ...]


def match_files(payments: Path, claims: Path, applications: Path | None, folder: Path) -> MatchReport:
    """Match, and write `matches.parquet` and `mismatches.parquet` into `folder`; InputError names file, row, column."""
    frames = _frames(payments, claims, applications)
    notes = _notes(frames)
    found, wrong = _found(_inputs(frames))
    report = MatchReport(_matches(found), _mismatches(wrong), notes)
    _write(folder, report)
    return report


def _found(inputs: Inputs) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`Matches` and `Mismatches`; many payments go through in parts that never touch, so that memory stays small."""
    count = -(-inputs.payments.height // PART)
    if count == 1 or inputs.claims["origin_id"].null_count() < inputs.claims.height:
        return _one(inputs)
    vendors = learnt(inputs, SCOPE)
    found, wrong = zip(*(_one(part, some) for part, some in parts(inputs, vendors, count)), strict=True)
    return pl.concat(found).sort(*KEY, "claim_id", nulls_last=True), pl.concat(wrong)


def _one(inputs: Inputs, vendors: pl.DataFrame | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    found, shown = match(inputs, SCOPE, vendors=vendors)
    drawn = picture.draw(inputs, found, shown, SCOPE)
    nobody = pl.DataFrame(schema={"project_id": pl.String, "erp_company": pl.String})
    return found, mismatches.find(drawn, nobody, ASKED)


def read(payments: Path, claims: Path, applications: Path | None = None) -> Inputs:
    """Both sides from files, ready for the engine."""
    return _inputs(_frames(payments, claims, applications))


def _frames(payments: Path, claims: Path, applications: Path | None) -> dict[str, pl.DataFrame]:
    given = {"payments": payments, "claims": claims, "applications": applications}
    return {name: _canonical(name, path) for name, path in given.items()}


def _inputs(frames: Mapping[str, pl.DataFrame]) -> Inputs:
    return Inputs(frames["payments"].drop("said"), frames["applications"], frames["claims"])


def _canonical(name: str, path: Path | None) -> pl.DataFrame:
    """A file as a canonical frame; `said` keeps a payment's own word for its status."""
    table = TABLES[name]
    if path is None:
        return schemas.empty(table)
    raw = _read(path)
    for column in NEEDED[name]:
        if column not in raw.columns:
            raise RefusedFile(path.name, f"there is no such column, and {name} need one", column=column)
    types = schemas.columns(table)
    currency = raw["currency_code"].cast(pl.String) if "currency_code" in raw.columns else None
    kept = raw.select(
        _typed(raw[column], dtype, currency, path) for column, dtype in types.items() if column in raw.columns
    )
    usual = {**USUAL[name], **({} if name == "claims" else ERP), "source_file": path.name}
    filled = kept.with_columns(
        (pl.col(column).fill_null(value) if column in kept.columns else pl.lit(value)).alias(column)
        for column, value in usual.items()
        if column in types
    )
    if "source_row" in types:
        filled = filled.with_columns(source_row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    _check_keys(name, filled, path)
    if name == "claims":
        return schemas.conform(table, _claims(filled))
    whole = schemas.conform(table, filled)
    return whole.with_columns(_statuses()) if name == "payments" else whole


def _read(path: Path) -> pl.DataFrame:
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = "it is not there" if not path.exists() else "it is neither Parquet nor CSV in UTF-8 with a header"
        raise RefusedFile(path.name, f"cannot be read: {reason}; give payments and claims as such files.") from error


def _typed(values: pl.Series, dtype: pl.DataType, currency: pl.Series | None, path: Path) -> pl.Series:
    if dtype == pl.Int64:
        return _minor(values, currency, path)
    if dtype == pl.Date:
        return _days(values, path)
    text = values if values.dtype == pl.String else values.cast(pl.String)
    return text.replace("", None) if dtype == pl.String else values.cast(dtype)


def _minor(values: pl.Series, currency: pl.Series | None, path: Path) -> pl.Series:
    """Minor units; what is finer than the currency is refused, never rounded."""
    decimals = _decimals_of(currency, path)
    if isinstance(values.dtype, pl.Decimal) and values.dtype.scale == 2 and isinstance(decimals, int) and decimals == 2:
        return (values * 100).cast(pl.Int64)
    texts = values.cast(pl.String)
    parsed = money.parse_amounts(texts, decimals, money.decimal_mark(texts) or ".")
    _refuse_first(parsed["reason"], values.name, path)
    return parsed["amount"].alias(values.name)


def _decimals_of(currency: pl.Series | None, path: Path) -> pl.Series | int:
    """How many decimals each amount may have: one figure where all currencies agree."""
    if currency is None:
        return 2
    said = currency.unique().to_list()
    try:
        exponents = {code: money.exponent(code) for code in said}
    except ValueError as error:
        raise RefusedFile(path.name, str(error), column="currency_code") from error
    if len(set(exponents.values())) == 1:
        return exponents[said[0]]
    return currency.replace_strict(list(exponents), list(exponents.values()), return_dtype=pl.Int64)


def _days(values: pl.Series, path: Path) -> pl.Series:
    if values.dtype == pl.Date:
        return values
    if values.dtype != pl.String:
        values = values.cast(pl.String)
    days = values.str.strip_chars().str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$").str.to_date(strict=False)
    bad = days.is_null() & (values.str.strip_chars() != "").fill_null(False)
    said = pl.select(pl.when(bad).then(pl.format('"{}" is no day; write 2026-10-31', values.fill_null("")))).to_series()
    _refuse_first(said, values.name, path)
    return days


def _refuse_first(reasons: pl.Series, column: str, path: Path) -> None:
    bad = reasons.is_not_null()
    if bad.any():
        row = bad.arg_max() or 0
        raise RefusedFile(path.name, f"{reasons[row]}.", row=row + 1, column=column)


def _check_keys(name: str, frame: pl.DataFrame, path: Path) -> None:
    """Every id is there and stands once; what must have an amount or a day has one."""
    for column in (*KEYS[name], *(needed for needed in NEEDED[name] if needed != "due_amount")):
        if frame[column].null_count():
            row = frame[column].is_null().arg_max() or 0
            raise RefusedFile(path.name, "nothing stands there, and every row needs one.", row=row + 1, column=column)
    if "erp" in frame.columns and not frame["erp"].is_in(schemas.ERP_CODES).all():
        raise RefusedFile(path.name, f"an ERP is one of {', '.join(schemas.ERP_CODES)}.", column="erp")
    again = frame.select(pl.struct(KEYS[name]).is_first_distinct().not_()).to_series()
    if again.any():
        row, column = again.arg_max() or 0, KEYS[name][-1]
        raise RefusedFile(path.name, f'"{frame[column][row]}" stands there twice.', row=row + 1, column=column)


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


def _notes(frames: Mapping[str, pl.DataFrame]) -> tuple[str, ...]:
    words = frames["payments"]["said"].drop_nulls()
    notes = [
        f'{count} payments have the status "{word}", which is not known: taken as pending.'
        for word, count in words.value_counts().sort("said").iter_rows()
    ]
    lost = frames["applications"].join(frames["payments"], on=PAYMENT, how="anti").height
    if lost:
        notes.append(f"{lost} applications belong to payments that are not in the file: left out.")
    return tuple(notes)


def _decimals(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.Decimal(38, 2)) / 100).cast(pl.Decimal(18, 2))


def _matches(found: pl.DataFrame) -> pl.DataFrame:
    # A second payment of a bill pairs with nothing: it stands among the mismatches.
    found = found.filter(pl.col("rule") != PAID_AGAIN)
    more = [name for name in ERP if found.height and not (found[name] == ERP[name]).all()]
    return found.with_columns(_decimals("matched_amount")).select(*MATCHES, *more)


def _mismatches(found: pl.DataFrame) -> pl.DataFrame:
    ids = ("payment_id", "application_id", "claim_id")
    ordered = found.drop("issued_payment_id").sort("code", *ids, "mismatch_id", nulls_last=True)
    return ordered.with_columns(_decimals("amount"))


def _write(folder: Path, report: MatchReport) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        report.matches.rechunk().write_parquet(folder / "matches.parquet")
        report.mismatches.rechunk().write_parquet(folder / "mismatches.parquet")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); name another folder with -o.") from error
