"""Lines of plain payments to canonical frames by whole columns, and which payments are not plain.

Every rule here is one of `toolkit.erps.rows`, `settled`, `signs` and `assemble`, said for a column. A
payment with a fault, a credit's document, a reversal, several invoices in one cell, or anything else that
takes a sentence is *slow*: its lines are read one by one there. Longer than other modules, because what
makes a payment plain stands in one place.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from toolkit import money, schemas
from toolkit.erps.assemble import LIMIT
from toolkit.erps.dates import read_date
from toolkit.erps.facts import Facts, Settled
from toolkit.erps.grouping import NAMED_CURRENCIES
from toolkit.erps.plain import Reading
from toolkit.erps.profile import method_column
from toolkit.erps.settled import SEVERAL
from toolkit.erps.sorting import in_rust
from toolkit.errors import RefusedFile

FALSE_WORDS = ("f", "false", "n", "no", "0")
# Sums of fewer than a thousand such amounts fit 64 bits.
LARGE = LIMIT // 1000
APPLIED = ("applied_amount", "discount_amount", "withholding_amount", "retainage_amount")


@dataclass(frozen=True)
class Typed:
    """Payments in the order of their first line, one row each, and their lines; `at` is a line's payment.

    `payments` has canonical columns where they are known, `slow`, `twin` and `first_row`; `lines` has typed
    amounts beside its texts.
    """

    payments: pl.DataFrame
    lines: pl.DataFrame


def heads_of(reading: Reading, lines: pl.DataFrame) -> Typed:
    """The first line of each payment, with what only its texts say."""
    heads = lines.filter(pl.col("group").is_first_distinct())
    at = pl.Series("at", heads["group"].search_sorted(lines["group"]), dtype=pl.UInt32)
    card = pl.when(pl.col("word").str.contains("card", literal=True)).then("word")
    told = heads.with_columns(_status(reading), **_of_head(reading))
    word = series_of(told, pl.coalesce(reading.text("payment_method"), card))
    told = told.with_columns(method=method_column(reading.profile, word, told["number"]))
    numbered = lines.with_columns(at, **_number_of_line(reading))
    return Typed(told, numbered.with_columns(**_of_line(reading)))


def _yes(text: pl.Expr) -> pl.Expr:
    return ~text.str.to_lowercase().fill_null("no").is_in(FALSE_WORDS)


def _status(reading: Reading) -> pl.Expr:
    """The payment's status; null where its word is not known."""
    text, known = reading.text, dict(reading.profile.statuses)
    word = text("status").str.to_lowercase()
    told = word.replace_strict(known, default=None, return_dtype=pl.String) if known else pl.lit(None, pl.String)
    status = pl.when(word.is_null()).then(pl.lit("issued")).otherwise(told)
    void = _yes(text("void_mark")) | text("voided_date").is_not_null()
    clear = (status == "issued") & (text("cleared_date").is_not_null() | _yes(text("cleared")))
    living = pl.when(clear).then(pl.lit("cleared")).otherwise(status)
    return pl.when(void & status.is_not_null()).then(pl.lit("voided")).otherwise(living).alias("said_status")


def _of_head(reading: Reading) -> dict[str, pl.Expr]:
    text, profile = reading.text, reading.profile
    vendor = pl.coalesce(pl.col("vendor_name"), text("payee_name"))
    number = (
        pl.coalesce(text("check_number"), text("reference")) if profile.reference_is_number else text("check_number")
    )
    code = text("currency_code")
    named = code.str.to_lowercase().replace_strict(NAMED_CURRENCIES, default=code.str.to_uppercase())
    return {
        "number": number,
        "vendor": vendor,
        "payee": pl.coalesce(text("payee_name"), vendor),
        "currency": named.fill_null(pl.lit(reading.options.currency, pl.String)),
    }


def _number_of_line(reading: Reading) -> dict[str, pl.Expr]:
    """The number of the document that a line settles, and what the one text that holds it says."""
    document, prefix = reading.text("document"), reading.profile.document_prefix
    bare = document.str.replace(in_rust(prefix), "").replace("", None) if prefix else document
    number = pl.coalesce(reading.text("invoice_number"), bare)
    return {"bare": bare, "invoice": number.str.replace(in_rust(prefix), "") if prefix else number}


