"""What is particular to one ERP's table export, as data; `toolkit.erps.table` reads by it.

A profile names columns by their canonical name (`toolkit.schemas`) and lists the labels under which
sites export them, lower-case, the shipped one first. Beside the canonical names there are: `kind`
(the document's type), `name` (vendor, perhaps with its id before it), `document` (the applied
document as one text), `posting`, `void_mark`, `modified`, `debit`, `credit`, `number` (a check
number or, failing that, a reference).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

METHODS = (
    ("credit card", "credit_card"),
    ("card", "credit_card"),
    ("ach", "ach"),
    ("wire", "wire"),
    ("eft", "eft"),
    ("direct deposit", "eft"),
    ("electronic", "eft"),
    ("bank transfer", "eft"),
    ("manual", "other"),
    ("che", "check"),
)


@dataclass(frozen=True)
class Profile:
    """One ERP's table.

    - `needed`: canonical columns by which a header row is known; `title`: words that must stand above it.
    - `kinds`: the document types that are payments, each as payment, prepayment, refund, reversal or
      credit (which settles a bill without cash); a row of another type is no payment.
    - `key`: columns whose texts, joined by `|`, identify the payment; none: a hash (`loading.md`).
    - `amount`: `header` where the payment's amount repeats on its rows, `lines` where it is their sum.
    - `twins`: columns two documents share when one reverses the other; none: no such pairs.
    - `subtotal`, `total`: what the rows hold that total one payment, or a whole list.
    - `by_sign`: a line whose sign is not its payment's is a vendor credit.
    """

    erp: str
    headers: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]
    title: str | None = None
    key: tuple[str, ...] = ("payment_id",)
    optional_key: tuple[str, ...] = ()
    keyed_by_company: bool = False
    amount: Literal["header", "lines"] = "header"
    kinds: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    twins: tuple[str, ...] = ()
    subtotal: re.Pattern[str] | None = None
    total: re.Pattern[str] | None = None
    total_of: str | None = None
    ends_with_total: bool = False
    reference_is_number: bool = True
    furniture: re.Pattern[str] | None = None
    groups: bool = False
    fill_down: bool = False
    by_sign: bool = False
    multiple: bool = False
    one_per_row: bool = False
    unsigned: bool = False
    prefixed_names: bool = False
    document_prefix: re.Pattern[str] | None = None
    name_prefix: re.Pattern[str] | None = None
    other_note: Mapping[str, str] = field(default_factory=dict)
    repeated_headers: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    eft_number: re.Pattern[str] | None = None
    credit_number_is_the_vendors: bool = False
    # Saved replies (`toolkit.erps.replies`): what tells a payment and a bill, and keys beside the labels.
    replies: tuple[str, ...] = ()
    bill_keys: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    document_key: tuple[str, ...] = ()
    unsigned_replies: bool = False
    credit_list: str | None = None


def labels(profile: Profile) -> str:
    """The columns without which a table is not this ERP's, as its own labels."""
    return ", ".join((*profile.headers[name], name)[0] for name in profile.needed)


def method(profile: Profile, word: str | None, number: str | None) -> str:
    """How money left: by the method column, else by how the number begins, else a check if it has one."""
    if word and word.lower() in profile.methods:
        return profile.methods[word.lower()]
    if profile.eft_number and number and profile.eft_number.match(number):
        return "eft"
    text = (word or number or "").lower()
    found = next((name for start, name in METHODS if text.startswith(start) or (word and start in text)), None)
    return found or ("check" if number and not word else "other")


def method_column(profile: Profile, word: pl.Series, number: pl.Series) -> pl.Series:
    """`method` for whole columns: asked once for all that it cannot tell apart."""
    starts = "|".join(start for start, _ in METHODS)
    eft = number.str.contains(f"^(?:{profile.eft_number.pattern})") if profile.eft_number else pl.lit(None)
    told = pl.select(
        word=word,
        number=number,
        start=pl.when(word.is_null()).then(number.str.to_lowercase().str.extract(f"^({starts})")),
        eft=eft,
        numbered=number.is_not_null(),
    )
    alike = ["word", "start", "eft", "numbered"]
    kinds = told.group_by(alike).agg(pl.col("number").first())
    known = [method(profile, one, other) for one, other in kinds.select("word", "number").iter_rows()]
    kinds = kinds.with_columns(pl.Series("method", known, dtype=pl.String))
    return told.join(kinds, on=alike, how="left", nulls_equal=True, maintain_order="left")["method"]


def period(text: str | None) -> str | None:
    """A posting period as YYYY-MM; a text of another shape stays as it is."""
    if match := re.fullmatch(r"(\d{1,2})[-/](\d{4})", text or ""):
        return f"{match[2]}-{int(match[1]):02d}"
    if match := re.fullmatch(r"(\d{4})-?(\d{2})", text or ""):
        return f"{match[1]}-{match[2]}"
    return text
