"""Normal forms of numbers and names, and our reference for one issued payment."""

from __future__ import annotations

import base64
import hashlib
import re

import polars as pl

REFERENCE_PREFIX = "p1-"
# Words before an invoice number that say only that it is one.
_WORDS = r"^(?:(?:INVOICE|INV|BILL|NO|NR|NUMBER)(?:[^\p{L}\p{N}]+|$)|[^\p{L}\p{N}]+)+"
# Legal forms, which one system keeps and the other leaves out.
_FORMS = r"\b(?:INC|LLC|LLP|LTD|LIMITED|CORP|CORPORATION|CO|COMPANY|PTY|PLC|LP|GMBH|THE)\b"


def invoice_key(column: str | pl.Expr) -> pl.Expr:
    """An invoice number without case, punctuation, leading zeros and the word "invoice"; null if empty."""
    text = pl.col(column) if isinstance(column, str) else column
    tidy = text.str.to_uppercase().str.replace(_WORDS, "")
    # A run of digits loses its leading zeros before the marks between runs go, so 1-02 stays unlike 10-2.
    tidy = tidy.str.replace_all(r"(^|[^0-9])0+([0-9])", "${1}${2}").str.replace_all(r"[^\p{L}\p{N}]+", "-")
    tidy = tidy.str.replace_all(r"(\p{L})-?([0-9])", "${1}-${2}").str.replace_all(r"([0-9])-?(\p{L})", "${1}-${2}")
    tidy = tidy.str.replace_all(r"(^|[^0-9])0+([0-9])", "${1}${2}").str.strip_chars("-")
    return pl.when(tidy != "").then(tidy)


def vendor_key(column: str | pl.Expr) -> pl.Expr:
    """A vendor's name without case, punctuation and legal form; null if empty."""
    text = pl.col(column) if isinstance(column, str) else column
    tidy = (
        text.str.to_uppercase()
        .str.replace_all("&", " AND ", literal=True)
        .str.replace_all(r"[^\p{L}\p{N} ]", "")
        .str.replace_all(_FORMS, " ")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )
    return pl.when(tidy != "").then(tidy)


def keyed(rows: pl.DataFrame, name: str = "vendor_name", key: str = "vendor_key") -> pl.DataFrame:
    """Rows with `vendor_key`, made of distinct names only: a name stands in many rows."""
    names = rows.select(name)
    distinct = names.unique().with_columns(vendor_key(name).alias(key))
    # Joined by the one column: a join moves every other one it is given.
    return rows.with_columns(names.join(distinct, on=name, how="left", maintain_order="left", nulls_equal=True)[key])


def check_key(column: str | pl.Expr) -> pl.Expr:
    """A check or EFT number without case, marks and leading zeros; null if empty."""
    text = pl.col(column) if isinstance(column, str) else column
    tidy = text.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "").str.strip_chars_start("0")
    return pl.when(tidy != "").then(tidy)


def project_key(column: str | pl.Expr) -> pl.Expr:
    """A project or commitment number without case and marks; null if empty."""
    text = pl.col(column) if isinstance(column, str) else column
    tidy = text.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    return pl.when(tidy != "").then(tidy)


def spoken(number: str) -> str:
    """The same as `invoice_key` for one number, or an empty text."""
    return pl.select(invoice_key(pl.lit(number))).item() or ""


def sync_reference(
    company_id: str,
    project_id: str,
    commitment_id: str,
    erp: str,
    erp_company: str,
    payment_id: str,
    application_id: str,
) -> str:
    """Our `origin_id` of one issued payment: the same for the same business fact, in every run.

    `application_id` is `claim:<claim_id>` for a payment without applications. 100 bits of SHA-256
    over the parts joined by `|` (a `|` or backslash inside a part is escaped), in base32.
    """
    parts = (company_id, project_id, commitment_id, erp, erp_company, payment_id, application_id)
    joined = "|".join(re.sub(r"([\\|])", r"\\\1", part) for part in parts)
    digest = hashlib.sha256(joined.encode()).digest()
    # 20 characters of base32 hold 100 bits.
    return REFERENCE_PREFIX + base64.b32encode(digest).decode().lower()[:20]
