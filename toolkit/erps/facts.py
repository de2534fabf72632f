"""What a whole file proves about how it is written, gathered block by block: marks, date orders, names, companies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from toolkit import money
from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.dates import date_order, witnesses
from toolkit.erps.grouping import company_of
from toolkit.erps.profile import Profile
from toolkit.erps.typed import BOTH_MARKS, DATES
from toolkit.errors import RefusedFile


@dataclass
class Facts:
    """What was seen so far. `marks` are the decimal marks that a column proved, `dates` texts that prove an order.

    `twins` are the keys of documents that reverse another.
    """

    marks: dict[str, set[str]] = field(default_factory=dict)
    dates: dict[str, set[str]] = field(default_factory=dict)
    companies: set[str] = field(default_factory=set)
    named: bool = True
    twins: set[str] = field(default_factory=set)

    def see_amounts(self, name: str, texts: pl.Series) -> None:
        """The figures of one column."""
        if texts.null_count() < len(texts):
            self.marks.setdefault(name, set()).update(money.proved_marks(texts))

    def see_dates(self, name: str, texts: pl.Series) -> None:
        """The dates of one column: a few that prove as much as all."""
        found = texts.drop_nulls().unique()
        self.dates[name] = set(witnesses([*self.dates.get(name, ()), *found]))


@dataclass(frozen=True)
class Settled:
    """What holds for the whole file. `company` is that of every line, if there is one, and that of a line without."""

    marks: Mapping[str, str]
    orders: Mapping[str, str | None]
    company: tuple[str | None, str]
    named: bool
    twins: frozenset[str] = frozenset()

    def is_as(self, other: Settled) -> bool:
        """Would what the other says of its columns be read the same way by this?"""
        same = (self.company, self.named, self.orders) == (other.company, other.named, other.orders)
        return same and all(self.marks.get(name, ".") == mark for name, mark in other.marks.items())


def settle(
    facts: Facts, file: SourceFile, profile: Profile, options: LoadOptions, labels: Mapping[str, str]
) -> Settled:
    """RefusedFile where a column proves both decimal marks, its dates' order is not proved, or companies contradict."""
    company = company_of(file, sorted(facts.companies), profile, options)
    said = options.mapping.decimal if options.mapping else None
    marks = {name: said or _mark(file, labels.get(name, name), proved) for name, proved in facts.marks.items()}
    orders: dict[str, str | None] = {}
    for name in DATES:
        texts, label = sorted(facts.dates.get(name, ())), labels.get(name, name)
        of_payments = orders.get(DATES[0])
        orders[name] = date_order(file.name, label, texts, options.date_order, of_payments) or of_payments
    return Settled(marks, orders, company, facts.named, frozenset(facts.twins))


def _mark(file: SourceFile, label: str, proved: set[str]) -> str:
    if len(proved) > 1:
        raise RefusedFile(file.name, BOTH_MARKS, None, label)
    return next(iter(proved), ".")
