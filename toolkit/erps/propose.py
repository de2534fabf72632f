"""What an unknown table seems to hold: its header, and for each column the canonical name it could be.

By the labels that any known ERP uses, then by labels nearly so written, then by stems of words and
what stands in the column. A proposal is shown to a person and written as a mapping file; nothing is
loaded by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from toolkit.erps import guess
from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.generic import PROFILE as GENERIC
from toolkit.erps.header import HEADER_WITHIN, find_header, labels_of
from toolkit.erps.profile import Profile
from toolkit.erps.sheets import is_workbook, sheets
from toolkit.erps.text import Record, csv_records, looks_like_json
from toolkit.errors import RefusedFile

LIKENESS, PREVIEW, LOOKED_AT = 88, 10, 200
AMOUNTS = ("payment_amount", "applied_amount")
KEYS = ("payment_id", "payment_number", "check_number")


@dataclass(frozen=True)
class Column:
    """A column of the file, what it could be, and why."""

    header: str
    name: str | None
    why: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """A mapping to be looked at: `erp` that recognises the file (else `generic`), header row, columns, rows.

    `statuses` are the words of its status column with what each seems to mean, `totals` how its total
    rows begin.
    """

    erp: str
    header_row: int
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    statuses: Mapping[str, str | None]
    totals: str | None = None

    @property
    def lacks(self) -> str | None:
        """What a person has to add before it can be loaded with."""
        names = {column.name for column in self.columns}
        said = [] if "payment_date" in names else ["payment_date"]
        said += [] if names & set(AMOUNTS) else ["payment_amount (of the payment) or applied_amount (of each bill)"]
        return " and ".join(said) or None

    def toml(self) -> str:
        """The mapping file, with what could not be told as comments."""
        lines = [f"erp = {json.dumps(self.erp)}", f"header_row = {self.header_row}"]
        lines += [f"totals = {_quoted(self.totals)}" if self.totals else ""]
        if self.lacks:
            lines += [f"# Needed still: {self.lacks}."]
        if any(column.name is None for column in self.columns):
            lines += ["# ? is a column that may be left out, or named by one of:"]
            lines += [f"#   {', '.join(names)}" for names in _unused(self.columns)]
        lines += ["[columns]"]
        for column in self.columns:
            lines.append(f"{column.name or '# ?'} = {_quoted(column.header)}  # {_shown(column.samples)}".rstrip(" #"))
        if self.statuses:
            lines += ["", "[values.status]"]
            lines += [
                f"{_quoted(word)} = {_quoted(as_)}" if as_ else f"# {_quoted(word)} = ?"
                for word, as_ in self.statuses.items()
            ]
        return "\n".join([*(line for at, line in enumerate(lines) if line or at > 2), ""])


def _quoted(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)


def _shown(samples: Sequence[str]) -> str:
    """Cells as a comment may hold them: one line, nothing that cannot be seen."""
    return "".join(char for char in " | ".join(" ".join(cell.split())[:40] for cell in samples) if char.isprintable())


def _unused(columns: Sequence[Column]) -> list[list[str]]:
    """The canonical names that no column has, five a line."""
    taken = {column.name for column in columns}
    names = sorted(name for name in GENERIC.headers if name not in taken)
    return [names[at : at + 5] for at in range(0, len(names), 5)]


def propose(file: SourceFile, profiles: Sequence[Profile]) -> Proposal:
    """Look at a table; RefusedFile where it has none."""
    if looks_like_json(file):
        raise RefusedFile(file.name, "is a reply, whose keys need no mapping; load it with --erp CODE.")
    known = next(((one, found) for one in profiles if (found := find_header(file, one, LoadOptions()))), None)
    records = known[1].records if known else _longest(file)
    place = known[1].place if known else _header_place(records)
    body = [record for record in records[place + 1 :] if not record.blank]
    totals = _totals(body)
    body = [record for record in body if not (totals and _begins(record, totals))]
    if not body:
        raise RefusedFile(file.name, "has no rows under a header.")
    labels = {
        label: name for one in reversed((*profiles,)) for name, labels in one.headers.items() for label in labels
    } | ({label: name for name, labels in known[0].headers.items() for label in labels} if known else {})
    columns = _amounts(_columns(records[place], body, labels), records[place], body)
    return Proposal(
        known[0].erp if known else GENERIC.erp,
        records[place].row,
        tuple(columns),
        tuple(record.cells for record in body[:PREVIEW]),
        {} if known else _statuses(columns, records[place], body),
        None if known else totals,
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


def _totals(body: Sequence[Record]) -> str | None:
    """How the total rows begin: the first word of a last row that speaks of a total."""
    said = [cell.strip() for record in body[-3:] for cell in record.cells if guess.TOTALS.match(cell.strip())]
    match = guess.TOTALS.match(said[-1]) if said else None
    return match[1] if match else None


def _begins(record: Record, word: str) -> bool:
    return any(cell.strip().lower().startswith(word.lower()) for cell in record.cells)


def _columns(header: Record, body: Sequence[Record], labels: Mapping[str, str]) -> list[Column]:
    taken: set[str] = set()
    found = []
    for at, label in enumerate(labels_of(header)):
        if not label:
            continue
        samples = tuple(cell for record in body[:LOOKED_AT] if (cell := _cell(record, at)))
        name, why = _guess(header.cells[at], label, samples, labels)
        if name in taken:
            name, why = None, f"{name} is another column"
        taken |= {name} if name else set()
        found.append(Column(header.cells[at].strip(), name if name in GENERIC.headers else None, why, samples[:3]))
    return found


def _cell(record: Record, at: int) -> str:
    return record.cells[at].strip() if at < len(record.cells) else ""


def _guess(header: str, label: str, samples: Sequence[str], labels: Mapping[str, str]) -> tuple[str | None, str]:
    if label in labels:
        return labels[label], "an ERP calls it so"
    near = process.extractOne(label, list(labels), scorer=fuzz.token_sort_ratio, score_cutoff=LIKENESS)
    if near:
        return labels[near[0]], f'nearly "{near[0]}"'
    stem = guess.by_stem(header, samples)
    if stem:
        return stem, f"by its words; its cells are {guess.kind_of(samples)}"
    return None, "not told by its label or its cells"


def _amounts(columns: list[Column], header: Record, body: Sequence[Record]) -> list[Column]:
    """Columns with the payment's amount and each bill's named, where the figures of the rows tell them."""
    told = {column.name for column in columns}
    key = next((column.header for name in KEYS for column in columns if column.name == name), None)
    free = [c for c in columns if c.name is None and guess.kind_of(c.samples) == "amount"]
    if told & set(AMOUNTS) or not free:
        return columns
    cells = {name: _cells(header, body, name) for name in [column.header for column in free]}
    pair = guess.whole_and_part([*cells.values()], _cells(header, body, key)) if key and len(free) > 1 else None
    if pair:
        whole, part = (free[place].header for place in pair)
        named = {
            whole: ("payment_amount", "it repeats, and is the sum of the other"),
            part: ("applied_amount", "its sum is the other"),
        }
    elif len(free) == 1:
        named = {free[0].header: ("applied_amount", "the only amount")}
    else:
        return columns
    return [replace(c, name=named[c.header][0], why=named[c.header][1]) if c.header in named else c for c in columns]


def _cells(header: Record, body: Sequence[Record], name: str) -> tuple[str, ...]:
    """A column's cells by its header, row by row."""
    at = [cell.strip() for cell in header.cells].index(name)
    return tuple(_cell(record, at) for record in body[:LOOKED_AT])


def _statuses(columns: Sequence[Column], header: Record, body: Sequence[Record]) -> dict[str, str | None]:
    """Every word of the status column that the generic profile does not know, and what it seems to mean."""
    column = next((column for column in columns if column.name == "status"), None)
    words = dict.fromkeys(_cells(header, body, column.header)) if column else {}
    return {word: guess.status_of(word) for word in words if word and word.lower() not in GENERIC.statuses}
