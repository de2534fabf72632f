"""What a reader hands over before anything is typed: payments, applications and bills as text.

A reader (one file per ERP) says which record belongs to which payment and what each cell means;
`toolkit.erps.assemble` turns the drafts into validated frames, quarantines and accounts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Row:
    """A record of the source: its number, its raw text, and every reason it is no good."""

    number: int
    raw: str
    faults: list[tuple[str | None, str]] = field(default_factory=list)

    def fault(self, column: str | None, reason: str) -> None:
        self.faults.append((column, reason))


@dataclass
class ApplicationDraft:
    """One application as text; amounts as written. `sign` turns a credit negative."""

    row: Row
    cells: dict[str, str | None]
    sign: int = 1


@dataclass
class PaymentDraft:
    """One payment as text with the records that make it up.

    `total` says what must hold between its amount and its applications: "cash" that they do not
    come to more, "exact" that they come to it, "sum" that the amount is their sum (it is computed).
    A credit application must net to zero.
    """

    key: tuple[str, str]
    cells: dict[str, str | None]
    rows: list[Row]
    applications: list[ApplicationDraft] = field(default_factory=list)
    total: str = "cash"


@dataclass
class Drafts:
    """Everything of one file, and where its other records went."""

    payments: list[PaymentDraft] = field(default_factory=list)
    bills: list[ApplicationDraft] = field(default_factory=list)
    # Bills that are named inside other records; they are no records of their own.
    named: list[ApplicationDraft] = field(default_factory=list)
    deleted: list[tuple[tuple[str, str], Row]] = field(default_factory=list)
    lost: list[Row] = field(default_factory=list)
    rows_seen: int = 0
    blank: int = 0
    duplicate: int = 0
    furniture: int = 0
    other: int = 0
    mark: str | None = None
    control_total: str | None = None
    extracted_at: datetime | None = None
    notes: list[str] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)

    def status(self, word: str | None, known: Mapping[str, str]) -> str:
        """The canonical status of an ERP's word: blank is issued, an unknown one is pending and named."""
        if not word:
            return "issued"
        if word.lower() not in known:
            self.unknown[word] += 1
        return known.get(word.lower(), "pending")
