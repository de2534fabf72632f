"""Where a table's header stands, in a text or in one sheet of a workbook, and which column holds what."""

from __future__ import annotations

from dataclasses import dataclass, replace

from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.markup import is_markup, xml_records
from toolkit.erps.profile import Profile
from toolkit.erps.sheets import is_workbook, sheets
from toolkit.erps.text import Record, csv_head, csv_records, looks_like_json
from toolkit.errors import RefusedFile

HEADER_WITHIN = 60
MAX_COLUMNS = 2000


@dataclass(frozen=True)
class Header:
    """Where the header stands in its records (of a text, only the first), and which column holds what."""

    records: list[Record]
    place: int
    columns: dict[str, int]


def find_header(file: SourceFile, profile: Profile, options: LoadOptions) -> Header | None:
    """The header of this ERP's table, in the text or in the one sheet that has it; None where there is none."""
    if looks_like_json(file):
        return None
    encoding = options.mapping.encoding if options.mapping else None
    if is_workbook(file):
        tables = sheets(file)
    else:
        said = options.mapping.header_row if options.mapping else None
        count = max(HEADER_WITHIN, said or 0)
        tables = {"": xml_records(file) if is_markup(file) else csv_head(file, encoding, count)}
    wide = next((one for records in tables.values() for one in records[:HEADER_WITHIN] if _is_too_wide(one)), None)
    if wide:
        why = f"has {len(wide.cells):,} cells; a payment export has at most {MAX_COLUMNS:,} columns."
        raise RefusedFile(file.name, why, wide.row)
    found = {name: header for name, records in tables.items() if (header := _header(records, profile, options))}
    if len(found) > 1:
        raise RefusedFile(file.name, f"has payments in the sheets {' and '.join(sorted(found))}; keep one per file.")
    return next(iter(found.values()), None)


def _is_too_wide(record: Record) -> bool:
    return len(record.cells) > MAX_COLUMNS


def _header(records: list[Record], profile: Profile, options: LoadOptions) -> Header | None:
    said = options.mapping.header_row if options.mapping else None
    for place, record in enumerate(records[: max(HEADER_WITHIN, said or 0)]):
        if said is not None and record.row != said:
            continue
        columns = _columns(record, profile)
        if all(name in columns for name in profile.needed) and _stands_under(records[:place], profile.title):
            return Header(records, place, columns)
    return None


def _stands_under(above: list[Record], title: str | None) -> bool:
    return not title or title in " ".join(cell.strip().lower() for one in above for cell in one.cells)


def labels_of(record: Record) -> list[str]:
    """A record's cells as labels are compared: lower-case, one blank between words."""
    return [" ".join(cell.lower().split()) for cell in record.cells]


def _columns(record: Record, profile: Profile) -> dict[str, int]:
    """Canonical name -> place, for the labels that this record holds."""
    seen = labels_of(record)
    found: dict[str, int] = {}
    for name, known in profile.headers.items():
        place = next((seen.index(label) for label in known if label in seen), None)
        if place is not None:
            found[name] = place
    for name, label in profile.repeated_headers.items():
        # The second of two equal captions: the bill's own number in a payment's list.
        again = [at for at, one in enumerate(seen) if one == label]
        if name not in found and len(again) == 2:
            found[name] = again[1]
    return found


def whole(file: SourceFile, header: Header, options: LoadOptions) -> Header:
    """The header with every record of its table, where only the first were read to find it."""
    if is_workbook(file) or is_markup(file):
        return header
    return replace(header, records=csv_records(file, options.mapping.encoding if options.mapping else None))


def no_label_twice(file: SourceFile, profile: Profile, header: Header) -> None:
    """RefusedFile where one label stands over two columns and the profile does not expect it."""
    record = header.records[header.place]
    seen = [label for label in labels_of(record) if label]
    allowed = set(profile.repeated_headers.values())
    twice = next((one for one in seen if seen.count(one) > (2 if one in allowed else 1)), None)
    if twice:
        raise RefusedFile(file.name, "this header stands twice, so which column holds is unknown.", record.row, twice)
