"""What one file may take: beyond it the file is refused in a sentence, and nothing of the command is loaded."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.load.conftest import Desk, netsuite, paid
from toolkit import load
from toolkit.erps.base import SourceFile
from toolkit.errors import RefusedFile
from toolkit.warehouse.kept import keep_file

GOOD = netsuite(paid("7", "50.00")).encode()


def test_a_file_beyond_the_limit_of_the_settings_is_refused_before_it_is_read(desk: Desk) -> None:
    desk.home.mkdir()
    (desk.home / "tieout.toml").write_text("[loading]\nfile_megabytes = 1\n")
    with pytest.raises(RefusedFile, match=r"is larger than 1 MB; split the export by period"):
        desk.load(b"x" * (1024**2 + 1))


def test_what_is_no_plain_file_is_refused() -> None:
    with pytest.raises(RefusedFile, match="is no plain file"):
        load.source_file(Path("/dev/null"))


def test_a_link_or_a_pipe_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(GOOD)
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    os.mkfifo(tmp_path / "c.csv")
    with pytest.raises(RefusedFile, match=r"^b\.csv: is a link; name the file itself"):
        load.source_file(tmp_path / "b.csv")
    with pytest.raises(RefusedFile, match=r"^c\.csv: is no plain file"):
        load.source_file(tmp_path / "c.csv")


@pytest.mark.parametrize("name", ["a\nb.csv", "a\u202evsc.exe", "\x1b[31m.csv", "'; DROP TABLE x --", "CON", "x" * 240])
def test_a_files_name_is_only_ever_said_on_one_line(desk: Desk, name: str) -> None:
    said = desk.load(GOOD, name).source_file
    assert said.isprintable()
    assert desk.rows("SELECT DISTINCT source_file FROM report.payments") == [(said,)]
    assert [path.name for path in (desk.home / "files").iterdir()] == [hashlib.sha256(GOOD).hexdigest()]


def test_a_large_file_is_kept_as_it_was_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "HELD", 0)
    report = desk.load(GOOD)
    assert (desk.home / "files" / report.sha256).read_bytes() == GOOD


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(GOOD)
    taken = SourceFile("a.csv", path, hashlib.sha256(GOOD).hexdigest())
    path.write_bytes(GOOD + b"more")
    with pytest.raises(RefusedFile, match=r"^a\.csv: changed while it was read"):
        keep_file(tmp_path / "files", taken)
    assert list((tmp_path / "files").iterdir()) == []
