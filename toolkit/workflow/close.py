"""The close step: a month is prepared by one person, reviewed and locked by another, reopened for a reason.

Both sign the same run; what it found is bound by its hash. From then on nothing dated in the month
goes into Procore, and whatever changes there anyway is a named mismatch of every later run.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from toolkit.errors import InputError, NotAllowed, NotFound, WrongState
from toolkit.rules.periods import days
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot, latest, published_runs
from toolkit.workflow import closes, policy
from toolkit.workflow.change import Change
from toolkit.workflow.closes import Close
from toolkit.workflow.control import Control
from toolkit.workflow.instants import stamp
from toolkit.workflow.policy import Actor

# What may still come to stand in Procore, or perhaps does already.
UNDER_WAY = ("submitted", "approved", "sending", "unknown", "needs_review")


def run_of(settings: Settings, period: str, run_id: str | None = None) -> Snapshot:
    """The run that is signed: the one named, else the newest of this month; refused where it does not fit."""
    _, last = days(period)
    asked = [run_id] if run_id else published_runs(settings)
    for name in asked:
        snapshot = latest(settings, name)
        facts = snapshot.facts()
        if facts["period"] == period and facts["as_of"] >= last:
            return snapshot
    if run_id:
        raise InputError(f"Run {run_id} is no run of the whole month {period}.")
    raise NotFound(f"There is no run of {period} yet: `tieout reconcile --period {period} --as-of {last}` makes one.")


def prepare(control: Control, snapshot: Snapshot, actor: Actor, now: datetime) -> Close:
    """The preparer's signature. Only a statement without an unexplained cent may be signed.

    A second signature before the review replaces the first.
    """
    period = str(snapshot.facts()["period"])
    _tied_out(snapshot)
    with control.change(actor, "prepare", now) as change:
        before = closes.newest(change.closes(), period)
        if before and before.state == "closed":
            raise WrongState(f"{period} is closed already, by {before.closed_by}.")
        version = before.version + (before.state == "reopened") if before else 1
        signed = Close(
            period=period,
            version=version,
            run_id=snapshot.run_id,
            content=snapshot.content(),
            prepared_by=change.actor.name,
            prepared_at=stamp(now),
            prepared_for=change.actor.stands_in_for,
        )
        change.write_close(signed)
    return signed


def review(control: Control, settings: Settings, period: str, actor: Actor, now: datetime) -> Close:
    """The reviewer's signature, which locks the month: another person, on the run that was prepared."""
    with control.change(actor, "close", now) as change:
        before = closes.newest(change.closes(), period)
        if before is None or before.state != "prepared":
            stands = f"{period} is {before.state}" if before else f"{period} was not prepared"
            raise WrongState(f"{stands}: a preparer signs first, with `tieout close {period}`.")
        why = policy.not_closing(change.actor, (before.prepared_by, before.prepared_for))
        if why:
            raise NotAllowed(f"{period}: {why}.")
        _as_prepared(settings, before)
        _nothing_under_way(change, period)
        closed = replace(before, closed_by=change.actor.name, closed_at=stamp(now))
        change.write_close(closed)
    return closed


def reopen(control: Control, period: str, actor: Actor, now: datetime, reason: str) -> Close:
    """Open a closed month again; the next signatures make a new version, this one stays."""
    if not reason.strip():
        raise InputError("A closed month is reopened with a reason that the next person can read: --reason TEXT.")
    with control.change(actor, "reopen", now) as change:
        before = closes.newest(change.closes(), period)
        if before is None or before.state != "closed":
            raise WrongState(f"{period} is not closed, so it cannot be reopened.")
        opened = replace(before, reopened_by=change.actor.name, reopened_at=stamp(now), reason=reason)
        change.write_close(opened)
    return opened


def _tied_out(snapshot: Snapshot) -> None:
    """InputError where a cent of the statement is unexplained: there is nothing to sign yet."""
    left = snapshot.view("statement", {"label": "unexplained"})
    for row in left.iter_rows(named=True):
        if row["amount"]:
            raise InputError(
                f"{row['erp_company']}: {row['amount']} {row['currency_code']} of {snapshot.facts()['period']} "
                "is unexplained, so it cannot be signed; `tieout statement` shows it."
            )


def _as_prepared(settings: Settings, before: Close) -> None:
    """WrongState where a newer run of the month found something else than the one that was signed."""
    signed = latest(settings, before.run_id)
    newest = run_of(settings, before.period)
    for found in (signed, newest):
        if found.content() != before.content:
            raise WrongState(
                f"Run {found.run_id} of {before.period} differs from what {before.prepared_by} signed: prepare it anew."
            )


def _nothing_under_way(change: Change, period: str) -> None:
    """WrongState where a payment of the month is on its way into Procore."""
    going = [sync for sync in change.syncs(states=UNDER_WAY) if sync.payment_date.startswith(period) and not sync.final]
    if going:
        named = ", ".join(sync.sync_id for sync in going[:3])
        raise WrongState(
            f"{len(going)} payments of {period} are on their way into Procore ({named}): push and verify them, "
            "or withdraw them, then close."
        )
