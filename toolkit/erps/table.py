"""A table export to lines: where its header stands, and what each record under it is.

Title rows, blank rows, repeated headers, group headings, totals and stamps are told from payments
by the ERP's `Profile`; every record ends in exactly one of the counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.dates import is_dated
from toolkit.erps.draft import Control, Drafts, Row
from toolkit.erps.header import Header, find_header, labels_of, no_label_twice
from toolkit.erps.profile import Profile, labels
from toolkit.erps.text import Record
from toolkit.errors import RefusedFile

Texts = dict[str, str | None]


@dataclass(slots=True)
class Line:
    """One record of payments: its row, its cells by canonical name, and what may total it.

    `block` counts the totals of single payments that stood above it.
    """

    row: Row
    cells: Texts
    block: int = 0


@dataclass
class Found:
    """The lines of a table and the totals of single payments, by the block that they close."""

    lines: list[Line] = field(default_factory=list)
    stated: dict[int, tuple[Row, Texts]] = field(default_factory=dict)
    columns: Mapping[str, int] = field(default_factory=dict)


def header_of(file: SourceFile, profile: Profile, options: LoadOptions) -> Header:
    """The table's header; RefusedFile where it is not there, or a label stands twice or nowhere."""
    header = find_header(file, profile, options)
    if header is None:
        raise RefusedFile(file.name, f"lacks the columns that tell a payment; needed are {labels(profile)}.")
    _has_what_is_mapped(file, options, header)
    no_label_twice(file, profile, header)
    return header


def count_above(header: Header, drafts: Drafts) -> None:
    """The records down to the header, and the labels that it has."""
    above = header.records[: header.place]
    # The header of XML is made of its names and is no row of the file.
    own = int(header.records[header.place].row > 0)
    drafts.rows_seen = len(above) + own
    drafts.blank = sum(1 for record in above if record.blank)
    drafts.furniture = len(above) - drafts.blank + own
    drafts.labels = {name: header.records[header.place].cells[at].strip() for name, at in header.columns.items()}
    for name, whole in (("vendor_name", "name"), ("invoice_number", "document")):
        if whole in drafts.labels:
            drafts.labels.setdefault(name, drafts.labels[whole])


def lines_of(file: SourceFile, profile: Profile, header: Header, options: LoadOptions, drafts: Drafts) -> Found:
    """Sort out every record of the table."""
    count_above(header, drafts)
    drafts.rows_seen = len(header.records) - 1 + int(header.records[header.place].row > 0)
    sorter = _Sorter(profile, header, drafts)
    for record in header.records[header.place + 1 :]:
        sorter.put(record)
    check_ending(file, options, drafts, is_cut=sorter.is_cut())
    return sorter.found


def check_ending(file: SourceFile, options: LoadOptions, drafts: Drafts, *, is_cut: bool) -> None:
    """RefusedFile where the table seems to be cut and nobody accepted it."""
    if is_cut:
        why = "ends before its total, so it may have been cut"
        if not options.accept_difference:
            advice = "nothing was loaded. Export it again, or load it with --accept-difference REASON."
            raise RefusedFile(file.name, f"{why}; {advice}")
        drafts.notes.append(f"Loaded although it {why}: {options.accept_difference}")


def _has_what_is_mapped(file: SourceFile, options: LoadOptions, header: Header) -> None:
    """RefusedFile where the mapping names a header that the file does not have."""
    for name, label in (options.mapping.columns if options.mapping else {}).items():
        if name not in header.columns:
            seen = ", ".join(cell.strip() for cell in header.records[header.place].cells if cell.strip())
            raise RefusedFile(file.name, f'the mapping calls {name} "{label}", but the headers are {seen}.')


