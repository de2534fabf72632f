"""Making the environment says in one sentence what is missing, and leaves nothing half made."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "environment"


def _made_by(python: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script with a stand-in for Python whose answers are `python`, a shell script."""
    stand_in = folder / "python"
    stand_in.write_text(f"#!/bin/sh\n{python}\n")
    stand_in.chmod(0o755)
    return subprocess.run(  # noqa: S603 (our own script)
        ["sh", str(SCRIPT)],  # noqa: S607
        cwd=folder,
        env={"PYTHON": str(stand_in), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ('case "$2" in *ensurepip*) exit 1;; esac', "apt-get install python3-venv"),
        ('case "$*" in -V) echo Python 3.9.2;; *version_info*) exit 1;; esac', "Python 3.11 or newer"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_made(python: str, said: str, tmp_path: Path) -> None:
    done = _made_by(python, tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / ".venv").exists()


def test_an_absent_python_is_named(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 (our own script)
        ["/bin/sh", str(SCRIPT)],
        cwd=tmp_path,
        env={"PYTHON": "python-that-is-not-there", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "There is no python-that-is-not-there" in done.stderr


def test_spark_without_java_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "id").symlink_to(shutil.which("id") or "id")
    done = subprocess.run(  # noqa: S603 (our own script)
        ["/bin/sh", str(SCRIPT.with_name("spark"))],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "apt-get install" in done.stderr
    assert not (tmp_path / ".venv").exists()
