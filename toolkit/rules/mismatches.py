"""Each rule is one function from the picture to the rows that break it; this is where their words are.

Longer than other modules, because one list of rules is read more easily than three.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import polars as pl

from toolkit import money, schemas
from toolkit.matching.units import KEY
from toolkit.rules.catalogue import BY_CODE
from toolkit.rules.companies import NOBODY
from toolkit.rules.picture import Picture

IDS = [*KEY, "claim_id", "issued_payment_id"]
PAID = pl.col("alive") & pl.col("cash")


def shown(column: str) -> pl.Expr:
    """Minor units as people read them, with the currency code."""
    return money.shown_column(column, "currency_code")


def _check() -> pl.Expr:
    return pl.format("Payment {}", pl.coalesce("check_number", "payment_id"))


def _vendor() -> pl.Expr:
    return pl.col("vendor_name").fill_null("an unnamed vendor")


def _number() -> pl.Expr:
    return pl.coalesce("invoice_number", "claim_number", pl.lit("without a number"))


def _found(rows: pl.DataFrame, code: str, amount: pl.Expr, sentence: pl.Expr) -> pl.DataFrame:
    """Rows of one code; ids that a row does not have are null."""
    missing = [pl.lit(None, pl.String).alias(name) for name in [*IDS, "currency_code"] if name not in rows.columns]
    return rows.with_columns(missing).select(
        *IDS, "currency_code", code=pl.lit(code), amount=amount.cast(pl.Int64), sentence=sentence
    )


def _duplicate_payment_erp(picture: Picture) -> pl.DataFrame:
    rows = picture.units.filter(PAID, "paid_twice")
    said = pl.format(
        "{} of {} pays invoice {} of {} again: it was already paid by {}, so the bill is paid twice.",
        _check(),
        shown("amount"),
        _number(),
        _vendor(),
        pl.coalesce("earlier_check", pl.lit("an earlier payment")),
    )
    return _found(rows, "duplicate_payment_erp", pl.col("amount"), said)


def _void_and_reissue(picture: Picture) -> pl.DataFrame:
    rows = picture.units.filter(PAID, pl.col("replaces").is_not_null())
    head = pl.format(
        "{} of {} to {} replaces {}, which was voided",
        _check(),
        shown("amount"),
        _vendor(),
        pl.coalesce("void_check", "replaces"),
    )
    said = (
        pl.when(pl.col("void_row").is_not_null())
        .then(pl.format("{} but still stands in Procore as issued payment {}.", head, "void_row"))
        .otherwise(pl.format("{}; Procore does not show the voided one.", head))
    )
    return _found(rows, "void_and_reissue", pl.col("amount"), said)


def _voided_payment(picture: Picture) -> pl.DataFrame:
    rows = picture.units.filter(pl.col("status").is_in(schemas.DEAD), pl.col("document_kind") != "reversal")
    head = pl.format("{} to {} was {} in the ERP", _check(), _vendor(), "status")
    said = (
        pl.when("linked")
        .then(
            pl.format(
                "{}, and Procore still shows {} as issued payment {}.", head, shown("shown_amount"), "issued_payment_id"
            )
        )
        .otherwise(pl.format("{}; Procore does not show it.", head))
    )
    return _found(rows, "voided_payment", pl.coalesce("shown_amount", "amount"), said)


def _overpayment(picture: Picture) -> pl.DataFrame:
    paid = picture.units.filter(PAID, ~pl.col("paid_twice"), pl.col("due").is_not_null())
    over = pl.col("amount").sum().over("claim_id") - pl.col("due")
    rows = paid.with_columns(over=over).filter(pl.col("over") > 0)
    # The payment that went beyond the due is the last one.
    last = rows.sort("payment_date", *KEY, nulls_last=True).unique("claim_id", keep="last", maintain_order=True)
    said = pl.format(
        "With {} of {}, invoice {} of {} is paid {} beyond its due of {}.",
        _check().str.to_lowercase(),
        shown("amount"),
        _number(),
        _vendor(),
        shown("over"),
        shown("due"),
    )
    return _found(last, "overpayment", pl.col("over"), said)


def _amount_changed_after_sync(picture: Picture) -> pl.DataFrame:
    rows = picture.units.filter(PAID, "linked", pl.col("shown_amount") != pl.col("amount"))
    said = pl.format(
        "{} to {} is {} in the ERP, but Procore was told {} (issued payment {}).",
        _check(),
        _vendor(),
        shown("amount"),
        shown("shown_amount"),
        "issued_payment_id",
    )
    return _found(rows, "amount_changed_after_sync", pl.col("amount") - pl.col("shown_amount"), said)


def _in_procore_not_erp(picture: Picture) -> pl.DataFrame:
    rows = picture.rows.filter(pl.col("link_rule").is_null())
    said = pl.format(
        "Procore shows {} paid on {} with number {} against invoice {}, which no ERP payment explains.",
        shown("amount"),
        pl.col("payment_date").dt.to_string().fill_null("no date"),
        pl.col("check_number").fill_null("(none)"),
        pl.col("invoice_number").fill_null("(none)"),
    )
    return _found(rows, "in_procore_not_erp", pl.col("amount"), said)


def _invoice_not_approved(picture: Picture) -> pl.DataFrame:
    rows = picture.units.filter(PAID, pl.col("claim_status").is_not_null(), ~_payable())
    said = pl.format(
        "{} of {} pays invoice {} of {}, which is {} in Procore.",
        _check(),
        shown("amount"),
        _number(),
        _vendor(),
        pl.col("claim_status").str.replace_all("_", " "),
    )
    return _found(rows, "invoice_not_approved", pl.col("amount"), said)


def _payable() -> pl.Expr:
    return pl.col("claim_status").is_in(schemas.PAYABLE_STATUSES)


def _ambiguous_invoice_match(picture: Picture) -> pl.DataFrame:
    rows = picture.units.filter(PAID, pl.col("suggestions") > 1)
    said = pl.format(
        "{} of {} to {} for invoice {} fits {} claims equally well.",
        _check(),
        shown("amount"),
        _vendor(),
        _number(),
        "suggestions",
    )
    return _found(
        rows.with_columns(claim_id=pl.lit(None, pl.String)), "ambiguous_invoice_match", pl.col("amount"), said
    )


def _suggested_match(picture: Picture) -> pl.DataFrame:
    rows = picture.units.filter(PAID, pl.col("suggestions") == 1).drop("claim_id")
    rows = rows.join(picture.suggestions.select(*KEY, "claim_id", "reason"), on=KEY, nulls_equal=True)
    said = pl.format("{} of {} to {} may pay claim {}: {}.", _check(), shown("amount"), _vendor(), "claim_id", "reason")
    return _found(rows, "suggested_match", pl.col("amount"), said)


def _payment_no_invoice(picture: Picture) -> pl.DataFrame:
    rows = picture.units.filter(PAID, pl.col("claim_id").is_null(), pl.col("suggestions") == 0, ~pl.col("linked"))
    said = pl.format(
        "{} of {} to {} for invoice {} has no claim in Procore.", _check(), shown("amount"), _vendor(), _number()
    )
    return _found(rows, "payment_no_invoice", pl.col("amount"), said)


def _in_erp_not_procore(picture: Picture) -> pl.DataFrame:
    rows = picture.units.filter(PAID, pl.col("claim_id").is_not_null(), ~pl.col("linked"))
    said = pl.format(
        "{} of {} to {} for invoice {} is not on Procore's Payments Issued tab.",
        _check(),
        shown("amount"),
        _vendor(),
        _number(),
    )
    return _found(rows, "in_erp_not_procore", pl.col("amount"), said)


def _unapplied_amount(picture: Picture) -> pl.DataFrame:
    rows = unapplied(picture.units)
    said = pl.format("{} to {} has {} that settles no bill.", _check(), _vendor(), shown("rest"))
    return _found(rows, "unapplied_amount", pl.col("rest"), said)


def unapplied(units: pl.DataFrame) -> pl.DataFrame:
    """One row per living payment whose applications do not come to its amount, with the `rest`."""
    payment = KEY[:3]
    paid = units.filter(PAID, pl.col("application_id").is_not_null())
    rest = pl.col("pays").first() - pl.col("amount").sum()
    return (
        paid.group_by(payment)
        .agg(rest.alias("rest"), pl.first("check_number", "vendor_name", "currency_code", "payment_date"))
        .filter(pl.col("rest") != 0)
        .with_columns(application_id=pl.lit(None, pl.String))
        .sort(payment)
    )


def _invoice_number_mismatch(picture: Picture) -> pl.DataFrame:
    rows = picture.units.filter(PAID, pl.col("claim_number").is_not_null(), pl.col("number").is_not_null())
    rows = rows.filter(pl.col("number") != pl.col("claim_number").str.strip_chars())
    said = pl.format("The ERP writes invoice {} of {}, Procore writes {}.", "number", _vendor(), "claim_number")
    return _found(rows, "invoice_number_mismatch", pl.col("amount"), said)


def _partial_payment(picture: Picture) -> pl.DataFrame:
    paid = picture.units.filter(PAID, ~pl.col("paid_twice"), pl.col("due").is_not_null())
    claims = paid.group_by("claim_id").agg(
        pl.first("due", "currency_code", "erp", "erp_company", "claim_number", "vendor_name"),
        amount=pl.col("amount").sum(),
    )
    rows = (
        claims.filter(pl.col("amount") < pl.col("due"))
        .with_columns(rest=pl.col("due") - pl.col("amount"))
        .sort("claim_id")
    )
    said = pl.format(
        "Invoice {} of {} is paid {} of {} due; {} is open.",
        pl.col("claim_number").fill_null("without a number"),
        _vendor(),
        shown("amount"),
        shown("due"),
        shown("rest"),
    )
    return _found(rows, "partial_payment", pl.col("rest"), said)


Finder = Callable[[Picture], pl.DataFrame]
FINDERS: tuple[Finder, ...] = (
    _duplicate_payment_erp,
    _void_and_reissue,
    _voided_payment,
    _overpayment,
    _amount_changed_after_sync,
    _in_procore_not_erp,
    _invoice_not_approved,
    _ambiguous_invoice_match,
    _suggested_match,
    _payment_no_invoice,
    _in_erp_not_procore,
    _unapplied_amount,
    _invoice_number_mismatch,
    _partial_payment,
)


def find(picture: Picture, companies: pl.DataFrame) -> pl.DataFrame:
    """`Mismatches` of one run. `companies` says which ERP company a project belongs to."""
    found = pl.concat([finder(picture) for finder in FINDERS])
    graded = found.with_columns(
        severity=_severity(),
        action=pl.col("code").replace_strict({rule.code: rule.action for rule in BY_CODE.values()}),
    )
    homes = picture.rows.join(companies, on="project_id", how="left").select(
        "issued_payment_id", home="erp_company_right"
    )
    graded = graded.join(homes, on="issued_payment_id", how="left").with_columns(
        erp_company=pl.coalesce("erp_company", "home", pl.lit(NOBODY))
    )
    ids = ["code", "erp", "erp_company", "payment_id", "application_id", "claim_id", "issued_payment_id"]
    hashed = [
        hashlib.sha256("|".join(str(part or "") for part in row).encode()).hexdigest()[:16]
        for row in graded.select(ids).iter_rows()
    ]
    table = graded.with_columns(mismatch_id=pl.Series(hashed, dtype=pl.String)).sort("mismatch_id")
    return schemas.Mismatches.validate(schemas.conform(schemas.Mismatches, table))


def _severity() -> pl.Expr:
    usual = pl.col("code").replace_strict({rule.code: rule.severity for rule in BY_CODE.values()})
    quiet = pl.col("sentence").str.contains("Procore does not show")
    # A void that Procore never saw, or whose row is gone, asks for nothing.
    return (
        pl.when(pl.col("code").is_in(["voided_payment", "void_and_reissue"]) & quiet)
        .then(pl.lit("info"))
        .otherwise(usual)
    )
