"""How the command behaves at its edges."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from toolkit import cli
from toolkit.errors import NotFound

STANDING = [verb for verb in cli.VERBS if cli.LazyGroup().get_command(None, verb) is not None]


def _run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "toolkit.cli", *words],
        env=os.environ | {"TIEOUT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_help_lists_the_verbs_in_the_order_of_a_months_work() -> None:
    shown = CliRunner().invoke(cli.app, ["--help"]).output
    listed = [line.split()[0] for line in shown.splitlines() if line.startswith("  ") and line.strip()]
    assert [verb for verb in listed if verb in cli.VERBS] == STANDING


def test_an_unknown_verb_is_refused_with_status_2() -> None:
    done = CliRunner().invoke(cli.app, ["reconsile"])
    assert done.exit_code == 2
    assert "reconsile" in done.output


def test_a_refusal_is_one_sentence_and_status_2(monkeypatch, capsys) -> None:
    def refuse() -> None:
        raise NotFound("No run yet: `tieout reconcile` makes one.")

    monkeypatch.setattr(cli, "app", refuse)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "No run yet: `tieout reconcile` makes one.\n"


def test_a_verb_before_any_run_says_what_to_do_and_shows_no_traceback(tmp_path: Path) -> None:
    done = _run(tmp_path, "statement")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "tieout reconcile" in done.stderr
    assert len(done.stderr.splitlines()) == 1
