"""`tieout reverse`: take back a payment that stands in Procore, by a request, an approval, and the right route."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli import WAITS
from toolkit.cli.console import err, out, say_json, table
from toolkit.cli.words import As, Json, Reason, now, settings
from toolkit.procore import ProcoreClient
from toolkit.settings import Settings
from toolkit.warehouse import latest
from toolkit.workflow import reverse
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control
from toolkit.workflow.pack import pack as written
from toolkit.workflow.reversal import Reversal

app = typer.Typer(help="Take back what stands in Procore.", no_args_is_help=True, rich_markup_mode=None)
SyncId = Annotated[str, typer.Argument(help="The sync whose payment is taken back.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List what the ERP voided after it was posted, and every reversal as it stands; 3 where something waits.

    Example: tieout reverse list
    """
    told = settings()
    with Control.open(told) as control:
        void, found = reverse.taken_back(control, told), reverse.reversals(control)
    known = {one.sync_id for one in found}
    unasked = [(sync, said) for sync, said in void if sync.sync_id not in known]
    if as_json:
        say_json(
            {
                "voided": [{"sync_id": sync.sync_id, "reason": said} for sync, said in unasked],
                "reversals": [asdict(one) for one in found],
            }
        )
    else:
        rows = [(sync.sync_id, "not asked for", "", said) for sync, said in unasked]
        rows += [(one.sync_id, one.stands, one.route, f"{one.reason} {one.said}") for one in found]
        _show(rows)
    raise typer.Exit(WAITS if unasked or any(one.open for one in found) else 0)


@app.command()
def ask(sync_id: SyncId, reason: Reason = "", as_user: As = None, as_json: Json = False) -> None:
    """Ask that a posted payment be taken back; nothing is sent.

    Example: tieout reverse ask p1-abc --reason "check 010453 was voided" --as preparer1
    """
    with _open() as (told, control), ProcoreClient(told, gate=control.gate(told.procore.api_url)) as client:
        _said(reverse.ask(control, client, acting(told, as_user), sync_id, now(), reason), as_json=as_json)


@app.command()
def approve(sync_id: SyncId, as_user: As = None, as_json: Json = False) -> None:
    """Let it be taken back; never by whoever asked.

    Example: tieout reverse approve p1-abc --as approver1
    """
    with _open() as (told, control):
        _said(reverse.approve(control, acting(told, as_user), sync_id, now()), as_json=as_json)


@app.command("return")
def return_(sync_id: SyncId, reason: Reason = "", as_user: As = None, as_json: Json = False) -> None:
    """Send the request back with a reason.

    Example: tieout reverse return p1-abc --reason "the void was an error" --as approver1
    """
    with _open() as (told, control):
        _said(reverse.return_(control, acting(told, as_user), sync_id, now(), reason), as_json=as_json)


@app.command("carry-out")
def carry_out(
    sync_id: SyncId,
    live: Annotated[bool, typer.Option("--live", help="In a Procore that is not local.")] = False,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Do what was approved and see that the row is gone; 3 while it still stands.

    Example: tieout reverse carry-out p1-abc --as approver1
    """
    with _open() as (told, control), ProcoreClient(told, gate=control.gate(told.procore.api_url)) as client:
        found = reverse.carry_out(control, told, client, acting(told, as_user), sync_id, live=live)
    _said(found, as_json=as_json)


@app.command()
def pack(
    sync_id: SyncId,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write; it must not be there yet.")],
) -> None:
    """Write the letter and evidence for Procore Support, where only Support can act.

    Example: tieout reverse pack p1-abc -o support-p1-abc
    """
    with _open() as (told, control):
        for path in written(control, told, latest(told), sync_id, output):
            out.print(str(path))


def _show(rows: list[tuple[str, str, str, str]]) -> None:
    if rows:
        table("Reversals", ("Sync", "Stands", "Route", "Why"), rows)
    else:
        out.print("Nothing is to be taken back.")


@contextmanager
def _open() -> Iterator[tuple[Settings, Control]]:
    told = settings()
    with Control.open(told) as control:
        yield told, control


def _said(found: Reversal, *, as_json: bool) -> None:
    if as_json:
        say_json(asdict(found))
    else:
        out.print(f"{found.sync_id}: {found.stands}. {found.said}")
        if found.stands == "support":
            err.print(f"Hand it over with: tieout reverse pack {found.sync_id} -o FOLDER")
    raise typer.Exit(WAITS if found.open else 0)
