"""What a requirement is, and the facts it is put to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

Verdict = Literal["pass", "warn", "block", "not applicable"]
Mode = Literal["native", "push"]
Said = tuple[Verdict, str]
Row = dict[str, Any]
SHOWN = 5
BOTH: tuple[Mode, ...] = ("native", "push")


@dataclass(frozen=True)
class Project:
    """What was read of one project. `refused` holds the sentence where it could not be read."""

    project_id: str
    name: str
    mode: Mode
    override: str | None = None
    refused: str | None = None
    tool: bool | None = None
    access: str | None = None
    commitments: Sequence[Row] = ()
    claims: Sequence[Row] = ()

    def unread(self, code: str) -> str | None:
        """Why a requirement has nothing to be put to here, or None."""
        if self.refused and code != "visible":
            return "The project cannot be read."
        if self.tool is False and code not in ("visible", "tool", "one_writer"):
            return "Without the Commitments tool there is nothing to look at."
        return None


@dataclass(frozen=True)
class Company:
    """What was read of the company and of our own side. `signed_in` holds the sentence where that failed."""

    signed_in: str | None
    now: datetime
    projects: Sequence[Project] = ()
    erps: Sequence[str] = ()
    payments: int = 0
    settled: int = 0
    odd_methods: int = 0
    # The longest check number among the payments, in characters.
    longest_check: int = 0
    locked_through: date | None = None
    run_id: str | None = None
    run_is_old: bool = False
    other_numbers: int = 0
    # Our syncs by state, and the newest probe with its age.
    states: Mapping[str, int] = field(default_factory=dict)
    probe: Mapping[str, Any] | None = None
    probe_days: int = 0
    roles: Sequence[tuple[str, tuple[str, ...]]] = ()
    currency: str | None = None
    without_currency: int = 0
    bases: Sequence[str] = ()
    live_off: bool = False
    push_mode: str = "strict"
    # By an administrator's word, or by a probe that still counts.
    unique_proved: bool = False
    log: str | None = None
    ages: dict[str, datetime] = field(default_factory=dict)
    freshness: timedelta = timedelta(hours=168)


@dataclass(frozen=True)
class Check:
    """One requirement, looked at once. `action` says what to click or type where it does not pass."""

    code: str
    title: str
    project_id: str | None
    verdict: Verdict
    evidence: str
    action: str


@dataclass(frozen=True)
class Requirement:
    """A question to the company or to each project, the modes it belongs to, and how to mend it."""

    code: str
    title: str
    modes: tuple[Mode, ...]
    action: str
    look: Callable[[Any], Said]


def many(number: int, word: str) -> str:
    """`1 invoice`, `2 invoices`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
