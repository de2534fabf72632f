"""The notify step: mail and webhook about what the log says happened, and once a day how things stand.

The log is the outbox: what is newer than the last notice is told, and then a notice says up to where. Where
the program dies in between it is told again. A message names what waits and links to the page where a
signed-in person decides; nothing can be decided by following a link.
"""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from toolkit.errors import InputError, RemoteError, TieoutError
from toolkit.settings import Settings, notify_secret
from toolkit.web import Web
from toolkit.workflow import policy
from toolkit.workflow.control import Control
from toolkit.workflow.instants import instant, stamp
from toolkit.workflow.outcome import Sync, totals
from toolkit.workflow.policy import SERVICE, Actor
from toolkit.workflow.states import WAITING

NOTICES, DIGESTS = "notices", "digests"
# Nobody is told of what happened long before anybody asked to be told.
AT_FIRST = timedelta(hours=1)
SHOWN = 20
SECONDS = 30.0


@dataclass(frozen=True)
class Kind:
    """What is told: the states in the log that start it, those in which it still is so, words, page, and to whom."""

    states: frozenset[str]
    still: frozenset[str]
    words: str
    page: str
    approvers: bool
    submitters: bool


ATTENTION = frozenset({"needs_review", "rejected", "drifted"})
KINDS = (
    Kind(frozenset({"submitted"}), frozenset({"submitted"}), "to be approved", "approve", True, False),
    Kind(frozenset({"returned"}), frozenset({"returned"}), "returned", "approve", False, True),
    Kind(ATTENTION, ATTENTION, "for a person to decide", "push", True, True),
    Kind(frozenset({"posted"}), frozenset({"posted", "verified"}), "posted to Procore", "push", False, True),
)


@dataclass(frozen=True)
class Message:
    """One message; `to` are addresses for mail, a webhook gets every message."""

    subject: str
    text: str
    to: tuple[str, ...]


def tell_new(control: Control, settings: Settings, now: datetime) -> str | None:
    """Tell what is new in the log; None where that went well or nobody is to be told, else why it did not."""
    if not settings.notify.on:
        return None
    lock = FileLock(settings.home / "notify.lock", timeout=0)
    try:
        with lock:
            return _told(control, settings, now)
    except Timeout:
        # Another process is at it and will come to these events, too.
        return None


def _told(control: Control, settings: Settings, now: datetime) -> str | None:
    since = _last(control, NOTICES).get("until")
    if since is None:
        since = _begun(control, now)
    events = control.events(after=since)
    found = messages(events, control.syncs(), settings)
    return _delivered(control, settings, now, found, (NOTICES, {"until": events[-1]["seq"]})) if found else None


def _begun(control: Control, now: datetime) -> int:
    """From which event on people are told, noted before the first attempt, so that a failure does not move it."""
    old = [event["seq"] for event in control.events() if event["at"] < stamp(now - AT_FIRST)]
    since = int(old[-1]) if old else 0
    with control.change(SERVICE, "notify", now) as change:
        change.tell(NOTICES, {"until": since, "messages": 0})
    return since


def tell_digest(control: Control, settings: Settings, now: datetime, *, due: bool = True) -> str | None:
    """Tell how things stand; with `due` only once a day, from `[notify] digest_hour` (UTC) on."""
    if not settings.notify.on:
        return None
    today = now.date().isoformat()
    if due and (now.hour < settings.notify.digest_hour or _last(control, DIGESTS).get("day") == today):
        return None
    return _delivered(control, settings, now, [digest(control.syncs(), settings, now)], (DIGESTS, {"day": today}))


def _last(control: Control, about: str) -> dict[str, Any]:
    events = control.events(about=about)
    facts: dict[str, Any] = json.loads(events[-1]["facts"]) if events else {}
    return facts


def _delivered(
    control: Control, settings: Settings, now: datetime, found: Sequence[Message], record: tuple[str, Mapping[str, Any]]
) -> str | None:
    """Send all, and only then note it: a notice may come twice, but none is lost."""
    try:
        for message in found:
            deliver(message, settings)
    except TieoutError as error:
        return f"Nobody was told: {error} It is tried again with the next step."
    about, facts = record
    with control.change(SERVICE, "notify", now) as change:
        change.tell(about, dict(facts) | {"messages": len(found)})
    return None


def messages(events: Iterable[Mapping[str, Any]], syncs: Iterable[Sync], settings: Settings) -> list[Message]:
    """One message per kind of what the events began and what still is so. Pure."""
    began: dict[str, set[str]] = {}
    for event in events:
        facts = json.loads(event["facts"])
        if facts.get("state") and facts["state"] != facts.get("from"):
            began.setdefault(facts["state"], set()).add(event["object"])
    found = []
    for kind in KINDS:
        named = set().union(*(began.get(state, set()) for state in kind.states))
        mine = [sync for sync in syncs if sync.sync_id in named and sync.state in kind.still]
        found += [_message(kind, mine, settings)] if mine else []
    return found