class _Sorter:
    """Walks down a table and remembers the group, the payment and the totals that it passes."""

    def __init__(self, profile: Profile, header: Header, drafts: Drafts) -> None:
        self.profile, self.drafts, self.columns = profile, drafts, header.columns
        self.labels, self.width = labels_of(header.records[header.place]), len(header.records[header.place].cells)
        self.found = Found(columns=header.columns)
        self.group: str | None = None
        self.above: Texts = {}
        self.block = 0
        self.seen: set[tuple[str, ...]] = set()
        self.open = self.totals = self.ended = False

    def put(self, record: Record) -> None:
        """One record to its place."""
        if record.blank:
            self.drafts.blank += 1
        elif labels_of(record) == self.labels or self._is_furniture(record):
            self.drafts.furniture += 1
        else:
            self._line(record)

    def cells(self, record: Record) -> Texts:
        return {
            name: (record.cells[at].strip() or None) if at < len(record.cells) else None
            for name, at in self.columns.items()
        }

    def _is_furniture(self, record: Record) -> bool:
        """Totals, headings and stamps have no date; of those that have none, these are known by their words."""
        cells = self.cells(record)
        if is_dated(cells.get("payment_date")):
            return False
        profile = self.profile
        if self._is_total(record, cells):
            return True
        if profile.furniture and says(record, profile.furniture) is not None:
            return True
        return profile.groups and sum(1 for cell in record.cells if cell.strip()) == 1 and self._heading(record)

    def _is_total(self, record: Record, cells: Texts) -> bool:
        """The total of a group, of one payment, or of the whole list."""
        profile = self.profile
        if self.group is not None and any(cell.strip() == f"Total for {self.group}" for cell in record.cells):
            self.group = None
            return True
        if profile.subtotal and says(record, profile.subtotal) is not None:
            name = "applied_amount" if profile.amount == "lines" else "payment_amount"
            self.found.stated[self.block] = (Row(record.row, record.raw), {name: amount_of_total(cells, record)})
            self.block += 1
            self.totals, self.open = True, False
            return True
        if profile.total and (match := says(record, profile.total)) is not None:
            self.ended = True
            if text := amount_of_total(cells, record):
                self.drafts.controls.append(Control(text, match or None))
            return True
        return False

    def _heading(self, record: Record) -> bool:
        """A cell that stands alone: the next group's name, unless it is a stamp after the last one."""
        text = next(cell.strip() for cell in record.cells if cell.strip())
        if record.cells[0].strip():
            self.group = text
        return True

    def _line(self, record: Record) -> None:
        cells = self.cells(record)
        row = row_of(record, self.width)
        if self.profile.fill_down:
            cells = self._filled(cells)
        if self.profile.groups and "name" not in self.columns:
            cells["name"] = self.group
        for name, at in self.columns.items():
            if at in record.damaged and name in ("payment_id", "check_number", "invoice_number", "document_number"):
                row.fault(name, f"{record.cells[at]} has more digits than Excel keeps: it is not what was typed")
        for name, at in self.columns.items():
            if at in record.unread:
                row.fault(name, UNREAD)
        if record.cells in self.seen and not self.profile.fill_down and not self.profile.one_per_row:
            self.drafts.duplicate += 1
            return
        self.seen.add(record.cells)
        self.open = True
        self.found.lines.append(Line(row, cells, self.block))

    def _filled(self, cells: Texts) -> Texts:
        """A payment's own cells stand on its first row only; what belongs to a bill is never filled."""
        first = self.profile.key[0]
        if cells.get(first):
            self.above = {name: text for name, text in cells.items() if name not in BILL}
            return cells
        return self.above | {name: text for name, text in cells.items() if text or name in BILL}

    def is_cut(self) -> bool:
        """Does the table end inside a group, or before the total it should have?"""
        if self.profile.total:
            return (self.totals or self.profile.ends_with_total) and not self.ended
        return self.group is not None


UNREAD = "holds an error or a formula that was never computed; open the workbook in Excel and save it"
# Under which of its columns a total row has its figure.
TOTALLED = ("payment_amount", "applied_amount", "debit")
# What a row says of the bill it pays, never of the payment.
BILL = frozenset(
    (
        "invoice_number",
        "document",
        "document_number",
        "document_id",
        "document_type",
        "invoice_date",
        "applied_amount",
        "discount_amount",
        "withholding_amount",
        "retainage_amount",
        "project_number",
        "commitment_number",
        "entity",
    )
)


def says(record: Record, pattern: re.Pattern[str]) -> str | None:
    """The part named `of` ('' where the pattern has none) in the first cell that it fits."""
    found = next((match for cell in record.cells if (match := pattern.search(cell.strip()))), None)
    return None if found is None else found.groupdict().get("of") or ""


def amount_of_total(cells: Texts, record: Record) -> str | None:
    """The figure of a total row: under the payments' amounts, else the first cell that is a figure."""
    known = next((cells[name] for name in TOTALLED if cells.get(name)), None)
    return known or next((cell.strip() for cell in record.cells if any(c.isdigit() for c in cell)), None)


def row_of(record: Record, width: int) -> Row:
    """A record's row, with its fault where it has other than the header's count of cells."""
    row, own = Row(record.row, record.raw), own_cells(record, width)
    if own != width:
        hint = "; perhaps an amount with a thousands comma is not in quotes" if own > width else ""
        row.fault(None, f"has {own} cells where the header has {width}{hint}")
    return row


def own_cells(record: Record, width: int) -> int:
    """How many cells a record has: empty ones beyond the header's width do not count."""
    extra = [cell for cell in record.cells[width:] if cell.strip()]
    return len(record.cells) if extra or len(record.cells) < width else width
