"""Towards which Procore a working folder writes: one for good, and another host than loopback only when told so."""

from __future__ import annotations

from urllib.parse import urlsplit

from toolkit.errors import NotAllowed
from toolkit.settings import Settings
from toolkit.workflow.change import Change


def host_of(settings: Settings) -> str:
    """The host as the log names it; every loopback address is the same local Procore."""
    return "loopback" if settings.procore.loopback else urlsplit(settings.procore.api_url).netloc


def bind(change: Change, settings: Settings, *, sends: bool = True) -> None:
    """From the first write on only this company of this host is written to; StoreError where another was."""
    change.bind(host_of(settings), settings.procore.company_id, sends=sends)


def demand_live(settings: Settings, what: str, *, live: bool) -> None:
    """NotAllowed on another host than loopback, unless it is said and switched on."""
    if not settings.procore.loopback and not (live and settings.procore.push_enabled):
        raise NotAllowed(f"{what} needs --live, and push_enabled = true under [procore] in tieout.toml.")
