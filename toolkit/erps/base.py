"""What a source file becomes: validated rows, quarantine, and an account of every row read."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from toolkit import schemas

# So much of a file tells what it is; a text that is longer is read in blocks.
HEAD = 1024 * 1024


@dataclass(frozen=True)
class SourceFile:
    """A file as it lay on disk: its name, its bytes, and the SHA-256 under which it is kept.

    A large one is `held` as its path. `spool` is an empty folder where the parts of a file that is
    read in blocks may lie until they are loaded; without one it is read whole.
    """

    name: str
    held: bytes | Path
    sha256: str
    spool: Path | None = None

    @property
    def content(self) -> bytes:
        """The whole file."""
        return self.held if isinstance(self.held, bytes) else self.held.read_bytes()

    @property
    def head(self) -> bytes:
        """Its first part, all of it where it is small."""
        with self.open() as stream:
            return stream.read(HEAD)

    def open(self) -> BinaryIO:
        """Its bytes from the first on."""
        return io.BytesIO(self.held) if isinstance(self.held, bytes) else self.held.open("rb")


@dataclass(frozen=True)
class ColumnMap:
    """A site's own labels and words, from a mapping file (`toolkit.erps.mapping`).

    `columns` maps a canonical name to the header as it stands in the file, `values` a canonical
    column to its source words and what each means, `totals` is how its total rows begin.
    """

    erp: str
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    company: str | None = None
    date_order: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    name_prefix_ids: bool | None = None
    totals: str | None = None


@dataclass(frozen=True)
class LoadOptions:
    """What the person who loads a file said about it (`loading.md`); None means: not said."""

    erp: str | None = None
    company: str | None = None
    project: str | None = None
    currency: str | None = None
    date_order: str | None = None
    extracted_at: datetime | None = None
    accept_difference: str | None = None
    complete: tuple[date, date] | None = None
    mapping: ColumnMap | None = None
    report: str | None = None
    filters: str | None = None
    expect_rows: int | None = None
    expect_total: str | None = None


@dataclass(frozen=True)
class RowCounts:
    """Where every record of the file went; the journal checks that they add up to `rows_seen`.

    `duplicate` here counts exact repeats inside the file; the warehouse moves rows that it already
    holds unchanged from `good` to `duplicate`.
    """

    rows_seen: int
    good: int
    quarantined: int = 0
    blank: int = 0
    duplicate: int = 0
    furniture: int = 0
    other: int = 0


QUARANTINE = {"source_row": pl.Int64, "column_name": pl.String, "reason": pl.String, "raw": pl.String}
GOOD_ROWS = {"erp_company": pl.String, "payment_id": pl.String, "source_row": pl.Int64}
DELETED = {"erp_company": pl.String, "payment_id": pl.String, "source_row": pl.Int64}


@dataclass(frozen=True)
class Extract:
    """One source file, read. Frames are canonical and validated; nothing of them is written yet.

    `good_rows` says which records of the file make up which payment (or bill: its key), `deleted`
    which payments the source says are gone, `notes` what a person should be told (an unknown
    status word, the extract time that was assumed), `procore` the table of Procore's side by its name,
    where the file is one of Procore's own lists.
    """

    erp: str
    payments: pl.DataFrame
    applications: pl.DataFrame
    counts: RowCounts
    bills: pl.DataFrame = field(default_factory=lambda: schemas.empty(schemas.Bills))
    good_rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=GOOD_ROWS))
    deleted: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DELETED))
    quarantine: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUARANTINE))
    extracted_at: datetime | None = None
    notes: tuple[str, ...] = ()
    procore: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    earlier: tuple[Path, ...] = ()

    def parts(self) -> Iterator[Extract]:
        """The extract in pieces that fit into memory, in the order of the file; the last is what it holds itself."""
        for folder in self.earlier:
            payments, applications, rows = (pl.read_parquet(folder / f"{name}.parquet") for name in SPOOLED)
            yield Extract(self.erp, payments, applications, self.counts, good_rows=rows)
        yield replace(self, earlier=())

    def spool(self, folder: Path) -> None:
        """Write what `parts` reads into an empty folder."""
        for name in SPOOLED:
            getattr(self, name).write_parquet(folder / f"{name}.parquet", compression="lz4")


# The frames of a part that lies on disk.
SPOOLED = ("payments", "applications", "good_rows")


@dataclass(frozen=True)
class Export:
    """One ERP's export: how its files are told from all others by content, and how one is read."""

    erp: str
    title: str
    recognises: Callable[[SourceFile], bool]
    read: Callable[[SourceFile, LoadOptions], Extract]
