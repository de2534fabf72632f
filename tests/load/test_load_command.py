"""`tieout load` as it is typed: exit status, what it prints, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.load.conftest import netsuite, paid
from toolkit.cli import app
from toolkit.errors import TieoutError


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str):
        return CliRunner().invoke(app, ["load", *words])

    return run


def test_a_clean_file_ends_0_and_says_what_it_holds(typed) -> None:
    Path("a.csv").write_text(netsuite(paid("7", "50.00")))
    done = typed("a.csv", "--json")
    assert done.exit_code == 0
    (load,) = json.loads(done.stdout)["loads"]
    assert (load["erp"], load["good"], load["amount_total"]) == ("netsuite", 1, {"": "50.00"})


def test_something_in_quarantine_ends_3_and_is_named_with_file_row_and_column(typed) -> None:
    Path("a.csv").write_text(netsuite(paid("7", "x"), paid("8", "20.00")))
    done = typed("a.csv")
    assert done.exit_code == 3
    assert 'a.csv, row 2, column "Amount"' in " ".join(done.stderr.split())


def test_a_folder_is_loaded_whole(typed) -> None:
    Path("in").mkdir()
    for name in ("7", "8"):
        Path(f"in/{name}.csv").write_text(netsuite(paid(name, "5.00")))
    assert len(json.loads(typed("in", "--json").stdout)["loads"]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("nowhere.csv",),
        ("a.csv", "--date-order", "mmddyy"),
        ("a.csv", "--extracted-at", "yesterday"),
        ("a.csv", "--complete", "October"),
        ("a.csv", "--erp", "sap"),
    ],
)
def test_a_refusal_is_a_sentence_and_no_traceback(typed, words: tuple[str, ...]) -> None:
    Path("a.csv").write_text(netsuite(paid("7", "50.00")))
    refusal = typed(*words).exception
    assert isinstance(refusal, TieoutError)
    assert str(refusal).endswith(".")
    assert "\n" not in str(refusal)
