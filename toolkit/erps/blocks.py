"""A large text export in blocks: each record with the line on which it begins, each cell a column of text.

A line on which every parser agrees is split by whole columns; one with stray quotes, invisible characters
or too many cells is split by Python's `csv` like the records of a small file, and is `odd`. A record over
several lines sends its block to `csv` altogether.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from toolkit.erps.base import SourceFile
from toolkit.erps.text import BROKEN, MAX_CELL, MIXED, NUL, Record, delimiter_of, encoding_of
from toolkit.errors import RefusedFile

# What only Python's own rules about blank and invisible characters decide.
PLAIN = bytes(range(0x20, 0x7F)) + b"\t\n"
UNSEEN = r"[\p{C}\p{Z}&&[^ \t]]"


@dataclass(frozen=True)
class Dialect:
    """How one file is written, and how many columns its header has."""

    name: str
    encoding: str
    delimiter: str
    width: int
    refuses_nul: bool

    @property
    def strange(self) -> str:
        """What makes a line odd."""
        guessed = self.encoding == "cp1252" and self.refuses_nul
        return f"{UNSEEN}|{MIXED}" if guessed else UNSEEN

    @property
    def cells(self) -> list[str]:
        """Names of the columns of text, in order."""
        return [f"c{at}" for at in range(self.width)]

    def line_of(self, record: Record) -> str:
        """A record as a block keeps it."""
        line = io.StringIO()
        # A cell that holds a line end is quoted only where that ends a line.
        csv.writer(line, delimiter=self.delimiter, lineterminator="\r\n").writerow(record.cells)
        return line.getvalue()[:-2]

    def record_of(self, row: int, line: str) -> Record:
        """The record that a block keeps as `line`."""
        parts = list(csv.reader(io.StringIO(line, newline=""), delimiter=self.delimiter, strict=True))
        return Record(row, tuple(parts[0]) if parts else ())


@dataclass(frozen=True)
class Piece:
    """Some records, how many lines they took, and the bytes of one that is not yet whole."""

    records: pl.DataFrame
    lines: int
    rest: bytes = b""


def dialect_of(file: SourceFile, encoding: str | None, width: int) -> Dialect:
    """The encoding and separator of a file whose header is known."""
    known = encoding_of(file, encoding)
    plain = not encoding and known in ("utf-8", "cp1252")
    return Dialect(file.name, known, delimiter_of(file, known), width, plain)


def records_in_blocks(file: SourceFile, dialect: Dialect, size: int) -> Iterator[pl.DataFrame]:
    """Frames of about `size` bytes (-1: all): `row`, `line`, `width`, `odd`, and the cells as they stand.

    `width` counts a record's cells. RefusedFile where a quote is never closed.
    """
    first, rest = 1, b""
    for text, last in _texts(file, dialect, size):
        whole = rest + text
        piece = _by_columns(whole, first, dialect) or _by_csv(whole, first, dialect, last=last)
        first, rest = first + piece.lines, piece.rest
        if piece.records.height:
            yield piece.records


def _texts(file: SourceFile, dialect: Dialect, size: int) -> Iterator[tuple[bytes, bool]]:
    """The file as UTF-8 in pieces that end with a line, and whether it is the last piece."""
    decoder = codecs.getincrementaldecoder(dialect.encoding)()
    with file.open() as stream:
        rest, more = b"", True
        while more:
            piece = stream.read(size)
            more = len(piece) == size
            try:
                text = rest + decoder.decode(piece, not more).encode()
            except UnicodeError as error:
                why = f"is not readable as text ({dialect.encoding}); save it again as UTF-8."
                raise RefusedFile(dialect.name, why) from error
            if dialect.refuses_nul and b"\x00" in text:
                raise RefusedFile(dialect.name, NUL)
            cut = text.rfind(b"\n") + 1 if more else len(text)
            rest = text[cut:]
            yield text[:cut], not more


def _by_columns(text: bytes, first: int, dialect: Dialect) -> Piece | None:
    """The records of a text in which each is one line; None where one may not be."""
    text = text.replace(b"\r\n", b"\n")
    if b"\r" in text:
        return None
    lines = _lines(text, first, dialect)
    if (lines["line"].str.len_bytes().max() or 0) > MAX_CELL:  # type: ignore[operator]
        return None
    apart = [_alone(row, line, dialect) for row, line in lines.filter("odd").select("row", "line").iter_rows()]
    if None in apart:
        return None
    if not lines["agreed"].all():
        # Stray quotes would lead the reader of columns astray; these lines are split by themselves.
        text = "\n".join(lines.select(pl.when("agreed").then("line").otherwise(pl.lit(""))).to_series()).encode()
    cells = _split(text, dialect)
    if cells.height != lines.height:
        return None
    found = pl.concat([lines.drop("agreed"), cells], how="horizontal")
    if apart:
        own = frame_of([record for record in apart if record], dialect, odd=True)
        found = pl.concat([found.filter(~pl.col("odd")), own]).sort("row")
    return Piece(found, lines.height)


def _lines(text: bytes, first: int, dialect: Dialect) -> pl.DataFrame:
    """Each line with its number, its count of cells, whether every parser agrees on it, and whether it is odd."""
    mark = re.escape(dialect.delimiter)
    cell = rf'(?:[^"{mark}]*|"(?:[^"]|"")*")'
    line, quoted = pl.col("line"), pl.col("line").str.contains('"', literal=True)
    agreed = ~quoted | line.str.contains(f"^{cell}(?:{mark}{cell})*$")
    bare = pl.when(quoted).then(line.str.replace_all('"[^"]*"', "")).otherwise(line)
    width = pl.when(line == "").then(0).otherwise(bare.str.count_matches(dialect.delimiter, literal=True) + 1)
    lines = pl.read_lines(text, name="line", row_index_name="row", row_index_offset=first)
    lines = lines.select(
        pl.col("row").cast(pl.Int64),
        "line",
        agreed=agreed,
        width=width.cast(pl.Int64),
        unseen=line.str.contains(dialect.strange) if text.translate(None, PLAIN) else pl.lit(False),
    )
    odd = ~pl.col("agreed") | pl.col("unseen") | (pl.col("width") > dialect.width)
    return lines.select("row", "line", "width", "agreed", odd=odd)


def _split(text: bytes, dialect: Dialect) -> pl.DataFrame:
    # A full line in front says how many columns there are, whatever the first record has.
    full = (dialect.delimiter * (dialect.width - 1) + "\n").encode()
    found = pl.read_csv(
        full + text,
        separator=dialect.delimiter,
        has_header=False,
        infer_schema=False,
        schema=dict.fromkeys(dialect.cells, pl.String()),
        truncate_ragged_lines=True,
    )
    return found.slice(1).with_columns(pl.all().fill_null(""))


def _alone(row: int, line: str, dialect: Dialect) -> Record | None:
    """One line as `csv` splits it; None where it is no whole record."""
    csv.field_size_limit(MAX_CELL)
    try:
        return dialect.record_of(row, line)
    except csv.Error:
        return None


def _by_csv(text: bytes, first: int, dialect: Dialect, *, last: bool) -> Piece:
    """The whole records of a text as `csv` splits them, and the bytes of one that is not yet closed."""
    csv.field_size_limit(MAX_CELL)
    whole = text.decode()
    reader = csv.reader(io.StringIO(whole, newline=""), delimiter=dialect.delimiter, strict=True)
    records, begins = [], 1
    try:
        for cells in reader:
            records.append(Record(first + begins - 1, tuple(cells)))
            begins = reader.line_num + 1
    except csv.Error as error:
        if last or "unexpected end of data" not in str(error):
            raise RefusedFile(dialect.name, BROKEN.format(error), first + begins - 1) from error
    rest = "".join(io.StringIO(whole, newline="").readlines()[begins - 1 :]).encode()
    return Piece(frame_of(records, dialect), begins - 1, rest)


def frame_of(records: list[Record], dialect: Dialect, *, odd: bool = False) -> pl.DataFrame:
    """Records as a block has them; `odd` where a cell is invisible in part, or one too many, or all are."""
    cells = {
        name: pl.Series([record.cells[at] if at < len(record.cells) else "" for record in records], dtype=pl.String)
        for at, name in enumerate(dialect.cells)
    }
    frame = pl.DataFrame(
        {
            "row": pl.Series([record.row for record in records], dtype=pl.Int64),
            "line": pl.Series([dialect.line_of(record) for record in records], dtype=pl.String),
            "width": pl.Series([len(record.cells) for record in records], dtype=pl.Int64),
        }
        | cells
    )
    strange = pl.col("line").str.contains(dialect.strange) | (pl.col("width") > dialect.width)
    return frame.select("row", "line", "width", (pl.lit(odd) | strange).alias("odd"), *cells)
