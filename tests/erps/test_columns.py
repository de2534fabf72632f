"""A large table is read by whole columns, in blocks: it must say what a walk from record to record says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.erps.fuzz import SEEDS, broken
from toolkit import erps
from toolkit.erps import large
from toolkit.erps.base import Extract, LoadOptions, SourceFile
from toolkit.errors import TieoutError

TABLES = [path for path in SEEDS if path.suffix in (".csv", ".tsv", ".txt")]


def told(content: bytes, options: LoadOptions, spool: Path | None = None) -> object:
    """Everything that reading says: its refusal, or all rows, counts and notes."""
    try:
        found = erps.read(SourceFile("x.csv", content, hashlib.sha256(content).hexdigest(), spool), options)
    except TieoutError as refusal:
        return str(refusal)
    parts = list(found.parts())
    frames = {name: pl.concat(getattr(part, name) for part in parts) for name in ("payments", "applications")}
    rows = {name: sorted(map(str, frame.rows())) for name, frame in frames.items()}
    good = sorted(row for part in parts for row in part.good_rows.rows())
    return rows, good, found.counts, sorted(found.notes), found.quarantine.rows(), found.bills.rows(), _stamp(found)


def _stamp(found: Extract) -> str:
    return str(found.extracted_at)


def both(content: bytes, options: LoadOptions, spool: Path, block: int) -> tuple[object, object]:
    """What records say, and what columns say in blocks of so many bytes."""
    by_records = told(content, options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "SMALL", 0)
        patch.setattr(large, "BLOCK", block)
        return by_records, told(content, options, spool)


@pytest.mark.parametrize("block", [200, 10**9])
@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.parent.name}-{path.parent.name}-{path.stem}")
def test_columns_say_of_every_sample_what_records_say(path: Path, block: int, tmp_path: Path) -> None:
    for order in (None, "mdy"):
        spool = tmp_path / str(order)
        spool.mkdir()
        by_records, by_columns = both(path.read_bytes(), LoadOptions(date_order=order), spool, block)
        assert by_columns == by_records


def test_columns_find_the_texts_that_are_not_what_they_seem(tmp_path: Path) -> None:
    header = "Internal ID,Date,Document Number,Name,Status,Amount,Applied To Transaction,Applied To Link Amount"
    names = ["Béton".encode("cp1252"), "Béton".encode(), b"Tam\xadarack", b"=1+1", b'6" Pipe']
    rows = [b"%d,9/14/2026,1,%s,,5.00,Bill #A-1,5.00" % (at, name) for at, name in enumerate(names)]
    content = b"\n".join([header.encode(), *rows, b"9,9/14/20"])
    by_records, by_columns = both(content, LoadOptions(), tmp_path, 10**9)
    assert by_columns == by_records
    assert [row for row, *_ in by_records[4]] == [3, 4, 7]  # type: ignore[index]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), block=st.sampled_from([150, 1000, 10**9]))
def test_columns_say_of_broken_exports_what_records_say(tmp_path_factory, seed: int, block: int) -> None:
    name, content = broken(seed)
    spool = tmp_path_factory.mktemp("spool")
    by_records, by_columns = both(content, LoadOptions(date_order="mdy"), spool, block)
    assert by_columns == by_records, name
