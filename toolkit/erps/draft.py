"""What a reader hands over before anything is typed: payments, applications and bills as text.

A reader (one file per ERP) says which record belongs to which payment and what each cell means;
`toolkit.erps.assemble` turns the drafts into validated frames, quarantines and accounts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Row:
    """A record of the source: its number, its raw text, and every reason it is no good."""

    number: int
    raw: str
    faults: list[tuple[str | None, str]] = field(default_factory=list)

    def fault(self, column: str | None, reason: str) -> None:
        self.faults.append((column, reason))


@dataclass(slots=True)
class ApplicationDraft:
    """One application as text; amounts as written. `sign` turns a credit negative."""

    row: Row
    cells: dict[str, str | None]
    sign: int = 1


@dataclass(slots=True)
class PaymentDraft:
    """One payment as text with the records that make it up. An empty id in `key` is hashed later.

    `total` says what must hold between its amount and its applications: "cash" that they do not
    come to more, "exact" that they come to it, "sum" that the amount is their sum (it is computed).
    A credit application must net to zero.
    """

    key: tuple[str, str]
    cells: dict[str, str | None]
    rows: list[Row]
    applications: list[ApplicationDraft] = field(default_factory=list)
    total: str = "cash"
    # Its amount as its other rows repeat it, and as a total row states it.
    heads: list[tuple[Row, dict[str, str | None]]] = field(default_factory=list)
    stated: tuple[Row, dict[str, str | None]] | None = None
    # Signs: see `Profile`.
    by_sign: bool = False
    unsigned: bool = False
    # What it shares with the document that reverses it.
    twin: tuple[str, ...] | None = None

    @property
    def stated_amount(self) -> int | None:
        """What a total row says it comes to, once it is typed."""
        amount = next(iter(self.stated[1].values())) if self.stated else None
        return amount if isinstance(amount, int) else None


@dataclass(frozen=True)
class Control:
    """A total that the file states, of all its payments or of those of one bank account."""

    text: str
    of: str | None = None


@dataclass
class Aside:
    """What payments that are no drafts any more add to a file's counts and totals; amounts in minor units.

    `alive` and `every` are by bank account, without the void ones and with them; `column` is the plain
    sum of the column that the file's totals add up.
    """

    rows: int = 0
    payments: int = 0
    alive: Counter[str | None] = field(default_factory=Counter)
    every: Counter[str | None] = field(default_factory=Counter)
    column: int | None = None


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
    controls: list[Control] = field(default_factory=list)
    # The figures of the column that the totals add up, header amounts repeated and other rows too.
    column: list[str] = field(default_factory=list)
    # Payments that were read by whole columns beside these: see `Aside`.
    aside: Aside = field(default_factory=Aside)
    # What the whole file proved of a column: its decimal mark, its dates' order.
    marks: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str | None] = field(default_factory=dict)
    # Canonical name -> the label under which a table has it: what people are told.
    labels: dict[str, str] = field(default_factory=dict)
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
