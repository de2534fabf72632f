"""The plan step: what a run found becomes syncs that a person may submit; the rest is held with why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from toolkit.errors import InputError
from toolkit.matching.model import Inputs, Scope
from toolkit.rules.picture import draw
from toolkit.rules.preflight import propose, stale
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow import audit, body, policy
from toolkit.workflow.change import Change
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome, Sync
from toolkit.workflow.policy import Actor

# A plan rewrites what nobody has taken further; what is under way it only takes back when it changed.
OURS = ("planned", "held", "cancelled", "rejected", "returned")
UNDER_WAY = ("submitted", "approved")
TABLES = ("payments", "applications", "claims", "commitments", "projects", "vendors", "issued_payments")


def plan(
    control: Control,
    settings: Settings,
    snapshot: Snapshot,
    actor: Actor,
    now: datetime,
    ids: Sequence[str] | None = None,
) -> Outcome:
    """Propose everything that the newest run shows Procore to lack; `ids` restrict it.

    Nothing is sent and nothing approved. A sync whose content changed since goes back to the start.
    """
    policy.demand(actor, "plan")
    _supported(settings)
    facts = snapshot.facts()
    proposals = [row for row in _proposals(settings, snapshot, facts, now) if not ids or row["sync_id"] in ids]
    batch = f"b-{now.astimezone(UTC):%Y%m%d-%H%M%S}"
    wanted = {row["sync_id"] for row in proposals}
    touched: list[Sync] = []
    with control.change(actor, "plan", now) as change:
        known = {sync.sync_id: sync for sync in control.syncs()}
        for row in proposals:
            moved = _one(change, known.get(row["sync_id"]), row | {"batch_id": batch})
            touched += [moved] if moved else []
        for sync_id, sync in sorted(known.items()):
            if sync_id not in wanted and not ids and sync.state in ("planned", "held"):
                change.move(sync, "cancelled", reason="The newest run no longer proposes it.")
        change.tell(batch, {"run_id": snapshot.run_id, "proposed": len(proposals)})
    return Outcome(touched=tuple(touched), others=control.open_syncs())


def _supported(settings: Settings) -> None:
    procore = settings.procore
    if procore.amount_basis not in (None, "cash") or procore.tax_basis not in (None, "as_is"):
        raise InputError(
            'Only amount_basis = "cash" and tax_basis = "as_is" are built; change [procore] in tieout.toml.'
        )


def _proposals(settings: Settings, snapshot: Snapshot, facts: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    inputs = Inputs(**{name: snapshot.table(name) for name in TABLES})
    scope = Scope(as_of=facts["as_of"], period=facts["period"])
    picture = draw(inputs, snapshot.table("matches"), snapshot.table("links"), scope)
    rows = propose(picture, inputs, settings.procore.company_id, settings.procore.native_overrides)
    late = stale(facts["parameters"], settings.procore.freshness_hours, now)
    return [_values(row, snapshot.run_id, facts["parameters"], late) for row in rows.iter_rows(named=True)]


def _values(row: dict[str, Any], run_id: str, parameters: dict[str, Any], late: str | None) -> dict[str, Any]:
    """A proposal as a row of the control database."""
    reasons = [reason for reason in (row["reason"], late) if reason]
    sendable = row["claim_id"] and row["commitment_id"] and row["project_id"]
    text = body.issued_payment(row, row["sync_id"]).decode() if sendable else ""
    ages = {name: parameters.get(name) for name in ("pulled_at", "extracted_at")}
    same = (
        "sync_id erp erp_company payment_id application_id claim_id commitment_id project_id project_number "
        "commitment_number vendor_name invoice_number check_number currency_code amount"
    )
    return {name: row[name] for name in same.split()} | {
        "run_id": run_id,
        "payment_date": str(row["payment_date"]),
        "due_amount": row["due"],
        "body": text,
        "payload_hash": audit.sha256(text),
        "facts": audit.canonical({"warning": row["warning"], **ages}),
        "reason": " ".join(reasons) or None,
    }


def _one(change: Change, known: Sync | None, values: dict[str, Any]) -> Sync | None:
    """Bring one sync in line with its proposal; None where nothing changed."""
    state = "held" if values["reason"] else "planned"
    if known is None:
        return change.add(values | {"state": state, "planned_by": change.actor.name})
    same = known.payload_hash == values["payload_hash"]
    fresh = {"run_id": values["run_id"], "facts": values["facts"]}
    if known.state in UNDER_WAY:
        if same and state == "planned":
            change.move(known, known.state, **fresh)
            return None
        why = values["reason"] or "Its content changed since it was submitted; it must be submitted again."
        return _replaced(change, known, values | {"reason": why}, "held" if values["reason"] else "planned")
    if known.state not in OURS or known.held_by or (known.state == "returned" and same):
        return None
    if known.state == state and same and known.reason == values["reason"]:
        return change.move(known, state, **fresh)
    return _replaced(change, known, values, state)


def _replaced(change: Change, known: Sync, values: dict[str, Any], state: str) -> Sync:
    empty = {
        "submitted_by": None,
        "submitted_at": None,
        "approved_by": None,
        "approved_at": None,
        "approved_hash": None,
        "final": False,
        "planned_by": change.actor.name,
    }
    rest = {name: value for name, value in values.items() if name != "sync_id"}
    return change.move(known, state, **rest, **empty)