def _message(kind: Kind, syncs: Sequence[Sync], settings: Settings) -> Message:
    said = f"{totals(syncs)}, {kind.words}"
    lines = [f"{said}.", "", *(_line(sync) for sync in syncs[:SHOWN])]
    lines += [f"and {len(syncs) - SHOWN} more"] if len(syncs) > SHOWN else []
    return Message(f"Tieout: {said}", _linked(lines, kind.page, settings), _who(kind, syncs, settings))


def _line(sync: Sync) -> str:
    words = (sync.check_number or sync.payment_id, sync.vendor_name, sync.invoice_number, sync.shown(), sync.reason)
    return "  ".join(word for word in words if word)


def _linked(lines: list[str], page: str, settings: Settings) -> str:
    """The text with its link: to a page that asks for a sign-in, never to a decision."""
    where = settings.notify.dashboard_url
    return "\n".join([*lines, "", f"{where}/{page}" if where else "Look at it in Tieout."]) + "\n"


def _who(kind: Kind, syncs: Sequence[Sync], settings: Settings) -> tuple[str, ...]:
    """Who submitted hears of what was returned or posted, approvers of what waits for them, `to` of everything."""
    found = set(settings.notify.to)
    for name, user in settings.users.items():
        actor = Actor(name, tuple(user.roles), projects=tuple(user.projects))
        theirs = any(not policy.elsewhere(actor, sync.project_id) for sync in syncs)
        decides = kind.approvers and theirs and "approver" in user.roles
        submitted = kind.submitters and any(sync.submitted_by == name for sync in syncs)
        found |= {user.email} if user.email and (decides or submitted) else set()
    return tuple(sorted(found))


def digest(syncs: Sequence[Sync], settings: Settings, now: datetime) -> Message:
    """How many wait, for how much and since when, state by state."""
    open_ones = [sync for sync in syncs if sync.open]
    lines = [f"How payments stand on {now:%Y-%m-%d}:", ""]
    for state in sorted({sync.state for sync in open_ones}):
        mine = [sync for sync in open_ones if sync.state == state]
        days = (now - min(instant(sync.updated_at) for sync in mine)).days
        lines.append(f"{state.replace('_', ' ')}: {totals(mine)}; the oldest for {days} days")
    lines += [] if open_ones else ["Nothing waits."]
    waits = sum(sync.state in WAITING or sync.state == "submitted" for sync in open_ones)
    people = {user.email for user in settings.users.values() if user.email and "approver" in user.roles}
    to = tuple(sorted(people | set(settings.notify.to)))
    return Message(f"Tieout: {waits} payments wait for a person", _linked(lines, "", settings), to)


def deliver(message: Message, settings: Settings) -> None:
    """By every way that is set; RemoteError names the one that failed."""
    if settings.notify.smtp_host and message.to:
        _mail(message, settings)
    if settings.notify.hooked:
        _hook(message, settings)


def _mail(message: Message, settings: Settings) -> None:
    told = settings.notify
    letter = EmailMessage()
    letter["Subject"], letter["From"] = message.subject, told.sender or message.to[0]
    letter["To"] = ", ".join(message.to)
    letter.set_content(message.text)
    try:
        with _connected(settings)() as server:
            if told.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if told.smtp_user:
                server.login(told.smtp_user, notify_secret(settings, "smtp_password"))
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        host = f"{told.smtp_host}:{told.smtp_port}"
        raise RemoteError(host, f"the mail was not taken ({type(error).__name__}).") from error


def _connected(settings: Settings) -> Callable[[], smtplib.SMTP]:
    host, port = settings.notify.smtp_host or "", settings.notify.smtp_port
    if settings.notify.smtp_security == "tls":
        return lambda: smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
    return lambda: smtplib.SMTP(host, port, timeout=SECONDS)


def _hook(message: Message, settings: Settings) -> None:
    """`{"text": ...}` as JSON, which chat programs understand."""
    parts = urlsplit(notify_secret(settings, "webhook_url"))
    path = parts._replace(scheme="", netloc="").geturl()
    body = json.dumps({"text": f"{message.subject}\n{message.text}"}).encode()
    with Web(f"{parts.scheme}://{parts.netloc}", timeout=SECONDS) as web:
        outcome = web.write_once("POST", path, body, {"Content-Type": "application/json"})
        if outcome.status is None or outcome.status >= 300:
            raise RemoteError(web.host, f"the webhook did not take it ({outcome.detail or outcome.status}).")


def trial(settings: Settings) -> Message:
    """What `tieout notify --test` sends."""
    if not settings.notify.on:
        raise InputError("Nobody is to be told: set smtp_host and to under [notify] in tieout.toml, or a webhook.")
    return Message("Tieout: a test", _linked(["It works."], "", settings), tuple(settings.notify.to))
