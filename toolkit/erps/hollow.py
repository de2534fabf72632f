"""What a workbook does not tell by its cells: values that it does not hold, and what it hides.

A formula that was never computed and an error (#REF!) read as blank cells; a blank void date would be a
payment that is not void. So their places are taken from the sheet's own XML.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from defusedxml.ElementTree import fromstring

from toolkit.erps.base import SourceFile

_CELL = rb"<(?:\w+:)?c\b(?P<said>[^<>]*)>"
_ERROR = re.compile(rb"<(?:\w+:)?c\b(?P<said>[^<>]*\bt=[\"']e[\"'][^<>]*)>")
_FORMULA = rb"<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<>]*</(?:\w+:)?f>)"
_NO_VALUE = rb"(?P<value><(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?"
_UNCOMPUTED = re.compile(_CELL + rb"\s*" + _FORMULA + rb"\s*" + _NO_VALUE + rb"\s*</(?:\w+:)?c>")
_TEXT = re.compile(rb"\bt=[\"']str[\"']")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*\bhidden=[\"'](?:1|true)[\"']")


@dataclass(frozen=True)
class Inside:
    """One sheet: the places without a value by row, how many rows it hides, and whether it is hidden itself."""

    name: str
    hidden: bool
    hidden_rows: int
    unread: Mapping[int, frozenset[int]] = field(default_factory=dict)


@lru_cache(maxsize=2)
def inside(file: SourceFile) -> tuple[Inside, ...]:
    """Every sheet of a workbook whose size is within limits; ValueError where a cell has no place."""
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        book = fromstring(archive.read("xl/workbook.xml"))
        links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        parts = {link.get("Id"): _path(link.get("Target") or "") for link in links}
        found = []
        for sheet in book.iter():
            part = parts.get(next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None))
            if sheet.tag.endswith("}sheet") and part in archive.namelist():
                text = archive.read(part)
                hidden = sheet.get("state", "visible") != "visible"
                rows = sum(1 for _ in _HIDDEN_ROW.finditer(text))
                found.append(Inside(sheet.get("name", ""), hidden, rows, _unread(text)))
    return tuple(found)


def hidden_parts(file: SourceFile) -> list[str]:
    """What a person should be told of a workbook's hidden sheets and rows."""
    sheets = inside(file)
    names = ", ".join(f'"{sheet.name}"' for sheet in sheets if sheet.hidden)
    rows = [(sheet.hidden_rows, sheet.name) for sheet in sheets if sheet.hidden_rows]
    notes = [f"The workbook hides the sheets {names}."] if names else []
    return [*notes, *(f'The sheet "{name}" hides {count} rows; they count like all others.' for count, name in rows)]


def _path(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _unread(text: bytes) -> dict[int, frozenset[int]]:
    """The 0-based columns without a value, by the sheet's rows."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    # A text that was computed to be empty is a value.
    empty = (m for m in _UNCOMPUTED.finditer(text) if not (m["value"] and _TEXT.search(m["said"])))
    for match in (*_ERROR.finditer(text), *empty):
        place = _PLACE.search(match["said"])
        if place is None:
            raise ValueError("a formula without a value stands in a cell without a place")
        found[int(place[2])].add(_column(place[1]))
    return {row: frozenset(columns) for row, columns in found.items()}


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
