"""An evidence pack: the same bytes for the same evidence, and enough to do the run again elsewhere."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from toolkit.audits import pack
from toolkit.audits import run as audits
from toolkit.audits.evidence import Evidence, from_home
from toolkit.cli import app
from toolkit.errors import NotFound, RefusedFile
from toolkit.settings import Settings, load_settings
from toolkit.workflow.control import Control

PAGES = {"log.html": b"<p>executed</p>"}


def _packed(settings: Settings, position: int | None = None, **asked: bool) -> bytes:
    evidence = from_home(settings, position=position)
    with Control.open(settings) as control:
        return pack.make(evidence, control.signed(evidence.events), PAGES, pack.Asked(**asked))


@pytest.fixture(scope="module")
def packed(walked_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack") / "run.zip"
    path.write_bytes(_packed(load_settings(walked_once)))
    return path


def _changed(packed: Path, target: Path, change: dict[str, bytes], *, listed: bool) -> Path:
    """The pack with other files in it; `listed` makes its list of sums fit again."""
    with zipfile.ZipFile(packed) as archive:
        files = {name: archive.read(name) for name in archive.namelist()} | change
    if listed:
        sums = [f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in files.items() if name != pack.SUMS]
        files[pack.SUMS] = "".join(sums).encode()
    target.write_bytes(pack._zipped(files))
    return target


def _reperform(path: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["audit", "reperform", str(path), *words])
    refused = done.exception if done.exit_code == 1 else ""
    return done.exit_code, done.stdout + str(refused)


def test_the_same_position_and_inputs_give_the_same_bytes(home: Settings, packed: Path) -> None:
    evidence = from_home(home)
    assert _packed(home) == packed.read_bytes()
    assert _packed(home, position=evidence.position - 1) != packed.read_bytes()


def test_the_index_says_what_each_file_proves(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        index = archive.read("index.html").decode()
        names = set(archive.namelist()) - {"index.html", pack.SUMS}
    assert [name for name in names if f"<tr><td>{name}<td>" not in index] == []
    assert "<script" not in index


@pytest.mark.parametrize(
    "needed",
    ["statement.xlsx", "statement.html", "audits/log.html", "run/run.json", "log/events.jsonl", "log/verify_log.py",
     "log/head.checkpoint", "populations.xlsx", "sample.xlsx", "access.xlsx", "decisions.xlsx", "sources.xlsx"],
)  # fmt: skip
def test_a_pack_holds_what_an_auditor_asks_for(packed: Path, needed: str) -> None:
    with zipfile.ZipFile(packed) as archive:
        assert archive.getinfo(needed).file_size > 0


@pytest.mark.slow
def test_the_run_is_done_again_from_the_pack_alone(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise AssertionError("no network is asked")

    monkeypatch.setattr(socket.socket, "connect", away)
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path / "nothing"))
    status, said = _reperform(packed)
    assert (status, "the same files give the same run" in said) == (0, True)
    assert not (tmp_path / "nothing").exists()


@pytest.mark.slow
def test_a_pack_that_was_altered_is_refused_or_named(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".duckdb"))
        (tmp_path / "run.duckdb").write_bytes(archive.read(name))
    with duckdb.connect(str(tmp_path / "run.duckdb")) as connection:
        connection.execute("UPDATE canon.payments SET payment_amount = 1 WHERE check_number = '010470'")
    change = {name: (tmp_path / "run.duckdb").read_bytes()}
    status, said = _reperform(_changed(packed, tmp_path / "one.zip", change, listed=False))
    assert (status, "was altered" in said) == (1, True)
    status, said = _reperform(_changed(packed, tmp_path / "two.zip", change, listed=True), "--json")
    assert status == 3
    assert [row["what"] for row in json.loads(said)["altered"]] == ["view payments"]


def test_hashes_only_leaves_the_files_out_and_says_that_nothing_can_be_done_again(
    walked_once: Path, tmp_path: Path
) -> None:
    path = tmp_path / "hashes.zip"
    path.write_bytes(_packed(load_settings(walked_once), files=False))
    with zipfile.ZipFile(path) as archive:
        assert [name for name in archive.namelist() if name.startswith("files/")] == []
    with pytest.raises(RefusedFile, match="hashes only"), pack.unpacked(path):
        pass


@pytest.mark.parametrize("name", ["../out", "/out"])
def test_a_pack_that_names_files_outside_itself_is_refused(tmp_path: Path, name: str) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(name, "x")
    (tmp_path / "evil.zip").write_bytes(body.getvalue())
    with pytest.raises(RefusedFile, match="outside itself"), pack.unpacked(tmp_path / "evil.zip"):
        pass
    assert not (tmp_path.parent / "out").exists()


def test_what_is_no_pack_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("not an archive")
    with pytest.raises(RefusedFile, match="cannot be read as an archive"), pack.unpacked(tmp_path / "x.zip"):
        pass


def test_the_log_in_the_pack_is_checked_with_nothing_but_python(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path)
    key = (tmp_path / "log" / "public_key.txt").read_text().strip()
    words = [sys.executable, "-I", "verify_log.py", "events.jsonl", "head.checkpoint", "--key", key]
    done = subprocess.run(words, cwd=tmp_path / "log", capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")


def test_a_position_beyond_the_log_is_refused(walked_once: Path) -> None:
    with pytest.raises(NotFound, match="no position 99999"):
        from_home(load_settings(walked_once), position=99999)


@pytest.mark.slow
def test_the_command_packs_with_executed_audits_and_its_event_comes_after(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = [path for path in audits.notebooks() if path.stem == "log"]
    # The others are executed by nbval; here one stands for all.
    monkeypatch.setattr(audits, "notebooks", lambda: one)
    before: Evidence = from_home(home)
    done = CliRunner().invoke(app, ["audit", "pack", "-o", str(tmp_path / "p.zip"), "--as", "analyst", "--json"])
    said = json.loads(done.stdout)
    body = (tmp_path / "p.zip").read_bytes()
    assert (said["position"], said["sha256"]) == (before.position, hashlib.sha256(body).hexdigest())
    with Control.open(home) as control:
        (own,) = control.events(after=before.position)
    assert json.loads(own["facts"])["sha256"] == said["sha256"]
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        page = archive.read("audits/log.html").decode()
    assert "The log is whole" in page
    assert "<script" not in page
