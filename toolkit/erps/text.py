"""Bytes to text records: encoding, CSV with physical rows, JSON whose numbers stay text.

Nothing is guessed about a value here: every cell and every number leaves as the text that stood in
the file, so that money never passes through a float.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from toolkit.erps.base import HEAD, SourceFile
from toolkit.errors import RefusedFile

MAX_CELL = 1024 * 1024
MOST_DIGITS = 100
UTF_32 = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"))
ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), *UTF_32, (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# Where a text without a mark has its NULs: which bytes of four are zero in nearly every character.
ZEROS = {"utf-32-le": "0111", "utf-32-be": "1110", "utf-16-le": "0101", "utf-16-be": "1010"}
DELIMITERS = (",", ";", "\t", "|")
NUL = "holds NUL bytes, so it is no text export; save it again as CSV (UTF-8) or JSON."
BROKEN = "broken CSV ({}); a quote is not closed, or the file was cut."


@dataclass(frozen=True)
class Record:
    """One record of a table: the line or row on which it begins, its cells, its raw text.

    `damaged` are the places of numbers with more digits than Excel keeps, `unread` of cells whose value
    the workbook does not hold.
    """

    row: int
    cells: tuple[str, ...]
    damaged: frozenset[int] = frozenset()
    unread: frozenset[int] = frozenset()

    @property
    def blank(self) -> bool:
        return not self.unread and not any(cell.strip() for cell in self.cells)

    @property
    def raw(self) -> str:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(self.cells)
        return line.getvalue()


@lru_cache(maxsize=4)
def encoding_of(file: SourceFile, said: str | None = None) -> str:
    """What was said decides, then a BOM, then where NULs are, then whether it is UTF-8, then Windows' western page."""
    if said:
        return said
    with file.open() as stream:
        start = stream.read(1024)
        for mark, known in ENCODINGS:
            if start.startswith(mark):
                return known
        if (wide := _by_zeros(start)) is not None:
            return wide
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(start)
            while piece := stream.read(HEAD):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


# UTF-8 read as Windows' western page: a lead letter and as many of what its other bytes stand for there.
_AFTER = "[" + "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xC0)) + "]"
MIXED = f"[\u00c0-\u00df]{_AFTER}|[\u00e0-\u00ef]{_AFTER}{{2}}|[\u00f0-\u00f4]{_AFTER}{{3}}"


def is_western(file: SourceFile, said: str | None) -> bool:
    """Is this text read as Windows' western page because it is no UTF-8, and not because somebody said so?"""
    return said is None and encoding_of(file) == "cp1252"


def ends_with_a_line(file: SourceFile) -> bool:
    """Is the last character one that ends a line?"""
    with file.open() as stream:
        stream.seek(-min(4, stream.seek(0, os.SEEK_END)), os.SEEK_END)
        return stream.read().replace(b"\x00", b"").endswith((b"\n", b"\r"))


def _by_zeros(start: bytes) -> str | None:
    """The encoding without a mark in which nearly every character has its zero bytes here."""
    if b"\x00" not in start:
        return None
    each = len(start) // 4
    often = "".join("1" if start[at : each * 4 : 4].count(0) * 10 > each * 9 else "0" for at in range(4))
    return next((known for known, zeros in ZEROS.items() if often == zeros), None)


def decode(file: SourceFile, encoding: str | None = None) -> str:
    """The file's text in its encoding; RefusedFile where it is none."""
    known = encoding_of(file, encoding)
    try:
        text = file.content.decode(known)
    except (UnicodeDecodeError, LookupError) as error:
        raise RefusedFile(file.name, f"is not readable as text ({known}); save it again as UTF-8.") from error
    if "\x00" in text and not encoding and known in ("utf-8", "cp1252"):
        raise RefusedFile(file.name, NUL)
    return text


