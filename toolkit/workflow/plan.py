"""The plan step: what a run found becomes syncs that a person may submit; the rest is held with why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from toolkit.errors import InputError, NotFound
from toolkit.matching.model import Inputs
from toolkit.rules.picture import draw
from toolkit.rules.policy import Policy
from toolkit.rules.preflight import propose, stale
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow import audit, body, closes, policy
from toolkit.workflow.before import not_ours
from toolkit.workflow.change import Change
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import NOT_SUBMITTED, TABLES, Outcome, Sync, totals
from toolkit.workflow.policy import Actor
from toolkit.workflow.reversal import IN_PROCORE
from toolkit.workflow.source import Source, void

# A plan rewrites what nobody has taken further; what is under way it only takes back when it changed.
OURS = ("planned", "held", "cancelled", "rejected", "returned")
# What a person (or Procore) ended stays ended for the run on which it was decided.
ENDED = ("cancelled", "returned")
UNDER_WAY = ("submitted", "approved")


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
    actor = control.demand(actor, "plan")
    _supported(settings)
    proposals = _proposals(settings, snapshot, now, control.closes())
    _known(ids or (), proposals)
    mine = [row for row in proposals if not policy.elsewhere(actor, row["project_id"])]
    chosen = [row for row in mine if not ids or row["sync_id"] in ids]
    batch = f"b-{now.astimezone(UTC):%Y%m%d-%H%M%S}"
    touched: list[Sync] = []
    with control.change(actor, "plan", now) as change:
        known = {sync.sync_id: sync for sync in change.syncs()}
        for row in chosen:
            moved = _one(change, known.get(row["sync_id"]), row | {"batch_id": batch})
            touched += [moved] if moved else []
        if not ids:
            wanted = {row["sync_id"] for row in proposals}
            left = [sync for key, sync in known.items() if key not in wanted]
            left = [sync for sync in left if not policy.elsewhere(actor, sync.project_id)]
            touched += [moved for sync in left if (moved := _no_longer(change, sync, snapshot.run_id))]
        change.tell(batch, {"run_id": snapshot.run_id, "proposed": len(chosen)})
    return Outcome(touched=tuple(touched), others=control.open_syncs(), said=_taken_back(snapshot, known.values()))


def _taken_back(snapshot: Snapshot, known: Iterable[Sync]) -> str:
    """What stands in Procore although the ERP took it back is not for a plan to undo, but for it to name."""
    source = Source(snapshot.table("payments"), snapshot.table("applications"))
    found = [sync for sync in known if sync.state in IN_PROCORE and void(source, sync)]
    return f"Taken back in the ERP but still in Procore: {totals(found)}; see `tieout reverse list`." if found else ""


def _known(ids: Sequence[str], proposals: list[dict[str, Any]]) -> None:
    missing = sorted(set(ids) - {row["sync_id"] for row in proposals})
    if missing:
        raise NotFound(
            f"The newest run proposes no {', '.join(missing)}; `tieout plan` without ids shows what it does."
        )


def _no_longer(change: Change, sync: Sync, run_id: str) -> Sync | None:
    """Take back what the run does not propose any more: it was voided, or Procore shows it by now."""
    reason = "The newest run no longer proposes it: `tieout explain` of its payment says why."
    if sync.held_by:
        return None
    if sync.state in UNDER_WAY:
        return change.move(sync, "held", reason=reason, run_id=run_id, **NOT_SUBMITTED)
    if sync.state in ("planned", "held") or (sync.state == "returned" and not sync.final):
        return change.move(sync, "cancelled", reason=reason) if sync.run_id != run_id else None
    return None


def _supported(settings: Settings) -> None:
    procore = settings.procore
    if procore.amount_basis == "gross":
        raise InputError(
            'amount_basis = "gross" is not built: say "cash" or "claim_net" under [procore] in tieout.toml.'
        )


def _proposals(
    settings: Settings, snapshot: Snapshot, now: datetime, signed: Sequence[closes.Close]
) -> list[dict[str, Any]]:
    facts = snapshot.facts()
    inputs = Inputs(**{name: snapshot.table(name) for name in TABLES})
    picture = draw(inputs, snapshot.table("matches"), snapshot.table("links"), snapshot.scope(), Policy.of(settings))
    rows = propose(picture, inputs, settings.procore.company_id, settings.procore.native_overrides)
    source = Source(inputs.payments, inputs.applications)
    late = stale(facts["parameters"], settings.procore.freshness_hours, now)
    found = []
    for row in rows.iter_rows(named=True):
        told = source.facts((row["erp"], row["erp_company"], row["payment_id"]), row["application_id"])
        shut = closes.why_not(signed, str(row["payment_date"]), settings.policy.locked_through)
        reasons = (row["reason"], not_ours(settings, row["project_id"]), late, shut)
        known = {"warning": row["warning"], "source": told} | _ages(facts["parameters"])
        if row["paid_amount"] != row["amount"]:
            known["paid_amount"] = row["paid_amount"]
        found.append(_values(row, snapshot.run_id, audit.canonical(known), " ".join(filter(None, reasons))))
    return found


def _ages(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: parameters.get(name) for name in ("pulled_at", "extracted_at")}


def _values(row: dict[str, Any], run_id: str, facts: str, reason: str) -> dict[str, Any]:
    """A proposal as a row of the control database."""
    sendable = row["claim_id"] and row["commitment_id"] and row["project_id"]
    text = body.issued_payment(row, row["sync_id"]).decode() if sendable else ""
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
        "facts": facts,
        "reason": reason or None,
    }


def _one(change: Change, known: Sync | None, values: dict[str, Any]) -> Sync | None:
    """Bring one sync in line with its proposal; None where nothing changed."""
    state = "held" if values["reason"] else "planned"
    if known is None:
        return change.add(values | {"state": state, "planned_by": change.actor.name})
    same = known.payload_hash == values["payload_hash"]
    if known.state in UNDER_WAY and same and state == "planned":
        return _confirmed(change, known, values)
    if known.state in UNDER_WAY:
        why = values["reason"] or "Its content changed since it was submitted; it must be submitted again."
        return _replaced(change, known, values | {"reason": why}, state)
    if known.state not in OURS or known.held_by or _ended(known, values, same=same):
        return None
    if known.state == state and same and (known.reason == values["reason"] or state == "planned"):
        return _confirmed(change, known, values)
    again = known.state == "rejected" and state == "planned"
    return _replaced(
        change, known, values | {"reason": f"To be approved anew. {known.reason}"} if again else values, state
    )


def _ended(known: Sync, values: dict[str, Any], *, same: bool) -> bool:
    """Did a person end it, on this very run and with this very content?"""
    if known.state == "returned" and not known.final:
        return same and not values["reason"]
    return known.state in ENDED and same and known.run_id == values["run_id"]


def _confirmed(change: Change, known: Sync, values: dict[str, Any]) -> Sync | None:
    """The run says what was said before: keep it, on the newer run and its ages."""
    fresh = {"run_id": values["run_id"], "facts": values["facts"]}
    if all(getattr(known, name) == value for name, value in fresh.items()):
        return None
    return change.move(known, known.state, **fresh)


def _replaced(change: Change, known: Sync, values: dict[str, Any], state: str) -> Sync:
    rest = {name: value for name, value in values.items() if name != "sync_id"}
    return change.move(known, state, **rest, **NOT_SUBMITTED, final=False, planned_by=change.actor.name)
