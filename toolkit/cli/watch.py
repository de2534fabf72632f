"""`tieout watch`: load, pull and reconcile on a schedule; it never approves."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from toolkit import watch
from toolkit.cli import WAITS
from toolkit.cli.console import err, out, say_json
from toolkit.cli.words import As, Json, settings
from toolkit.errors import InputError
from toolkit.workflow.actors import starting


def command(
    every: Annotated[
        str | None, typer.Option(help="1h, 2h, 4h, 1d, or never: one round now and no more; by default [watch] every.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the ERP's exports arrive; by default [watch] folder.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="One round now, whatever the schedule.")] = False,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Load what lies in a folder, pull Procore and reconcile, again and again; never approve, never push.

    Example: tieout watch --every 4h --folder exports
    """
    told = settings()
    every, folder = every or told.watch.every, folder or told.watch.folder
    if every not in watch.EVERY:
        raise InputError(f"--every {every}: known are {', '.join(watch.EVERY)}.")
    if as_json and not (once or every == "never"):
        raise InputError("--json prints one document, so it goes with --once.")
    if folder is not None and not folder.is_dir():
        raise InputError(f"--folder {folder}: there is no such folder.")
    starting(told, "pull", as_user)
    waits: list[bool] = []
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())

    def tell(done: watch.Round, due: datetime | None) -> None:
        waits.append(done.waits)
        if as_json:
            say_json(asdict(done) | {"next": due})
        else:
            _show(done, due)

    before = watch.remembered(told)
    if before and not as_json:
        out.print(f"The last round began {before['last']['started_at'][:16]} UTC.")
    watch.keep_on(told, folder, "never" if once else every, tell, stop)
    raise typer.Exit(WAITS if waits and waits[-1] else 0)


def _show(done: watch.Round, due: datetime | None) -> None:
    out.print(f"{done.started_at:%Y-%m-%d %H:%M} UTC: {done.files} files, run {done.run_id or 'none'}.")
    for line in (*done.left_out, *filter(None, (done.wrong, done.untold))):
        err.print(line)
    if done.quarantined:
        err.print(f"{done.quarantined} rows wait in quarantine.")
    out.print(f"Next round: {due:%Y-%m-%d %H:%M} UTC." if due else "No further round is planned.")
