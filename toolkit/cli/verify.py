"""`tieout verify`: read back what was pushed and compare."""

from __future__ import annotations

from toolkit.cli.console import err
from toolkit.cli.words import As, Ids, Json, finish, settings
from toolkit.procore import ProcoreClient
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control
from toolkit.workflow.verify import verify


def command(ids: Ids = None, as_user: As = None, as_json: Json = False) -> None:
    """Compare each posted payment with Procore's row: amount, date, claim, Invoice # and check number.

    Example: tieout verify --as approver1
    """
    told = settings()
    with Control.open(told) as control, err.status("Reading back"):
        actor = acting(told, as_user)
        with ProcoreClient(told, gate=control.gate(told.procore.api_url)) as client:
            outcome = verify(control, told, client, actor, ids=ids or ())
    finish(outcome, as_json, "Verified")
