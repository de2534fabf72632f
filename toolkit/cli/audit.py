"""`tieout audit`: check the log, sign it, prove one sync, hand it to an auditor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli import evidence
from toolkit.cli.console import err, out, say_json, table
from toolkit.cli.words import Json, settings
from toolkit.errors import NotFound
from toolkit.workflow import anchors, checkpoint
from toolkit.workflow.control import Control
from toolkit.workflow.pack import proof

app = typer.Typer(help="The log of every change.", no_args_is_help=True, rich_markup_mode=None)
app.command("run")(evidence.run)
app.command("pack")(evidence.pack_)
app.command("reperform")(evidence.reperform_)
VERIFIER = Path(checkpoint.__file__).with_name("standalone.py")


@app.command()
def verify(
    anchor: Annotated[list[Path] | None, typer.Option(help="A head or checkpoint that was kept elsewhere.")] = None,
    key: Annotated[str | None, typer.Option(help="The public key that must have signed it.")] = None,
    as_json: Json = False,
) -> None:
    """Re-perform the hash chain, every anchor and every sync's state.

    Ends 0 whole, 3 broken, 4 older than its anchor, 5 state differs from the log.

    Example: tieout audit verify --anchor /mnt/auditor/tieout-3f2a9c81d0e4.head
    """
    with Control.open(settings()) as control:
        handed = [anchors.read_any(path, key) for path in anchor or ()]
        verdict = control.verdict(handed)
        outside = [] if verdict.status else [*control.outside_anchors(), *handed]
    newest = max((found.seq for found in outside), default=0)
    if as_json:
        say_json(vars(verdict) | {"outside_anchors": len(outside), "anchored_outside": newest})
    else:
        out.print(verdict.sentence)
        if not verdict.status:
            out.print(_exposure(verdict.events, newest, len(outside)))
    raise typer.Exit(verdict.status)


def _exposure(events: int, newest: int, anchors_outside: int) -> str:
    if not anchors_outside:
        return (
            "No anchor lies outside this folder, so whoever rules this machine could rewrite all of it; "
            "set anchor_folder under [audit] in tieout.toml."
        )
    if newest == events:
        return "The newest event is anchored outside this folder."
    return f"Events {newest + 1} to {events} came after the newest anchor outside this folder."


@app.command("checkpoint")
def checkpoint_(as_json: Json = False) -> None:
    """Sign what the log is now (Ed25519, Merkle root) and put it where anchors go.

    Example: tieout audit checkpoint
    """
    with Control.open(settings()) as control:
        signed, paths = control.checkpoint()
        public = control.public_key()
    if as_json:
        say_json({"checkpoint": signed, "files": [str(path) for path in paths], "public_key": public})
        return
    out.print(signed)
    for path in paths:
        err.print(f"Kept in {path}.")
    err.print(f"Public key: {public}")


@app.command()
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write, one event per line.")],
) -> None:
    """Write every event as a line of JSON, and beside it a signed checkpoint and a script that checks both.

    Example: tieout audit export -o events.jsonl
    """
    with Control.open(settings()) as control:
        events = control.events()
        signed, _ = control.checkpoint()
        public = control.public_key()
    note, script = output.with_suffix(".checkpoint"), output.with_name("verify_log.py")
    output.write_text("".join(json.dumps(event, sort_keys=True) + "\n" for event in events), encoding="utf-8")
    note.write_text(signed, encoding="utf-8")
    script.write_text(VERIFIER.read_text(encoding="utf-8"), encoding="utf-8")
    out.print(f"{len(events)} events in {output}. An auditor checks them with nothing but Python:")
    out.print(f"python {script.name} {output.name} {note.name} --key {public}")


@app.command()
def prove(
    sync_id: Annotated[str, typer.Argument(help="The sync to prove.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the proof as a file.")] = None,
    as_json: Json = False,
) -> None:
    """Show every event of one sync, and prove that they lie in the signed log, without handing it over.

    Example: tieout audit prove p1-abc -o proof.json
    """
    with Control.open(settings()) as control:
        verdict, events = control.verdict(), control.events()
        mine = [event for event in events if event["object"] == sync_id]
        if not mine:
            raise NotFound(f"The log has nothing about {sync_id}.")
        document = proof(sync_id, events, mine, control.checkpoint()[0])
    if output:
        output.write_text(json.dumps(document, indent=1), encoding="utf-8")
    if as_json:
        say_json({"verdict": vars(verdict)} | document)
        raise typer.Exit(verdict.status)
    rows = [
        (e["seq"], e["at"], e["actor"], e["action"], json.loads(e["facts"]).get("state"), e["hash"][:12]) for e in mine
    ]
    table(sync_id, ("Event", "At", "By", "Action", "State", "Hash"), rows)
    out.print(verdict.sentence)
    raise typer.Exit(verdict.status)
