"""Settings that an administrator changes on a page: written into tieout.toml, each change an event.

Hosts, secrets and what lets a push reach a real Procore are changed by hand only. A change by hand
leaves no event; `by_hand` tells that there was one since.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from toolkit import money
from toolkit.errors import InputError, NotAllowed, SettingsError, WrongState
from toolkit.settings import Settings, load_settings
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor

ACTION = "configure"
CHANGEABLE: Mapping[str, tuple[str, ...]] = {
    "limits": ("confirm_total_above", "second_approver_above", "day_cap", "vendor_day_cap"),
    "tolerances": ("rounding",),
    "policy": ("short_pay_days", "locked_through"),
    "procore": ("approval_hours", "freshness_hours"),
    "watch": ("every", "folder"),
    "company": ("terms",),
}
# What may be changed of a person.
OF_A_PERSON = ("roles", "projects", "oidc_subject", "stands_in_for", "stands_in_from", "stands_in_until")


@dataclass(frozen=True)
class Becomes:
    """One key: what the person saw and what it becomes; None is: not set."""

    section: str
    key: str
    was: Any
    value: Any

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"


def configure(control: Control, actor: Actor, now: datetime, home: Path, changes: list[Becomes]) -> int:
    """Write changes into the working folder's tieout.toml, all or none; returns how many keys changed.

    NotAllowed for whoever is no administrator, WrongState where a key is no longer what was seen,
    InputError or SettingsError where the result could not be read back.
    """
    wanted = [change for change in changes if change.was != change.value]
    for change in wanted:
        _changeable(change)
    path = home / "tieout.toml"
    with control.change(actor, ACTION, now) as opened:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = _written(before, wanted, path)
        digest = hashlib.sha256(after.encode()).hexdigest()
        _check(after, home)
        for change in wanted:
            facts = {"key": change.name, "was": _plain(change.was), "is": _plain(change.value), "sha256": digest}
            opened.tell("settings", facts)
        # Last, so that a file that cannot be written undoes the events.
        if wanted:
            _replace(path, after)
    return len(wanted)


def by_hand(control: Control, home: Path) -> bool:
    """Was tieout.toml changed since the last event that told of a change? False where there was none."""
    found = [event for event in control.events(about="settings") if event["action"] == ACTION]
    path = home / "tieout.toml"
    if not found or not path.exists():
        return False
    return f'"sha256":"{hashlib.sha256(path.read_bytes()).hexdigest()}"' not in found[-1]["facts"]


def _changeable(change: Becomes) -> None:
    section, _, person = change.section.partition(".")
    known = OF_A_PERSON if section == "users" and person else CHANGEABLE.get(change.section, ())
    if change.key not in known:
        raise NotAllowed(f"{change.name} is changed in tieout.toml by hand, not here.")
    if change.section == "limits" and change.value is not None:
        try:
            money.to_minor(str(change.value), None)
        except ValueError as error:
            raise InputError(f"{change.name}: {change.value} is no amount; write 250000.00.") from error


def _written(before: str, changes: list[Becomes], path: Path) -> str:
    """The file's text with the changes; everything else, comments included, stays."""
    try:
        document = tomlkit.parse(before)
    except TOMLKitError as error:
        raise SettingsError(f"{path.name}: not valid TOML: {error}.") from error
    for change in changes:
        table: Any = document
        for part in change.section.split("."):
            if part not in table:
                table[part] = tomlkit.table(is_super_table=part == "users")
            table = table[part]
        now = table.unwrap().get(change.key)
        if change.key in table and _plain(now) != _plain(change.was):
            raise WrongState(f"{change.name} is {now} meanwhile, no longer {change.was}: look again.")
        if change.value is None:
            table.pop(change.key, None)
        else:
            table[change.key] = _toml(change.value)
    return tomlkit.dumps(document)


def _toml(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _plain(value: Any) -> Any:
    """As the log can hold it."""
    return str(value) if isinstance(value, date | Path) else value


def _check(text: str, home: Path) -> None:
    """Would the file be read, and would there still be an administrator?"""
    with tempfile.TemporaryDirectory(dir=home, prefix=".settings-") as folder:
        draft = Path(folder) / "tieout.toml"
        draft.write_text(text, encoding="utf-8")
        found: Settings = load_settings(Path(folder))
    if found.users and not any("admin" in user.roles for user in found.users.values()):
        raise NotAllowed("Somebody must remain administrator: nobody else could change this again.")


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).chmod(mode)
    Path(draft.name).replace(path)
