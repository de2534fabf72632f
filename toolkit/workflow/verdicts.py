"""What one POST's outcome means: five classes, by what is proved and not by what is likely. Pure.

N: proved that nothing was processed. D: a definite refusal. C: Procore says that it has it already.
O: created, and the answer proves it. A: cannot tell.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from toolkit.procore.replies import refusal
from toolkit.workflow.audit import canonical


class Outcome(Protocol):
    """The part of `toolkit.web.PostOutcome` that is looked at."""

    @property
    def sent(self) -> bool | None: ...
    @property
    def status(self) -> int | None: ...
    @property
    def body(self) -> bytes: ...
    @property
    def detail(self) -> str: ...


Class = tuple[str, str, str | None]
REFUSALS = (400, 403, 404, 406, 422)
# Refusals that speak of permission or company, not of this one payment.
STOP_THE_BATCH = (403, 404)


def classify(outcome: Outcome, expected: dict[str, Any]) -> Class:
    """Class, a sentence, and the created row's id for class O."""
    status = outcome.status or 0
    said = refusal(outcome.body).rstrip(".")
    collision = status == 409 or (status == 422 and _names_our_reference(said))
    if outcome.sent is False:
        found: Class = unsent(outcome.detail.rstrip("."))
    elif outcome.sent is None:
        found = ("A", f"No answer came: {outcome.detail}.", None)
    elif status in (200, 201):
        found = _created(outcome.body, expected)
    elif status in (401, 429):
        found = ("N", f"Procore answered {status} and did not process it.", None)
    elif collision:
        found = ("C", f"Procore answered {status}: {said}.", None)
    elif status in REFUSALS:
        found = ("D", f"Procore refused it ({status}): {said}.", None)
    else:
        found = ("A", f"Procore answered {status}, which does not say whether it was done.", None)
    return found


def unsent(why: str) -> Class:
    """The verdict on what was never sent."""
    return "N", f"Nothing was sent: {why}.", None


def _names_our_reference(said: str) -> bool:
    text = said.lower()
    return "origin" in text or "duplicate" in text or "already" in text


def _created(body: bytes, expected: dict[str, Any]) -> Class:
    try:
        row = json.loads(body, parse_float=str)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not isinstance(row.get("id"), int | str):
        return "A", "Procore said created, but its answer cannot be read.", None
    echoed = row.get("origin_id") == expected["origin_id"] and same_amount(row.get("amount"), expected["amount"])
    if not echoed:
        return "A", f"Procore said created, but row {row['id']} is not what was sent.", None
    return "O", f"Created as issued payment {row['id']}.", str(row["id"])


def same_amount(theirs: object, ours: str) -> bool:
    """Are two decimal texts the same number of cents (`1250.0` and `1250.00`)?"""
    whole, _, part = str(theirs or "").partition(".")
    return f"{whole}.{part.rstrip('0')}" == f"{ours.partition('.')[0]}.{ours.partition('.')[2].rstrip('0')}"


COMPARED = (
    ("date", "date"),
    ("requisition_id", "claim"),
    ("invoice_number", "Invoice #"),
    ("check_number", "check number"),
)


def as_seen(row: dict[str, Any]) -> str:
    """What Procore's row says of what is compared, as JSON, to be kept and accepted."""
    return canonical({name: row.get(name) for name in ("id", "amount", "origin_id", *(name for name, _ in COMPARED))})


def differences(row: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """In words, where Procore's row is not what was approved: amount, date, claim, Invoice #, check number."""
    found = []
    if not same_amount(row.get("amount"), expected["amount"]):
        found.append(f"amount {row.get('amount')} instead of {expected['amount']}")
    for name, word in COMPARED:
        ours, theirs = expected.get(name), row.get(name)
        if ours is not None and str(theirs) != str(ours):
            found.append(f"{word} {theirs} instead of {ours}")
    return found