@lru_cache(maxsize=4)
def csv_head(file: SourceFile, encoding: str | None, count: int) -> list[Record]:
    """The first records of a CSV file: enough to find its header. A small file is read whole."""
    head = file.head
    if len(head) < HEAD:
        return csv_records(file, encoding)[:count]
    known = encoding_of(file, encoding)
    try:
        text = codecs.getincrementaldecoder(known)().decode(head)
    except (UnicodeDecodeError, LookupError) as error:
        raise RefusedFile(file.name, f"is not readable as text ({known}); save it again as UTF-8.") from error
    return _records(file.name, text, delimiter_of(file, known), count)


def delimiter_of(file: SourceFile, encoding: str) -> str:
    """The separator that a file's first lines hold most of."""
    return _delimiter(codecs.getincrementaldecoder(encoding)(errors="replace").decode(file.head))


@lru_cache(maxsize=4)
def csv_records(file: SourceFile, encoding: str | None = None) -> list[Record]:
    """Every record of a CSV file, blank ones too; every ERP looks at the same ones."""
    text = decode(file, encoding)
    return _records(file.name, text, _delimiter(text))


def _records(name: str, text: str, delimiter: str, count: int | None = None) -> list[Record]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records, begins = [], 1
    try:
        for cells in islice(reader, count):
            records.append(Record(begins, tuple(cells)))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise RefusedFile(name, BROKEN.format(error), begins) from error
    return records


def _delimiter(text: str) -> str:
    head = text[:65536].splitlines()[:40]
    return max(DELIMITERS, key=lambda mark: max((line.count(mark) for line in head), default=0))


class _Repeated(ValueError):
    """A key stands twice in one JSON object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Repeated(key)
        found[key] = value
    return found


def _whole(digits: str) -> int | str:
    """A whole number; one that no ERP means stays the text that it is."""
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def looks_like_json(file: SourceFile) -> bool:
    """Does the file begin as a JSON object or list?"""
    start = codecs.getincrementaldecoder(encoding_of(file))(errors="replace").decode(file.head[:1024])
    return start.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def json_objects(file: SourceFile) -> list[dict[str, Any]]:
    """The reply, or the list of replies, that the file holds. Numbers with a point are text."""
    return _parsed(file.name, file.sha256, decode(file))


@lru_cache(maxsize=4)
def _parsed(name: str, sha256: str, text: str) -> list[dict[str, Any]]:
    del sha256  # part of the cache's key: every ERP looks at the same file once
    try:
        document = json.loads(
            text, parse_float=str, parse_int=_whole, parse_constant=_no_constant, object_pairs_hook=_once
        )
    except _Repeated as error:
        raise RefusedFile(
            name, f'the key "{error}" stands twice in one object, so which value holds is unknown.'
        ) from error
    except RecursionError as error:
        raise RefusedFile(name, "nested deeper than any reply of an ERP.") from error
    except ValueError as error:
        row = getattr(error, "lineno", None)
        raise RefusedFile(name, f"broken JSON ({error}); the file may have been cut.", row) from error
    objects = document if isinstance(document, list) else [document]
    odd = next((place for place, item in enumerate(objects, start=1) if not isinstance(item, dict)), None)
    if odd is not None:
        raise RefusedFile(name, "is no object, so it is no reply of an ERP.", odd)
    return objects


def items_of(reply: dict[str, Any], name: str) -> list[Any]:
    """One list of a reply, whatever stands in it; empty where there is none."""
    found = reply.get(name)
    return found if isinstance(found, list) else []


def inner(item: Any, name: str) -> dict[str, Any]:
    """An object inside an object; empty where there is none."""
    found = item.get(name) if isinstance(item, dict) else None
    return found if isinstance(found, dict) else {}


def raw_json(item: Any) -> str:
    """An object as one line, for the quarantine; long ones are cut."""
    return json.dumps(item, ensure_ascii=False)[:4000]


def as_text(value: Any) -> str | None:
    """A JSON value as the text it stands for; null and blank are nothing."""
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() or None
