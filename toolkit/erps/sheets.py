"""Workbooks (XLSX) to records of text: a number is its decimal, a date is ISO, nothing is guessed.

The archive's own directory is read before anything is inflated, so that a small file cannot grow
without bound.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from toolkit.erps.base import SourceFile
from toolkit.erps.text import Record
from toolkit.errors import RefusedFile

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MAX_ENTRIES, MAX_INFLATED, MAX_RATIO = 1000, 512 * 1024**2, 100
# Excel keeps 15 significant digits; a longer number in a cell is no longer what was typed.
DIGITS = 15


def is_workbook(file: SourceFile) -> bool:
    """Does the file begin as an archive, or as an old or locked workbook?"""
    return file.head.startswith((ZIP, OLE))


def sheets(file: SourceFile) -> dict[str, list[Record]]:
    """Every sheet's records by its name; Excel's own row numbers. RefusedFile where it cannot be opened."""
    if file.head.startswith(OLE):
        raise RefusedFile(file.name, "is an old (.xls) or locked workbook; save it as .xlsx without a password.")
    _within_limits(file)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(file.content))
        return {
            name: _records(book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names
        }
    except (CalamineError, zipfile.BadZipFile, ValueError, OSError) as error:
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
    if "xl/workbook.xml" not in names:
        raise RefusedFile(file.name, "is an archive but no workbook; load the files that are in it.")
    if any("vbaProject" in name or "externalLinks/" in name for name in names):
        raise RefusedFile(file.name, "holds macros or links to other files; save it as a plain .xlsx.")


def _records(rows: list[list[Any]]) -> list[Record]:
    return [
        Record(
            place,
            tuple(_text(value) for value in row),
            frozenset(
                at for at, value in enumerate(row) if isinstance(value, float | int) and abs(value) >= 10**DIGITS
            ),
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
