"""Text to integer minor units and back: the only place where money changes form, and it never rounds.

A value finer than its currency is refused with a reason. Amounts inside Tieout are signed 64-bit
integers of minor units beside a currency code; people read decimals.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

import polars as pl

# ISO 4217 minor units that are not two. Three and more do not fit the report views: refused at load.
NO_DECIMALS = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
TOO_FINE = frozenset(("BHD", "CLF", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "UYW"))
# 18 digits in all is what DECIMAL(18,2) holds.
MAX_DIGITS = 18

_SIGNS = "+-"
_SYMBOL = r"(?:US\$|A\$|NZ\$|C\$|[$€£¥]|[A-Z]{3})"
_SPACES = "[ \u00a0\u202f]"


def exponent(currency: str | None) -> int:
    """How many decimals the currency has; two where it is not known."""
    if currency in TOO_FINE:
        raise ValueError(f"{currency} has more than two decimals, which Tieout does not hold")
    return 0 if currency in NO_DECIMALS else 2


def decimal_mark(texts: pl.Series) -> str | None:
    """The decimal mark that the column itself proves, None where it proves both, `.` where neither.

    The last mark of a value that holds both, a repeated mark (which then separates thousands), or
    a single mark followed by other than three digits is proof.
    """
    marks = proved_marks(texts)
    return None if len(marks) > 1 else next(iter(marks), ".")


def proved_marks(texts: pl.Series) -> set[str]:
    """The decimal marks that a column proves: see `decimal_mark`."""
    # Nearly every amount of a large file has two decimals after a point, and proves just that.
    texts = texts.drop_nulls().cast(pl.String)
    common = texts.str.contains(r"^-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)\.[0-9]{2}$")
    found = {"."} if common.any() else set()
    # Any digit proves as much as any other, so that few texts differ.
    body = texts.filter(~common).str.replace_all(r"[^0-9.,]", "").str.replace_all("[0-9]", "0").unique()
    frame = pl.DataFrame({"body": body}).with_columns(
        dots=pl.col("body").str.count_matches(".", literal=True),
        commas=pl.col("body").str.count_matches(",", literal=True),
        last=pl.col("body").str.extract(r"([.,])[0-9]*$"),
        tail=pl.col("body").str.extract(r"[.,]([0-9]*)$").str.len_chars(),
    )
    both = (pl.col("dots") > 0) & (pl.col("commas") > 0)
    single = (pl.col("dots") + pl.col("commas") == 1) & (pl.col("tail") != 3)
    proof = (
        pl.when(both | single)
        .then(pl.col("last"))
        .when(pl.col("dots") > 1)
        .then(pl.lit(","))
        .when(pl.col("commas") > 1)
        .then(pl.lit("."))
    )
    return found | set(frame.select(proof.alias("mark").drop_nulls().unique())["mark"])


def _pattern(decimal: str) -> str:
    """The amount grammar of one decimal mark, with named groups, for Rust's regex engine."""
    other = "," if decimal == "." else r"\."
    grouped = "|".join(rf"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+" for mark in (other, "'", _SPACES))
    return (
        r"^(?P<open>\()?(?P<lead>[+-])?(?P<symbol>" + _SYMBOL + r")? ?(?P<inner>[+-])?"
        r"(?P<whole>" + grouped + r"|[0-9]*)(?:" + re.escape(decimal) + r"(?P<part>[0-9]*))?"
        r" ?(?P<code>" + _SYMBOL + r")?(?P<close>\))?(?P<trail>-| ?CR)?$"
    )


@lru_cache
def _everyday(mark: str) -> str:
    """The shape of nearly every amount; one of it has no second reading. Two decimals at most, 15 digits."""
    other = "," if mark == "." else r"\."
    point = re.escape(mark)
    return rf"^-?(?:[0-9]{{1,13}}|[0-9]{{1,3}}(?:{other}[0-9]{{3}}){{1,3}})(?:{point}[0-9]{{1,2}})?$"


def parse_amounts(texts: pl.Series, decimals: pl.Series | int = 2, mark: str = ".") -> pl.DataFrame:
    """Minor units of a column of text, and why a text is no amount.

    `decimals` is the currency exponent, one for all or one per row. Returns a frame of the same
    height with `amount` (Int64, null where there is none) and `reason` (null where there is an
    amount, or where the text is null or blank).
    """
    if isinstance(decimals, pl.Series) or decimals != 2:
        return _by_grammar(texts, decimals, mark)
    text, point = pl.col("text"), re.escape(mark)
    digits = text.str.replace_all("[^0-9]", "").str.to_integer(dtype=pl.Int64, strict=False)
    factor = (
        pl.when(text.str.contains(f"{point}[0-9][0-9]$")).then(1).when(text.str.contains(f"{point}[0-9]$")).then(10)
    ).otherwise(100)
    minor = digits * factor * pl.when(text.str.starts_with("-")).then(-1).otherwise(1)
    frame = texts.cast(pl.String).to_frame("text")
    frame = frame.with_columns(amount=pl.when(text.str.contains(_everyday(mark))).then(minor))
    odd = frame.with_row_index("at").filter(pl.col("amount").is_null() & text.is_not_null())
    if odd.is_empty():
        return frame.select("amount", reason=pl.lit(None, pl.String))
    other = _by_grammar(odd["text"], decimals, mark).with_columns(odd["at"])
    return (
        frame.with_row_index("at")
        .join(other, on="at", how="left", maintain_order="left")
        .select(pl.coalesce("amount", "amount_right").alias("amount"), "reason")
    )


