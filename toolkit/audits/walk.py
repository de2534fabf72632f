"""The sample walked from load to close, and a check that came late: what the audits of the checkout look at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from toolkit import reconcile
from toolkit.demo import ANALYST, APPROVER, Sample
from toolkit.matching.model import Scope
from toolkit.settings import Settings
from toolkit.workflow import close
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control

CLOSED, LAST = "2026-09", date(2026, 9, 30)


def walked_sample(home: Path | None = None) -> Path:
    """A home in which September was pushed, verified and closed, after which a check came late."""
    with Sample(home) as sample:
        sample.load()
        sample.pull()
        sample.reconcile()
        sample.plan()
        sample.submit()
        sample.approve()
        sample.push()
        sample.verify()
        sample.pull()
        _close(sample.settings)
        sample.load_late()
        sample.reconcile()
        return sample.home


def _close(settings: Settings) -> None:
    with Control.open(settings) as control:
        reconcile.run(settings, Scope(LAST, CLOSED), datetime.now(UTC), ANALYST, control.known())
        snapshot = close.run_of(settings, CLOSED)
        close.prepare(control, snapshot, acting(settings, ANALYST), datetime.now(UTC))
        close.review(control, settings, CLOSED, acting(settings, APPROVER), datetime.now(UTC))
