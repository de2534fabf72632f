"""Workbooks (XLSX) to records of text: a number is its decimal, a date is ISO, nothing is guessed.

The archive's own directory is read before anything is inflated, so that a small file cannot grow
without bound.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from python_calamine import CalamineError, CalamineWorkbook

from toolkit.erps.base import SourceFile
from toolkit.erps.hollow import inside
from toolkit.erps.text import Record
from toolkit.errors import RefusedFile

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MAX_ENTRIES, MAX_INFLATED, MAX_RATIO = 1000, 512 * 1024**2, 100
OTHERS = frozenset(("xl/workbook.bin", "content.xml"))
# What a damaged archive, part or sheet raises in one of its readers.
OF_READERS = (CalamineError, zipfile.BadZipFile, zlib.error, ParseError, DefusedXmlException)
BROKEN = (*OF_READERS, EOFError, LookupError, ValueError, RuntimeError, OSError)
# Excel keeps 15 significant digits; a longer number in a cell is no longer what was typed.
DIGITS = 15


def is_workbook(file: SourceFile) -> bool:
    """Does the file begin as an archive, or as an old or locked workbook?"""
    return file.head.startswith((ZIP, OLE))


@lru_cache(maxsize=2)
def sheets(file: SourceFile) -> dict[str, list[Record]]:
    """Every sheet's records by its name; Excel's own row numbers. RefusedFile where it cannot be opened."""
    if file.head.startswith(OLE):
        raise RefusedFile(file.name, "is an old (.xls) or locked workbook; save it as .xlsx without a password.")
    _within_limits(file)
    try:
        hollow = {sheet.name: sheet.unread for sheet in inside(file)}
        book = CalamineWorkbook.from_filelike(io.BytesIO(file.content))
        return {
            name: _records(book.get_sheet_by_name(name).to_python(skip_empty_area=False), hollow.get(name, {}))
            for name in book.sheet_names
        }
    except BROKEN as error:
        raise RefusedFile(file.name, f"cannot be opened as a workbook ({error}); save it again as .xlsx.") from error


def _within_limits(file: SourceFile) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise RefusedFile(file.name, f"is a broken archive ({error}); save the workbook again.") from error
    size, packed = sum(one.file_size for one in entries), sum(one.compress_size for one in entries)
    names = {one.filename for one in entries}
    if len(entries) > MAX_ENTRIES or size > MAX_INFLATED or size > MAX_RATIO * max(packed, 1):
        raise RefusedFile(file.name, "would grow beyond every payment export when it is opened.")
    if len(names) < len(entries) or any(".." in name or name.startswith(("/", "\\")) for name in names):
        raise RefusedFile(file.name, "holds one part twice, or a part with a path of its own; save the workbook again.")
    if _overlap(entries):
        raise RefusedFile(file.name, "has parts that lie over each other; save the workbook again.")
    if not names.isdisjoint(OTHERS):
        raise RefusedFile(file.name, "is a workbook of another kind (.xlsb or .ods); save it as .xlsx.")
    if "xl/workbook.xml" not in names:
        raise RefusedFile(file.name, "is an archive but no workbook; load the files that are in it.")
    if any("vbaProject" in name or "externalLinks/" in name for name in names):
        raise RefusedFile(file.name, "holds macros or links to other files; save it as a plain .xlsx.")


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Does a part begin before the one in front of it ends? A few bytes may stand for many parts then."""
    placed = sorted(entries, key=lambda one: one.header_offset)
    ends = [one.header_offset + one.compress_size for one in placed]
    return any(after.header_offset < end for end, after in zip(ends, placed[1:], strict=False))


def _records(rows: list[list[Any]], unread: Mapping[int, frozenset[int]]) -> list[Record]:
    return [
        Record(
            place,
            tuple(_text(value) for value in row),
            frozenset(
                at for at, value in enumerate(row) if isinstance(value, float | int) and abs(value) >= 10**DIGITS
            ),
            unread.get(place, frozenset()),
        )
        for place, row in enumerate(rows, start=1)
    ]


def _text(value: Any) -> str:
    """A cell as text: what a CSV export of the same sheet would say, with dates in ISO order."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | int):
        return format(Decimal(f"{value:.{DIGITS}g}"), "f")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time | timedelta):
        return str(value)
    return str(value)
