"""A `tieout` command as a process of its own, which outlives the page, its session and this server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

import streamlit as st

from toolkit.settings import Settings

# Exit statuses of a command that did its work; 3: something waits.
DONE = (0, 3)


@st.cache_resource
def _workers() -> dict[tuple[str, str], subprocess.Popen[bytes]]:
    """Handles by home and verb; kept so that a finished one is noticed, and is no zombie."""
    return {}


def start(told: Settings, verb: str, words: Sequence[str]) -> None:
    """Start `tieout VERB WORDS`; what it prints goes to a file of the working folder."""
    with (told.home / f"{verb}.log").open("wb") as log:
        _workers()[str(told.home), verb] = subprocess.Popen(  # noqa: S603 (our own command, its words are checked)
            [sys.executable, "-m", "toolkit.cli", verb, *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(told),
            start_new_session=True,
            close_fds=True,
        )


def running(told: Settings, verb: str) -> bool:
    """Is one under way that this server started?"""
    found = _workers().get((str(told.home), verb))
    return found is not None and found.poll() is None


def refused(told: Settings, verb: str) -> str | None:
    """What the last one said where it refused to begin or broke off."""
    found = _workers().get((str(told.home), verb))
    if found is None or found.poll() in (None, *DONE):
        return None
    said = (told.home / f"{verb}.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return said[-1] if said else f"tieout {verb} ended with status {found.returncode}."


def ask(told: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it printed; for what takes seconds."""
    return subprocess.run(  # noqa: S603 (our own command, its words are checked)
        [sys.executable, "-m", "toolkit.cli", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=_environment(told),
    )


def _environment(told: Settings) -> dict[str, str]:
    return os.environ | {"TIEOUT_HOME": str(told.home.absolute())}
