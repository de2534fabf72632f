"""`tieout sandbox`: a local Procore to try things against."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli.console import out
from toolkit.sandbox import LocalProcore, sample_data


def command(
    port: Annotated[int, typer.Option(help="Port of the API; sign-in is on the next one. 0: any free ones.")] = 8700,
    seed: Annotated[Path | None, typer.Option(help="Another seed than the sample company.")] = None,
) -> None:
    """Run a Procore company on this machine, in memory, until it is interrupted.

    Example: tieout sandbox --port 8700
    """
    place = seed or sample_data() / "procore" / "company.json"
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with LocalProcore(place, api_port=port, login_port=port + 1 if port else 0) as procore:
        out.print("A local Procore is running; put this into tieout.toml:\n")
        out.print(f'[procore]\napi_url = "{procore.api_url}"\nlogin_url = "{procore.login_url}"')
        out.print(f'company_id = "{procore.company_id}"\nclient_id = "{procore.client_id}"\n')
        out.print(f"and set TIEOUT_PROCORE_CLIENT_SECRET={procore.client_secret}\n\nCtrl-C ends it.")
        stop.wait()