def _of_line(reading: Reading) -> dict[str, pl.Expr]:
    """What a line settles, as text."""
    text, profile = reading.text, reading.profile
    number = pl.col("invoice")
    applied = pl.coalesce(text("applied_amount"), text("debit"), pl.lit("-") + text("credit_side"))
    own = pl.coalesce(text("document_number"), "bare", number)
    settles = number.is_not_null() | applied.is_not_null() | text("document_number").is_not_null()
    if profile.multiple:
        applied = pl.when(number.is_not_null()).then(pl.coalesce(applied, text("payment_amount"))).otherwise(applied)
    word = pl.coalesce(text("document_type"), text("document"), pl.lit("bill")).str.to_lowercase()
    kind = pl.lit("bill")
    for start, name in reversed(list(profile.documents.items())):
        kind = pl.when(word.str.starts_with(start)).then(pl.lit(name)).otherwise(kind)
    parts = [text(name) for name in profile.document_key]
    identity = (
        pl.when(pl.all_horizontal(part.is_not_null() for part in parts)).then(pl.concat_str(parts, separator="|"))
        if parts
        else pl.lit(None, pl.String)
    )
    credit = (kind == "vendor_credit") & ~applied.str.contains("^[-(]")
    if profile.multiple:
        credit = credit & number.is_null()
    return {
        "settles": settles,
        "own_number": own,
        "applied": applied,
        "kind_of_document": kind,
        "identity": pl.coalesce(text("document_id"), identity),
        "sign": pl.when(credit.fill_null(False)).then(-1).otherwise(1),
    }


def learn(reading: Reading, typed: Typed, stated: pl.Series, facts: Facts) -> None:
    """What these payments prove of their columns."""
    lines, heads = typed.lines, typed.payments
    paying = lines.filter(pl.col("kind_of") != "credit")
    lists = reading.profile.amount == "lines"
    figures = {"payment_amount": series_of(paying, reading.text("payment_amount"))}
    settling = lines.filter("settles")
    figures["applied_amount"] = (
        settling["applied"].str.replace_all(SEVERAL.pattern, ";").str.split(";").explode()
        if reading.profile.multiple
        else settling["applied"]
    )
    for name in APPLIED[1:]:
        figures[name] = series_of(settling, reading.text(name))
    of_totals = "applied_amount" if lists else "payment_amount"
    figures[of_totals] = pl.concat([figures[of_totals], stated.cast(pl.String)])
    for name, texts in figures.items():
        facts.see_amounts(name, texts)
    void = heads.filter(pl.col("said_status") == "voided")
    facts.see_dates("payment_date", series_of(heads, reading.text("payment_date")))
    facts.see_dates("voided_date", series_of(void, _since(reading)))
    facts.see_dates("cleared_date", series_of(heads, reading.text("cleared_date")))
    facts.see_dates("invoice_date", series_of(settling, reading.text("invoice_date")))


def series_of(frame: pl.DataFrame, text: pl.Expr) -> pl.Series:
    """One column, as long as the frame even where it is the same for all rows."""
    return frame.with_columns(text.alias("\x00"))["\x00"]


def _since(reading: Reading) -> pl.Expr:
    return pl.coalesce(reading.text("voided_date"), reading.text("modified"))


def _dates(texts: pl.Series, order: str | None) -> tuple[pl.Series, pl.Series]:
    """Dates, and where a text is none: by the reader of single dates, each text once."""
    known = {text: read_date(text, order)[0] for text in texts.drop_nulls().unique()}
    table = pl.DataFrame({"t": list(known), "d": list(known.values())}, schema={"t": pl.String, "d": pl.Date})
    found = texts.to_frame("t").join(table, on="t", how="left", maintain_order="left")["d"]
    return found, texts.is_not_null() & found.is_null()


def _decimals(reading: Reading, currencies: pl.Series) -> pl.Series | int:
    """How many decimals each payment's currency has; RefusedFile where more than Tieout holds."""
    try:
        known = {code: money.exponent(code) for code in sorted(currencies.drop_nulls().unique())}
    except ValueError as error:
        raise RefusedFile(reading.file.name, f"{error}.") from error
    return currencies.replace_strict(known, default=2, return_dtype=pl.Int64) if set(known.values()) - {2} else 2


def type_columns(reading: Reading, typed: Typed, stated: pl.DataFrame, settled: Settled) -> Typed:
    """Amounts and dates typed, signs turned, sums made, and each payment that is not plain marked slow.

    `stated` has for each payment with a total of its own its `at` and the total's text.
    """
    decimals = _decimals(reading, typed.payments["currency"])
    lines = _type_lines(reading, typed, decimals, settled)
    heads = _type_heads(reading, typed.payments, settled)
    own = stated.with_columns(_stated_amount(reading, stated, decimals, settled))
    return _tied(reading, Typed(heads, lines), own)


def _stated_amount(reading: Reading, stated: pl.DataFrame, decimals: pl.Series | int, settled: Settled) -> pl.Series:
    name = "applied_amount" if reading.profile.amount == "lines" else "payment_amount"
    each = decimals if isinstance(decimals, int) else decimals.gather(stated["at"])
    return money.parse_amounts(stated["text"], each, settled.marks.get(name, "."))["amount"].alias("stated")