def _by_grammar(texts: pl.Series, decimals: pl.Series | int, mark: str) -> pl.DataFrame:
    """The same by the whole grammar of amounts."""
    per_row = decimals if isinstance(decimals, pl.Series) else pl.repeat(decimals, len(texts), eager=True)
    frame = pl.DataFrame({"text": texts.cast(pl.String), "decimals": per_row.cast(pl.Int64)})
    tidy = pl.col("text").str.strip_chars(" \t\u00a0\u202f").str.replace("\u2212", "-", literal=True)
    frame = frame.with_columns(tidy=tidy).with_columns(m=pl.col("tidy").str.extract_groups(_pattern(mark)))
    frame = frame.unnest("m").with_columns(
        whole=pl.col("whole").str.replace_all(r"[^0-9]", ""), part=pl.col("part").fill_null("")
    )
    digits = pl.col("whole") + pl.col("part")
    kept, finer = pl.col("part").str.head(pl.col("decimals")), pl.col("part").str.slice(pl.col("decimals"))
    signs = sum((pl.col(name).is_not_null().cast(pl.Int8) for name in ("open", "lead", "inner", "trail")), pl.lit(0))
    minus = (
        pl.col("open").is_not_null()
        | (pl.col("lead") == "-").fill_null(False)
        | (pl.col("inner") == "-").fill_null(False)
        | pl.col("trail").is_not_null()
    )
    blank = pl.col("text").is_null() | (pl.col("tidy") == "")
    shaped = (
        (digits.str.len_chars() > 0)
        & (pl.col("open").is_null() == pl.col("close").is_null())
        & (signs <= 1)
        & ~(pl.col("symbol").is_not_null() & pl.col("code").is_not_null() & (pl.col("symbol") != pl.col("code")))
    ).fill_null(False)
    fine = finer.str.strip_chars_end("0").str.len_chars() > 0
    long = pl.col("whole").str.strip_chars_start("0").str.len_chars() + pl.col("decimals") > MAX_DIGITS
    padded = pl.concat_str(pl.col("whole"), kept.str.pad_end(2, "0").str.head(pl.col("decimals")))
    value = padded.str.to_integer(dtype=pl.Int64, strict=False).fill_null(0)
    good = ~blank & shaped & ~fine & ~long
    frame = frame.with_columns(
        amount=pl.when(good).then(pl.when(minus).then(-value).otherwise(value)),
        fault=pl.when(blank | good)
        .then(None)
        .when(~shaped)
        .then(pl.lit("shape"))
        .when(fine)
        .then(pl.lit("fine"))
        .otherwise(pl.lit("long")),
    )
    return (
        frame.select("amount", "text", "fault", "decimals")
        .with_columns(reason=_reasons(frame, mark))
        .select("amount", "reason")
    )


def _reasons(frame: pl.DataFrame, mark: str) -> pl.Series:
    """Sentences for the few texts that are no amount."""
    said: list[str | None] = [None] * frame.height
    bad = frame.with_row_index("i").filter(pl.col("fault").is_not_null())
    for i, text, fault, decimals in bad.select("i", "text", "fault", "decimals").iter_rows():
        said[i] = _reason(text, fault, decimals, mark)
    return pl.Series(said, dtype=pl.String)


def _reason(text: str, fault: str, decimals: int, mark: str) -> str:
    if fault == "fine":
        return f'"{text}" is finer than {decimals} decimals, and nothing is rounded'
    if fault == "long":
        return f'"{text}" has more digits than Tieout holds ({MAX_DIGITS})'
    allowed = "0123456789.,'()+-$€£¥ \u00a0\u202f\t\u2212"
    for position, char in enumerate(text, start=1):
        if char not in allowed and not re.fullmatch(rf".*({_SYMBOL}|CR)\s*\)?", text[:position] + text[position:][:2]):
            kind = "letter" if char.isalpha() else "character"
            return f'"{text}" is not an amount ({kind} {char} at position {position})'
    return f'"{text}" is not an amount (decimal mark "{mark}", thousands in groups of three)'


def to_minor(text: str, currency: str | None) -> int:
    """One amount in minor units; ValueError says why it is none."""
    decimals = exponent(currency)
    if decimals == 2 and re.match(_everyday("."), text) and not text.endswith("\n"):
        whole, _, part = text.replace(",", "").lstrip("-").partition(".")
        minor = int(whole + part.ljust(2, "0"))
        return -minor if text.startswith("-") else minor
    row = parse_amounts(pl.Series([text]), decimals).row(0, named=True)
    if row["amount"] is None:
        raise ValueError(row["reason"] or "the amount is blank")
    return int(row["amount"])


def plain(minor: int, currency: str | None) -> str:
    """`4770000` as `47700.00`: what JSON, Procore and files carry. No exponent, no separator."""
    return format(Decimal(minor).scaleb(-exponent(currency)), "f")


def shown(minor: int, currency: str | None) -> str:
    """`4770000` as `47,700.00`: what people read."""
    return format(Decimal(minor).scaleb(-exponent(currency)), ",f")


def shown_column(amount: str, currency: str) -> pl.Expr:
    """`4770000` beside `USD` as `47,700.00 USD`, for a whole column; null where there is no amount."""
    whole_only = pl.col(currency).is_in(sorted(NO_DECIMALS)).fill_null(False)
    size = pl.col(amount).abs()
    whole = pl.when(whole_only).then(size).otherwise(size // 100).cast(pl.String)
    grouped = whole.str.reverse().str.replace_all(r"([0-9]{3})", "${1},").str.strip_chars_end(",").str.reverse()
    cents = pl.when(whole_only).then(pl.lit("")).otherwise(pl.lit(".") + (size % 100).cast(pl.String).str.zfill(2))
    sign = pl.when(pl.col(amount) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    code = pl.when(pl.col(currency).is_null()).then(pl.lit("")).otherwise(pl.lit(" ") + pl.col(currency))
    return sign + grouped + cents + code
