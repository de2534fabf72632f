"""Load, pull and reconcile on a schedule, as ERP syncs do. It never approves and never pushes.

A round that fails says why in one sentence and leaves everything as it was; the next one tries again.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from toolkit.erps.base import LoadOptions
from toolkit.errors import TieoutError
from toolkit.load import load_paths
from toolkit.matching.model import Scope
from toolkit.notify import tell_digest, tell_new
from toolkit.pull import pull_procore
from toolkit.reconcile import run
from toolkit.settings import Settings
from toolkit.workflow.control import Control

# The intervals that Procore's ERP integrations offer; `never` leaves only the round on demand.
EVERY: dict[str, timedelta | None] = {
    "1h": timedelta(hours=1),
    "2h": timedelta(hours=2),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "never": None,
}
PREPARED_BY = "schedule"
# A machine that slept meanwhile notices within this time.
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Round:
    """What one round did. `wrong` is the sentence that ended it early; `left_out` names projects.

    `untold` says why nobody could be told of what the log has new.
    """

    started_at: datetime
    files: int = 0
    quarantined: int = 0
    run_id: str | None = None
    left_out: tuple[str, ...] = ()
    wrong: str | None = None
    untold: str | None = None

    @property
    def waits(self) -> bool:
        """Is there something for a person to look at?"""
        return bool(self.wrong or self.quarantined or self.left_out)


def one_round(settings: Settings, folder: Path | None, now: datetime) -> Round:
    """Load what lies in the folder, pull Procore's side, reconcile both as of today."""
    done: dict[str, Any] = {"started_at": now}
    try:
        if folder is not None:
            reports = load_paths([folder], LoadOptions(), settings, now)
            quarantined = sum(report.counts.quarantined for report in reports)
            done |= {"files": len(reports), "quarantined": quarantined}
        with Control.open(settings) as control:
            pulled = pull_procore(settings, now, control.gate(settings.procore.api_url))
            known = control.known()
        done["left_out"] = tuple(f"Project {project}: {why}" for project, why in pulled.skipped)
        done["run_id"] = run(settings, Scope(as_of=now.date()), now, PREPARED_BY, known).run_id
    except TieoutError as error:
        done["wrong"] = str(error)
    return Round(**done, untold=_untold(settings, now))


def _untold(settings: Settings, now: datetime) -> str | None:
    """Tell whoever is to be told, also after a round that failed; why that did not go, or None."""
    if not settings.notify.on:
        return None
    try:
        with Control.open(settings) as control:
            return tell_new(control, settings, now) or tell_digest(control, settings, now)
    except TieoutError as error:
        return str(error)


def keep_on(
    settings: Settings,
    folder: Path | None,
    every: str,
    told: Callable[[Round, datetime | None], None],
    stop: threading.Event,
) -> None:
    """Round after round until `stop` is set; `told` hears what each did and when the next one is due."""
    while not stop.is_set():
        done = one_round(settings, folder, datetime.now(UTC))
        due = next_after(done.started_at, every, datetime.now(UTC))
        _remember(settings, every, done, due)
        told(done, due)
        if due is None:
            return
        while not stop.is_set() and (left := (due - datetime.now(UTC)).total_seconds()) > 0:
            stop.wait(min(left, LONGEST_WAIT))


def next_after(started: datetime, every: str, now: datetime) -> datetime | None:
    """When the next round is due: a whole number of intervals after the last one began; None for never."""
    interval = EVERY[every]
    if interval is None:
        return None
    missed = max((now - started) // interval, 0)
    return started + (missed + 1) * interval


def remembered(settings: Settings) -> dict[str, Any] | None:
    """The last round and when the next is due, as the last `tieout watch` left it."""
    place = settings.home / "watch.json"
    if not place.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return found


def _remember(settings: Settings, every: str, done: Round, due: datetime | None) -> None:
    last = {name: str(value) if isinstance(value, datetime) else value for name, value in asdict(done).items()}
    document = {"every": every, "last": last, "next": str(due) if due else None}
    before = remembered(settings)
    if due is None and before and before["next"] and datetime.fromisoformat(before["next"]) > done.started_at:
        # A round on demand leaves the schedule of another process as it is.
        document |= {"every": before["every"], "next": before["next"]}
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = settings.home / "watch.draft"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False)
    draft.replace(settings.home / "watch.json")
