"""`tieout publish`: put the runs of this host where other hosts read them, as far as they are not there yet."""

from __future__ import annotations

from toolkit.cli.console import err, out, say_json
from toolkit.cli.words import Json, settings
from toolkit.warehouse import share_all


def command(as_json: Json = False) -> None:
    """Publish in the object store of `[runs] url` what only this host has; each `tieout reconcile` does so by itself.

    Example: tieout publish
    """
    told = settings()
    with err.status("Publishing"):
        runs = share_all(told)
    if as_json:
        say_json({"url": told.runs.url, "runs": runs})
        return
    for run_id in runs:
        out.print(f"Run {run_id}")
    out.print(f"{len(runs)} published to {told.runs.url}.")
