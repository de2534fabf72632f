"""The probe step: what nobody published about a company's Procore, measured with a few cents that are cleared away.

It posts payments of 0.01 on one commitment, without a claim, so that nothing is marked as paid by
them; it looks at what comes back, how soon lists show it, whether a second equal reference is
refused, and what the lock allows; then it clears the references and deletes the rows. What could not
be deleted is named.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from toolkit.errors import InputError, NotAllowed, RemoteError
from toolkit.procore import ProcoreClient, replies
from toolkit.settings import Settings
from toolkit.web import PostOutcome

# Procore's own sandboxes; every other host that is not this machine is taken for production.
SANDBOXES = ("sandbox.procore.com", "api-monthly.procore.com")
CHECK = "TIEOUT-PROBE"
LOOKS = 20
LONG = (40, 80, 255)

Row = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where the probe writes, and how often it measures the lateness of lists."""

    project_id: str
    commitment_id: str
    samples: int = 3
    gap_seconds: float = 1.0


@dataclass
class Probe:
    """One probe under way: what it found, and the rows that it has to clear away."""

    client: ProcoreClient
    place: Place
    sleep: Callable[[float], None] = time.sleep
    facts: dict[str, Any] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def run(self) -> dict[str, Any]:
        """All of it; whatever happens, what was made is cleared away as far as Procore lets us."""
        self.facts = {"project_id": self.place.project_id, "commitment_id": self.place.commitment_id}
        try:
            reference = f"p1-probe-{secrets.token_hex(6).upper()}"
            first = self._created(self._post(reference), "the first payment")
            self._echo(first, reference)
            self._listed(first, reference)
            self._second(reference)
            self._lengths()
            self._files(first)
            self._lock(first)
        finally:
            self._clear()
        return self.facts

    def _post(self, reference: str, check: str = CHECK) -> PostOutcome:
        fields = {
            "date": date.today().isoformat(),  # noqa: DTZ011 (a payment's date has no zone)
            "amount": "0.01",
            "payment_method": "check",
            "check_number": check,
            "notes": "A probe by Tieout; it is deleted at once.",
            "origin_id": reference,
            "origin_data": json.dumps({"probe": True}),
        }
        where = {"project_id": int(self.place.project_id), "contract_id": int(self.place.commitment_id)}
        outcome = self.client.post_issued_payment(json.dumps(where | {"contract_payment": fields}).encode())
        if outcome.status == 201:
            row = replies.row(replies.parse(outcome.body, "Procore"), "Procore")
            self.made.append(str(row["id"]))
        return outcome

    def _created(self, outcome: PostOutcome, what: str) -> Row:
        if outcome.sent is None:
            said = f"{what} of the probe got no answer ({outcome.detail});"
            raise RemoteError("Procore", said, None, f"look for check number {CHECK} and delete it there.")
        if outcome.status != 201:
            said = replies.refusal(outcome.body) or outcome.detail
            raise RemoteError("Procore", f"{what} of the probe was refused: {said}.", outcome.status)
        return replies.row(replies.parse(outcome.body, "Procore"), "Procore")

    def _echo(self, row: Row, reference: str) -> None:
        """Which fields come back, and whether the reference does unchanged."""
        sent = {"check_number": CHECK, "origin_data": json.dumps({"probe": True}), "amount": "0.01"}
        self.facts["returned"] = sorted(name for name, value in sent.items() if str(row.get(name)) == value)
        self.facts["amount_as"] = row.get("amount")
        self.facts["reference"] = _compared(row, reference)

    def _listed(self, first: Row, reference: str) -> None:
        """How long lists take to show a row: the longest of the samples; and whether lists are whole and in order."""
        delays = [self._delay(str(first["id"]))]
        for _ in range(self.place.samples - 1):
            row = self._created(self._post(f"{reference}-{len(self.made)}"), "a payment")
            delays.append(self._delay(str(row["id"])))
        one, two = (self.client.issued_payments(self.place.project_id, self.place.commitment_id) for _ in range(2))
        seen = [delay for delay in delays if delay is not None]
        self.facts |= {
            "samples": len(delays),
            "listed": len(seen) == len(delays),
            # What an unknown outcome is looked for by.
            "listed_reference": next((_compared(row, reference) for row in two.rows if row["id"] == first["id"]), None),
            "list_delay_seconds": round(max(seen), 2) if seen else None,
            "lists_whole": one.complete and two.complete,
            "order_stable": one.ids == two.ids,
            "others": len(
                [row for row in two.rows if row.get("origin_id") and not str(row["origin_id"]).startswith("p1-")]
            ),
        }

    def _delay(self, identity: str) -> float | None:
        begun = time.monotonic()
        for _ in range(LOOKS):
            if identity in self.client.issued_payments(self.place.project_id, self.place.commitment_id).ids:
                return time.monotonic() - begun
            self.sleep(self.place.gap_seconds)
        return None

    def _second(self, reference: str) -> None:
        """The question on which push_mode "unique" stands."""
        outcome = self._post(reference)
        if outcome.sent is None:
            self._created(outcome, "the second payment")
        self.facts["second_status"] = outcome.status

    def _lengths(self) -> None:
        """The longest check number that is taken and comes back whole."""
        self.facts["longest_check_number"] = len(CHECK)
        for length in LONG:
            outcome = self._post(f"p1-probe-{secrets.token_hex(6).upper()}", CHECK.ljust(length, "X"))
            if outcome.status != 201 or f'"{CHECK.ljust(length, "X")}"'.encode() not in outcome.body:
                return
            self.facts["longest_check_number"] = length

    def _lock(self, row: Row) -> None:
        """What may be done to a row that carries a reference."""
        identity = str(row["id"])
        self.facts["locked_amount_status"] = self._patch(identity, {"amount": "0.02"}).status
        self.facts["payment_number_status"] = self._patch(identity, {"payment_number": 1}).status
        locked = self.client.delete_issued_payment(self.place.project_id, self.place.commitment_id, identity)
        self.facts["locked_delete_status"] = locked.status

    def _files(self, row: Row) -> None:
        """Does a file that is added leave the one before it where it is?"""
        where, names = (self.place.project_id, self.place.commitment_id, str(row["id"])), ("one.txt", "two.txt")
        for name in names:
            self.client.attach(*where, (name, b"A probe by Tieout."))
        shown = [str(one.get("filename")) for one in self.client.issued_payment(*where).get("attachments") or []]
        kept = [name for name in names if name in shown]
        self.facts["attachments"] = ("refused", "replaced", "added")[len(kept)]

    def _patch(self, identity: str, fields: Row) -> PostOutcome:
        where = {"project_id": int(self.place.project_id), "contract_id": int(self.place.commitment_id)}
        return self.client.change_issued_payment(identity, json.dumps(where | {"contract_payment": fields}).encode())

    def _clear(self) -> None:
        left = []
        for identity in self.made:
            cleared = self._patch(identity, {"origin_id": None})
            gone = self.client.delete_issued_payment(self.place.project_id, self.place.commitment_id, identity)
            self.facts |= {"cleared_status": cleared.status, "delete_status": gone.status}
            if gone.status not in (200, 204, 404):
                left.append(identity)
        self.facts["left"] = left


def _compared(row: Row, reference: str) -> str:
    came = row.get("origin_id")
    return "kept" if came == reference else "missing" if came is None else "changed"


def permitted(settings: Settings, *, yes: bool) -> None:
    """NotAllowed on a production host without the word for it."""
    host = urlsplit(settings.procore.api_url).hostname or ""
    if not settings.procore.loopback and host not in SANDBOXES and not yes:
        raise NotAllowed(
            f"The probe writes payments of 0.01 to {host} and deletes them; that is production: "
            "say --yes-write-to-production, with somebody present who can look into Procore."
        )


def place_of(settings: Settings, client: ProcoreClient, project_id: str | None, commitment_id: str | None) -> Place:
    """Where to write: what was named, or on this machine the first commitment with the tab."""
    if project_id and commitment_id:
        return Place(project_id, commitment_id)
    if not settings.procore.loopback:
        raise InputError("Say where the probe may write: --project ID and --commitment ID, best one made for it.")
    for project in [project_id] if project_id else sorted(str(row["id"]) for row in client.projects()):
        for row in client.commitments(project):
            if row.get("allow_payments"):
                return Place(project, str(row["id"]))
    raise InputError("No commitment has its Payments Issued tab enabled, so there is nowhere to probe.")