def _type_lines(reading: Reading, typed: Typed, decimals: pl.Series | int, settled: Settled) -> pl.DataFrame:
    lines = typed.lines
    each = decimals if isinstance(decimals, int) else decimals.gather(lines["at"])
    texts = {"payment_amount": reading.text("payment_amount"), "applied_amount": pl.col("applied")}
    texts |= {name: reading.text(name) for name in APPLIED[1:]}
    bad = pl.Series("bad_amount", [False], dtype=pl.Boolean).new_from_index(0, lines.height)
    found: list[pl.Series] = []
    for name, text in texts.items():
        column = series_of(lines, text)
        if column.null_count() == len(column):
            found.append(pl.Series(f"{name}_typed", [None], dtype=pl.Int64).new_from_index(0, lines.height))
            continue
        read = money.parse_amounts(column, each, settled.marks.get(name, "."))
        found.append(read["amount"].alias(f"{name}_typed"))
        bad = bad | (read["amount"].is_null() & column.is_not_null())
    days, wrong = _dates(series_of(lines, reading.text("invoice_date")), settled.orders["invoice_date"])
    lines = lines.with_columns(*found, invoice_day=days, bad_amount=bad | wrong)
    return lines.with_columns(
        applied_amount_typed=pl.col("applied_amount_typed") * pl.col("sign"),
        discount_amount_typed=pl.col("discount_amount_typed").abs(),
        withholding_amount_typed=pl.col("withholding_amount_typed").abs(),
    )


def _type_heads(reading: Reading, heads: pl.DataFrame, settled: Settled) -> pl.DataFrame:
    columns = {"payment_date": reading.text("payment_date"), "cleared_date": reading.text("cleared_date")}
    columns["voided_date"] = pl.when(pl.col("said_status") == "voided").then(_since(reading))
    bad = heads["said_status"].is_null()
    days = []
    for name, text in columns.items():
        found, wrong = _dates(series_of(heads, text), settled.orders[name])
        days.append(found.alias(f"{name}_typed"))
        bad = bad | wrong
    bad = bad | days[0].is_null() | ~heads["kind_of"].is_in(["payment", "prepayment"])
    return heads.with_columns(*days, slow=pl.col("slow") | bad)


def _tied(reading: Reading, typed: Typed, stated: pl.DataFrame) -> Typed:
    """Payments beside the sums of their lines; slow where they do not fit or a sign says more."""
    profile, heads, lines = reading.profile, typed.payments, typed.lines
    lists = profile.amount == "lines"
    amount, applied = pl.col("payment_amount_typed"), pl.col("applied_amount_typed")
    texts = [name for name in ("payment_date", "vendor_id", "vendor_name") if name in lines.columns]
    first = {name: heads[name].gather(lines["at"]) for name in texts}
    told = lines.filter(pl.col("group").is_first_distinct())["payment_amount_typed"]
    apart = pl.any_horizontal(pl.col(name).ne_missing(first[name]) for name in texts)
    several = pl.any_horizontal(
        pl.col(name).str.contains(SEVERAL.pattern).fill_null(False) for name in ("invoice", "applied", "own_number")
    )
    odd = pl.col("slow") | pl.col("bad_amount") | apart
    odd = odd | several if profile.multiple else odd
    odd = odd | (pl.col("invoice") == "").fill_null(False) | (applied.abs() >= LARGE).fill_null(False)
    if not lists:
        odd = odd | (amount != told.gather(lines["at"])).fill_null(False)
    if profile.unsigned:
        odd = odd | pl.col("settles")
    sums = lines.select(
        "at",
        odd=odd,
        told=amount.is_not_null(),
        part=pl.when("settles").then(applied.fill_null(0)).otherwise(0),
        settling=pl.col("settles"),
        negative=pl.col("settles") & (applied < 0).fill_null(False),
    )
    sums = sums.group_by("at", maintain_order=True).agg(
        pl.col("odd").any(), pl.col("told").all(), applied=pl.col("part").sum(), parts=pl.col("settling").sum()
    )
    heads = heads.with_columns(sums.sort("at").select("odd", "told", applied_sum="applied"))
    heads = (
        heads.with_columns(
            payment_amount_typed=pl.col("applied_sum") if lists else told,
        )
        .with_row_index("at")
        .join(stated.select("at", "stated"), on="at", how="left", maintain_order="left")
    )
    dead = pl.col("said_status").is_in(schemas.DEAD)
    turned = (amount < 0) & (pl.lit(profile.unsigned) | (pl.col("applied_sum") == -amount))
    paid = pl.when(turned).then(-amount).otherwise(amount)
    heads = heads.with_columns(payment_amount_typed=paid, turned=turned.fill_null(False))
    left = pl.when(dead).then(0).otherwise(amount - pl.col("applied_sum"))
    unfit = amount.is_null() | (amount <= 0) | (amount >= LARGE) | (left < 0) | (left > amount)
    unfit = unfit | (pl.col("turned") & ~pl.col("told")) | (pl.col("stated") != amount).fill_null(False)
    heads = heads.with_columns(left=left, slow=pl.col("slow") | pl.col("odd") | unfit.fill_null(True))
    return Typed(heads, lines)
