"""What the README shows is what the command says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from toolkit.demo import Sample

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_session_in_the_readme_is_its_real_output(tmp_path: Path) -> None:
    block = next(part for part in re.findall(r"```console\n(.*?)```", README, re.DOTALL) if part.startswith("$ export"))
    words = re.search(r"^\$ \.venv/bin/tieout (.*)$", block, re.MULTILINE)
    shown = block[words.end() + 1 :]
    with Sample(tmp_path / "home") as sample:
        sample.load()
        sample.pull()
        sample.reconcile()
        done = subprocess.run(  # noqa: S603 (our own command)
            [sys.executable, "-m", "toolkit.cli", *shlex.split(words[1])],
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=True,
        )
    # Before the push one more sentence says that the payment is not in Procore yet.
    assert set(shown.splitlines()) <= set(done.stdout.splitlines())


def test_the_readme_is_short_and_has_no_gaps() -> None:
    assert len(README.splitlines()) < 120
    assert "@@" not in README
