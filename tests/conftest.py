"""What every test may count on: a working folder of its own, and a Chromium or a plain word that there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import Server, programs, running
from tests.stores import STORES, Embedded, OnPostgres

# Time never decides a test; what CI tries is the same every time, so that what it finds can be found again.
settings.register_profile(
    "tieout",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("tieout")

ROOT = Path(__file__).parent.parent
# `make test` fetches a browser to here where the machine has none.
OWN_BROWSERS = ROOT / ".venv" / "browsers"


@pytest.fixture(scope="session", autouse=True)
def _no_ones_home(tmp_path_factory: pytest.TempPathFactory):
    """No test reads or writes the home of whoever runs it; one that needs its own sets TIEOUT_HOME."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("TIEOUT_")]:
            patch.delenv(name)
        patch.setenv("TIEOUT_HOME", str(tmp_path_factory.mktemp("nobody") / "home"))
        yield


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    """What a test set in the environment ends with it, in whichever order it and its fixtures undo their own."""
    before = {name: value for name, value in os.environ.items() if name.startswith("TIEOUT_")}
    yield
    for name in [name for name in os.environ if name.startswith("TIEOUT_") and name not in before]:
        del os.environ[name]
    os.environ.update(before)


def _chromium_path() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


@pytest.fixture(scope="module")
def chromium():
    """A real Chromium (playwright's Browser); skipped where there is none, a failure with CI=true.

    One for each file: while playwright is open its event loop runs, and nothing else may start one.
    """
    from playwright.sync_api import Error, sync_playwright

    if OWN_BROWSERS.exists():
        os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(OWN_BROWSERS))
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=_chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
        except Error as error:
            reason = f"no Chromium starts here: {str(error).splitlines()[0]}"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        yield browser
        browser.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A skipped test is said loudly, at the end, where it is read."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section(f"{len(skipped)} TESTS WERE SKIPPED: what they prove was not proved", red=True)
        for report in skipped:
            terminalreporter.write_line(report.nodeid, red=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL of this test process."""
    if programs() is None:
        word = "No PostgreSQL here; `sh .ci/postgres` says how to come by one."
        pytest.fail(word) if os.environ.get("CI") == "true" else pytest.skip(word)
    with running() as server:
        yield server


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Embedded:
    """Where the workflow keeps its state: each test that takes this runs on both databases."""
    if request.param == "sqlite":
        return Embedded()
    return OnPostgres(request.getfixturevalue("postgres"), monkeypatch)
