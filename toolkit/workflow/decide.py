"""A person's word on a match: confirm it, or take it apart. It enters the next run before its first pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from toolkit.errors import InputError, NotFound
from toolkit.warehouse import Snapshot
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome
from toolkit.workflow.policy import Actor


@dataclass(frozen=True)
class Word:
    """A person's word on a match. `verdict` is confirm, unmatch, or undo: the word before it is taken back."""

    verdict: str
    payment_id: str
    claim_id: str
    application_id: str | None = None
    erp: str | None = None
    reason: str | None = None


def decide(control: Control, snapshot: Snapshot, actor: Actor, now: datetime, word: Word) -> Outcome:
    """Note a confirm, an unmatch or an undo: a fact that enters the next run before its first pass."""
    control.demand(actor, word.verdict)
    if not snapshot.count("claims", {"claim_id": word.claim_id}):
        raise NotFound(f"The newest run knows no claim {word.claim_id}.")
    key = _key(snapshot, word)
    with control.change(actor, word.verdict, now) as change:
        change.decide(key | {"claim_id": word.claim_id, "verdict": word.verdict, "reason": word.reason})
        if word.verdict != "confirm":
            why = "taken apart" if word.verdict == "unmatch" else "no longer what a person said"
            for sync in change.syncs(states=["planned", "submitted", "approved", "returned"]):
                if key | {"claim_id": word.claim_id} == {name: getattr(sync, name) for name in (*key, "claim_id")}:
                    change.move(sync, "held", reason=f"Its match was {why}.")
    said = f"{word.verdict} noted for payment {word.payment_id}; `tieout reconcile` takes it in."
    return Outcome(others=control.open_syncs(), said=said)


def _key(snapshot: Snapshot, word: Word) -> dict[str, str | None]:
    """The application that is meant: the one named, else the only one, else the payment itself."""
    where = {"payment_id": word.payment_id} | ({"erp": word.erp} if word.erp else {})
    payments = snapshot.view("payments", where)
    if payments.height != 1:
        why = "several ERPs have it; say which with --erp" if payments.height else "the newest run does not know it"
        raise NotFound(f"Payment {word.payment_id}: {why}.")
    key: dict[str, str | None] = payments.select("erp", "erp_company", "payment_id").row(0, named=True)
    found = snapshot.view("applications", key).filter(pl.col("document_type") != "vendor_credit")
    bills = found["application_id"].to_list()
    if word.application_id and word.application_id not in bills:
        raise NotFound(
            f"Payment {word.payment_id} has no application {word.application_id}; it has {', '.join(bills)}."
        )
    if not word.application_id and len(bills) > 1:
        raise InputError(f"Payment {word.payment_id} settles several bills; say --application: {', '.join(bills)}.")
    return key | {"application_id": word.application_id or (bills[0] if bills else None)}
