"""The push step: what was approved leaves once, with the intent on disk before a byte leaves.

The protocol: one sender; whatever an earlier process left in `sending` is unknown and is settled by
reading Procore; each commitment is read again right before its payments; then per payment an attempt
is committed, the approved bytes are sent once, and what came of it is committed. See
docs/decisions/0006-push.md for the invariants and what cannot be guaranteed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from toolkit.errors import NotAllowed, NotFound, StoreError
from toolkit.settings import Settings
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome
from toolkit.workflow.policy import Actor
from toolkit.workflow.probed import last_probe
from toolkit.workflow.sender import Clock, Procore
from toolkit.workflow.sending import Progress, Sending, chosen

REAL_TIME = Clock()


def push(
    control: Control,
    settings: Settings,
    client: Procore,
    actor: Actor,
    *,
    ids: Sequence[str] = (),
    live: bool = False,
    wait: bool = False,
    progress: Progress = lambda _: None,
    clock: Clock = REAL_TIME,
) -> Outcome:
    """Send every approved sync (or those of `ids`) and settle every unknown one.

    Against another host than loopback it is a dry run unless `live`. Raises NotAllowed where settings
    forbid a live push, RemoteError where Procore was away before anything was attempted, StoreError
    where the control database is not to be trusted.
    """
    known = {sync.sync_id: sync for sync in control.syncs()}
    missing = sorted(set(ids) - set(known))
    if missing:
        raise NotFound(f"There is no sync {', '.join(missing)}; `tieout status --all` lists them.")
    actor = control.demand(actor, "push")
    if not settings.procore.loopback and not live:
        return Outcome(chosen(known.values(), ids, "approved"), control.open_syncs(), dry_run=True)
    _permitted(control, settings, clock)
    with control.only_sender():
        verdict = control.verdict()
        if verdict.status:
            raise StoreError(f"{verdict.sentence} Nothing is pushed until `tieout audit verify` is clean.")
        sending = Sending(control, settings, client, actor, clock, progress)
        sending.begin()
        sending.recover()
        sending.settle_unknown(ids, wait=wait)
        sending.send(ids, wait=wait)
        return replace(sending.outcome(ids), said=_signed(control) if sending.attempted else "")


def _signed(control: Control) -> str:
    """Each push ends with a signed checkpoint of the log; what stops that is said, for the payments are gone."""
    try:
        control.checkpoint()
    except StoreError as error:
        return f"The log was not anchored: {error}"
    return ""


def _permitted(control: Control, settings: Settings, clock: Clock) -> None:
    procore = settings.procore
    if procore.push_mode == "unique" and not (procore.unique_proved or _probed(control, settings, clock)):
        raise NotAllowed(
            'push_mode = "unique" needs a probe that proved Procore to refuse a second origin_id, '
            "not longer ago than 90 days (`tieout doctor --probe`), "
            "or an administrator's unique_proved = true under [procore] in tieout.toml."
        )
    if procore.loopback:
        return
    missing = [name for name in ("amount_basis", "tax_basis") if getattr(procore, name) is None]
    if not procore.push_enabled:
        raise NotAllowed("A live push needs push_enabled = true under [procore] in tieout.toml.")
    if missing:
        raise NotAllowed(f"A live push needs {' and '.join(missing)} under [procore] in tieout.toml.")


def _probed(control: Control, settings: Settings, clock: Clock) -> bool:
    probe = last_probe(control, settings)
    return probe is not None and probe.proves_unique(clock.now())
