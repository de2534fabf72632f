"""A file is read in a process of its own: where that dies, we do not, and nothing of the file is loaded."""

from __future__ import annotations

import os
import time

import pytest

from tests.load.conftest import Desk, netsuite, paid
from toolkit.erps.apart import apart
from toolkit.errors import RefusedFile, UnidentifiedExport
from toolkit.settings import LoadingSection

GOOD = netsuite(paid("7", "50.00")).encode()


def _die() -> None:
    os.abort()


def _take(megabytes: int) -> int:
    return len(bytearray(megabytes * 1024**2))


def test_a_reader_that_dies_refuses_the_file_and_the_next_file_is_read() -> None:
    with pytest.raises(RefusedFile, match=r"^a\.xlsx: its reader broke down, so nothing was loaded"):
        apart("a.xlsx", LoadingSection(), _die)
    assert apart("b.xlsx", LoadingSection(), os.getpid) != os.getpid()


def test_one_reader_reads_many_files() -> None:
    assert apart("a.csv", LoadingSection(), os.getpid) == apart("b.csv", LoadingSection(), os.getpid)


def test_a_file_may_take_so_much_memory_and_no_more() -> None:
    limits = LoadingSection(memory_megabytes=100)
    assert apart("a.csv", limits, _take, 50) == 50 * 1024**2
    with pytest.raises(RefusedFile, match=r"needs more than 100 MB of memory\. Split the export by period"):
        apart("a.csv", limits, _take, 150)


def test_a_file_may_take_so_much_time_and_no_more() -> None:
    began = time.monotonic()
    with pytest.raises(RefusedFile, match=r"^a\.csv: was not read within 0\.01 minutes, so nothing was loaded"):
        apart("a.csv", LoadingSection(file_minutes=0.01), time.sleep, 300)
    # Nobody waits for the reader that is left behind.
    assert time.monotonic() - began < 60


def test_what_is_wrong_with_a_file_is_told_as_if_it_had_been_read_here(desk: Desk) -> None:
    with pytest.raises(UnidentifiedExport) as found:
        desk.load(b"milk,2.50\n")
    assert (found.value.path.name, found.value.claimants) == ("export.csv", [])


def test_a_file_that_takes_too_much_leaves_no_trace(desk: Desk) -> None:
    desk.home.mkdir(exist_ok=True)
    (desk.home / "tieout.toml").write_text("[loading]\nmemory_megabytes = 64\n")
    rows = [paid(str(number), "50.00") for number in range(60_000)]
    with pytest.raises(RefusedFile, match="its reader broke down"):
        desk.load(netsuite(*rows).encode())
    assert not (desk.home / "files").exists()
    (desk.home / "tieout.toml").unlink()
    desk.load(GOOD)
