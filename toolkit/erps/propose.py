"""What an unknown table seems to hold: its header, and for each column the canonical name it could be.

By the labels that any known ERP uses, then by labels nearly so written, then by what stands in the
column. A proposal is shown to a person and written as a mapping file; nothing is loaded by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.dates import is_dated
from toolkit.erps.generic import PROFILE as GENERIC
from toolkit.erps.header import HEADER_WITHIN, find_header, labels_of
from toolkit.erps.profile import Profile
from toolkit.erps.sheets import is_workbook, sheets
from toolkit.erps.text import Record, csv_records, looks_like_json
from toolkit.errors import RefusedFile

LIKENESS, PREVIEW = 88, 10


@dataclass(frozen=True)
class Column:
    """A column of the file, what it could be, and why."""

    header: str
    name: str | None
    why: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """A mapping to be looked at: `erp` that recognises the file (else `generic`), header row, columns, rows."""

    erp: str
    header_row: int
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    def toml(self) -> str:
        """The mapping file, with what could not be told as comments."""
        lines = [f"erp = {json.dumps(self.erp)}", f"header_row = {self.header_row}", "", "[columns]"]
        for column in self.columns:
            label = json.dumps(column.header, ensure_ascii=False)
            lines.append(f"{column.name} = {label}" if column.name else f"# ? = {label}")
        return "\n".join([*lines, ""])


def propose(file: SourceFile, profiles: Sequence[Profile]) -> Proposal:
    """Look at a table; RefusedFile where it has none."""
    if looks_like_json(file):
        raise RefusedFile(file.name, "is a reply, whose keys need no mapping; load it with --erp CODE.")
    known = next(((one, found) for one in profiles if (found := find_header(file, one, LoadOptions()))), None)
    records = known[1].records if known else _longest(file)
    place = known[1].place if known else _header_place(records)
    body = [record for record in records[place + 1 :] if not record.blank]
    if not body:
        raise RefusedFile(file.name, "has no rows under a header.")
    labels = {
        label: name for one in reversed((*profiles,)) for name, labels in one.headers.items() for label in labels
    } | ({label: name for name, labels in known[0].headers.items() for label in labels} if known else {})
    columns = _columns(records[place], body, labels)
    return Proposal(
        known[0].erp if known else GENERIC.erp,
        records[place].row,
        tuple(columns),
        tuple(record.cells for record in body[:PREVIEW]),
    )


def _longest(file: SourceFile) -> list[Record]:
    tables = list(sheets(file).values()) if is_workbook(file) else [csv_records(file)]
    return max(tables, key=len)


def _header_place(records: Sequence[Record]) -> int:
    """The first of the rows with most filled cells: titles above are short, and figures come later."""
    widths = [sum(1 for cell in record.cells if cell.strip()) for record in records[:HEADER_WITHIN]]
    if not widths or max(widths) < 2:
        return 0
    return widths.index(max(widths))


def _columns(header: Record, body: Sequence[Record], labels: Mapping[str, str]) -> list[Column]:
    taken: set[str] = set()
    found = []
    for at, label in enumerate(labels_of(header)):
        samples = tuple(cell for record in body[:200] if at < len(record.cells) and (cell := record.cells[at].strip()))
        if not label:
            continue
        name, why = _guess(label, samples, labels)
        if name in taken:
            name, why = None, f"{name} is another column"
        taken |= {name} if name else set()
        found.append(Column(header.cells[at].strip(), name if name in GENERIC.headers else None, why, samples[:3]))
    return found


def _guess(label: str, samples: Sequence[str], labels: Mapping[str, str]) -> tuple[str | None, str]:
    if label in labels:
        return labels[label], "an ERP calls it so"
    near = process.extractOne(label, list(labels), scorer=fuzz.token_sort_ratio, score_cutoff=LIKENESS)
    if near:
        return labels[near[0]], f'nearly "{near[0]}"'
    if samples and all(is_dated(sample) for sample in samples):
        return "payment_date", "its cells are dates"
    return None, "not told by its label or its cells"
