"""The dashboard on stage: sample data walked to a state and served by a process of its own.

`python -m tests.dashboard.stage HOME PORT STATE [PUBLIC_URL]` is that process; `Stage` starts and ends it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from toolkit.cli.serve import BASE, serve
from toolkit.demo import USERS, Sample

PASSWORDS = {name: f"{name}-demo" for name in USERS}
STATES = ("empty", "loaded", "planned", "submitted", "approved", "pushed")


def walk_on(sample: Sample, state: str) -> None:
    """From the state before to `state`, by the same steps that people take."""
    if state == "loaded":
        sample.load()
        sample.pull()
        sample.reconcile()
    elif state == "pushed":
        sample.push()
        sample.verify()
        sample.pull()
        sample.reconcile()
    elif state != "empty":
        {"planned": sample.plan, "submitted": sample.submit, "approved": sample.approve}[state]()


class Stage:
    """A served sample home, for as long as the `with` block; `public_url` where a proxy stands before it."""

    def __init__(self, home: Path, state: str, public_url: str | None = None) -> None:
        self.home, self.state, self._public_url = home, state, public_url
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/{BASE}"

    def __enter__(self) -> Self:
        words = [sys.executable, "-m", "tests.dashboard.stage", str(self.home), str(self.port), self.state]
        words += [self._public_url] if self._public_url else []
        log = self.home.with_suffix(".log")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as file:
            self._process = subprocess.Popen(words, stdout=file, stderr=file)  # noqa: S603 (our own module)
        self.pid = self._process.pid
        deadline = time.monotonic() + 300
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError(log.read_text(encoding="utf-8"))
            time.sleep(0.1)
        return self

    def _healthy(self) -> bool:
        try:
            with urlopen(f"{self.url}/_stcore/health", timeout=2) as reply:  # noqa: S310 (our own address)
                return bool(reply.status == 200)
        except (URLError, ConnectionError, TimeoutError):
            return False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main(home: str, port: str, state: str, public_url: str | None = None) -> None:
    for name in [name for name in os.environ if name.startswith("TIEOUT_")]:
        del os.environ[name]
    with Sample(Path(home)) as sample:
        for passed in STATES[: STATES.index(state) + 1]:
            walk_on(sample, passed)
        if public_url:
            with (sample.home / "tieout.toml").open("a", encoding="utf-8") as file:
                file.write(f'[signin]\npublic_url = "{public_url}"\n')
        serve(sample.settings, int(port), PASSWORDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
