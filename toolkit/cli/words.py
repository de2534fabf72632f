"""What several verbs share: their options, and how the outcome of a workflow step is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from toolkit.cli import REFUSED
from toolkit.cli.console import err, out, say_json, table
from toolkit.errors import InputError
from toolkit.workflow.outcome import Outcome, Selection

if TYPE_CHECKING:
    from toolkit.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")]
As = Annotated[str | None, typer.Option("--as", help="Who acts; only against a local Procore.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of syncs.")]
Batch = Annotated[str | None, typer.Option(help="Every sync of this batch.")]
All = Annotated[bool, typer.Option("--all", help="Everything that policy permits.")]
Reason = Annotated[str, typer.Option(help="Why; the next person reads it.")]


def settings() -> Settings:
    """Settings of the working folder."""
    from toolkit.settings import load_settings

    return load_settings()


def now() -> datetime:
    """The moment it is, aware, in UTC."""
    return datetime.now(UTC)


def selection(ids: list[str] | None, batch: str | None, everything: bool) -> Selection:
    """Ids, a batch or all: exactly one of the three must be said."""
    if sum((bool(ids), bool(batch), everything)) != 1:
        raise InputError("Say which: ids, --batch ID, or --all.")
    return Selection(tuple(ids or ()), batch, everything)


def finish(outcome: Outcome, as_json: bool, title: str, *, tell: bool = True) -> NoReturn:
    """Print what a step did, tell those who are to be told of it, and end with its exit status."""
    if tell:
        _tell()
    if as_json:
        say_json(outcome.as_json())
        raise typer.Exit(_status(outcome))
    if outcome.said:
        out.print(outcome.said)
    if outcome.dry_run:
        out.print("Dry run: nothing was sent. Say --live to send.")
    _show(outcome, title)
    raise typer.Exit(_status(outcome))


def _tell() -> None:
    told = settings()
    if told.notify.on:
        # Slow to import, and only needed where somebody is to be told.
        from toolkit.notify import tell_new
        from toolkit.workflow.control import Control

        with Control.open(told) as control:
            failed = tell_new(control, told, now())
        if failed:
            err.print(failed)


def _status(outcome: Outcome) -> int:
    # Asked for something of which nothing could be done: that is a refusal, not a wait.
    if outcome.refused and not outcome.touched:
        return REFUSED
    return outcome.exit_status


def _show(outcome: Outcome, title: str) -> None:
    touched = {sync.sync_id for sync in outcome.touched}
    shown = [sync for sync in outcome.syncs if sync.sync_id in touched or sync.reason]
    rows = [
        (
            sync.sync_id,
            sync.check_number or sync.payment_id,
            sync.vendor_name,
            sync.invoice_number,
            sync.shown(),
            sync.state,
            sync.colour or "",
            sync.reason or "",
        )
        for sync in shown
    ]
    columns = ("Sync", "Payment", "Vendor", "Invoice #", "Amount", "State", "Colour", "Reason")
    if rows:
        table(title, columns, rows, right=("Amount",))
    else:
        out.print(f"{title}: nothing to do.")
    for sync_id, why in outcome.refused:
        err.print(f"{sync_id}: {why}")
    for sync_id, seconds in sorted(outcome.retry_after.items()):
        err.print(f"{sync_id}: call again in {seconds:g} seconds.")
