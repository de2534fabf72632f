"""What the probe found out about a company's Procore: told to the log, and read back with its age."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from toolkit.settings import Settings
from toolkit.workflow.control import Control
from toolkit.workflow.instants import instant
from toolkit.workflow.policy import Actor

GOOD_FOR = timedelta(days=90)
# Answers by which Procore refuses a reference that is taken.
REFUSES = (409, 422)


@dataclass(frozen=True)
class Probed:
    """The newest probe of this host and company."""

    at: datetime
    facts: Mapping[str, Any]

    def proves_unique(self, now: datetime) -> bool:
        """Did a probe that still counts see a second reference refused, and the first come back unchanged?"""
        kept = self.facts.get("reference") == "kept"
        return kept and self.facts.get("second_status") in REFUSES and now - self.at <= GOOD_FOR


def remember(control: Control, settings: Settings, actor: Actor, facts: Mapping[str, Any], now: datetime) -> None:
    """Tell the log; the event is the record."""
    with control.change(actor, "probe", now) as change:
        change.tell(_about(settings), dict(facts))


def last_probe(control: Control, settings: Settings) -> Probed | None:
    """The newest probe, however old."""
    events = [event for event in control.events(about=_about(settings)) if event["action"] == "probe"]
    return Probed(instant(events[-1]["at"]), json.loads(events[-1]["facts"])) if events else None


def _about(settings: Settings) -> str:
    return f"probe of company {settings.procore.company_id} at {urlsplit(settings.procore.api_url).netloc}"
