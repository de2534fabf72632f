"""The sample is walked once for one program and its data; each audit gets a copy of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from toolkit.audits import walk


@pytest.fixture
def walks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where a walk was begun; each only leaves a mark."""
    begun: list[Path] = []

    def mark(home: Path) -> Path:
        begun.append(home)
        home.mkdir(parents=True)
        (home / "mark").write_text(str(len(begun)))
        return home

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(walk, "walk", mark)
    return begun


def test_a_second_audit_gets_a_copy_of_the_first_walk(walks: list[Path]) -> None:
    first, second = walk.walked_sample(), walk.walked_sample()
    assert len(walks) == 1
    assert first != second
    assert (first / "mark").read_text() == (second / "mark").read_text() == "1"


def test_another_program_or_other_data_are_walked_anew(walks: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    walk.walked_sample()
    monkeypatch.setattr(walk, "fingerprint", lambda: "f" * 64)
    assert (walk.walked_sample() / "mark").read_text() == "2"
    assert len(walks) == 2


def test_a_folder_of_somebody_else_is_not_believed(walks: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    walk.walked_sample()
    monkeypatch.setattr(walk, "_ours", lambda _: False)
    assert (walk.walked_sample() / "mark").read_text() == "2"
    assert len(walks) == 2
