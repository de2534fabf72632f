"""What `tieout audit` does with a run's evidence: run the audits, pack it, do the run again from a pack."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from toolkit.audits import checks, pack, reperform
from toolkit.audits import run as audits
from toolkit.audits.evidence import Evidence, from_home
from toolkit.cli import WAITS
from toolkit.cli.console import err, out, rows_of, say_json, table, working
from toolkit.cli.words import As, Json, now, settings
from toolkit.settings import Settings
from toolkit.workflow import close
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control

Run = Annotated[str | None, typer.Option("--run", help="Another run than the newest.")]


def run(
    run_id: Run = None,
    period: Annotated[str | None, typer.Option(help="The newest run of this month (YYYY-MM), and its close.")] = None,
    as_json: Json = False,
) -> None:
    """Execute the audit notebooks for a run; they and their pages are kept in TIEOUT_HOME/audits.

    Example: tieout audit run --period 2026-10
    """
    told = settings()
    found = from_home(told, close.run_of(told, period, run_id).run_id if period else run_id)
    with working("Auditing", len(audits.notebooks())) as step:
        pages = audits.run(told.home, found, period, step)
    if as_json:
        say_json({"run_id": found.snapshot.run_id, "pages": [str(page) for page in pages]})
    else:
        for page in pages:
            out.print(f"Wrote {page}.")


def pack_(
    output: Annotated[Path, typer.Option("--output", "-o", help="The archive to write.")],
    run_id: Run = None,
    hashes_only: Annotated[bool, typer.Option("--hashes-only", help="Leave the source files and replies out.")] = False,
    position: Annotated[int | None, typer.Option(help="Up to this event of the log; all of it by default.")] = None,
    size: Annotated[int, typer.Option("--sample", help="How many payments to trace.")] = 25,
    seed: Annotated[int, typer.Option(help="The seed by which they are drawn.")] = 1,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Pack a run's evidence: statement, audits, source files, log and verifier, with an index.

    Example: tieout audit pack -o october.zip --as preparer1
    """
    told = settings()
    actor = acting(told, as_user)
    found = from_home(told, run_id, position)
    asked = pack.Asked(not hashes_only, size, seed)
    with Control.open(told) as control:
        control.demand(actor, "pack")
        pages = _pages(told, found)
        body = pack.make(found, control.signed(found.events), pages, asked)
        pack.write(output, body)
        digest = hashlib.sha256(body).hexdigest()
        with control.change(actor, "pack", now()) as change:
            change.tell(f"run {found.snapshot.run_id}", {"sha256": digest, "position": found.position})
    said = {"pack": str(output), "run_id": found.snapshot.run_id, "position": found.position, "sha256": digest}
    if as_json:
        say_json(said)
    else:
        out.print(f"Wrote {output}: run {found.snapshot.run_id} at event {found.position} of the log.")
        out.print(f"SHA-256 {digest}")


def _pages(told: Settings, found: Evidence) -> dict[str, bytes]:
    with working("Auditing", len(audits.notebooks())) as step:
        return {page.name: page.read_bytes() for page in audits.run(told.home, found, None, step)}


def reperform_(
    pack_file: Annotated[Path, typer.Argument(metavar="PACK", help="An evidence pack.")],
    key: Annotated[str | None, typer.Option(help="The public key that must have signed the log's head.")] = None,
    as_json: Json = False,
) -> None:
    """Do a run again from its pack alone and compare it view by view; 3 where anything differs.

    No network, no Procore, no control database and no working folder of this machine is asked.

    Example: tieout audit reperform october.zip
    """
    with err.status("Doing it again"), pack.unpacked(pack_file, key) as found, reperform.perform(found) as again:
        views = reperform.views(found, again)
        looked = checks.checks(found, again)
    wrong = looked.filter(looked["found"] != checks.WHOLE)
    if as_json:
        say_json({"run_id": found.snapshot.run_id, "views": rows_of(views), "altered": rows_of(wrong)})
    else:
        rows = views.select("view", "rows", "recorded", "now", "again", "same").iter_rows()
        table(
            f"Run {found.snapshot.run_id}, done again",
            ("View", "Rows", "Recorded", "In the pack", "Again", "Same"),
            rows,
        )
        for row in wrong.iter_rows(named=True):
            out.print(f"ALTERED {row['what']}: {row['where']}")
        if wrong.is_empty():
            out.print(f"All {looked.height} checks hold: the same files give the same run.")
    raise typer.Exit(WAITS if wrong.height else 0)
