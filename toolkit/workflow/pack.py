"""What is handed over about one payment: the proof of its events, and the pack for Procore Support.

A pack is a folder: a letter that says what is asked and why, the payment on both sides, and the events of
its life with the proof that they lie in the signed log, which is itself not handed over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit.errors import StoreError, WrongState
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow import merkle
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync
from toolkit.workflow.reversal import Reversal, about
from toolkit.workflow.reverse import of

LETTER = """To Procore Support

Please take back one issued payment that we cannot change ourselves.

Company            {company} ({company_id})
Project            {project_number} ({project_id})
Commitment         {commitment_number} ({commitment_id})
Invoice            {invoice_number} (id {claim_id})
Issued payment     {issued_payment_id}, on the commitment's Payments Issued tab
Amount and date    {amount} of {payment_date}, check {check_number}
Origin id          {origin_id}

Why: {reason}

In the ERP: {in_the_erp}.

Asked for by {asked_by} at {asked_at}; approved by {approved_by}.
Beside this letter: payment.json has the payment on both sides, proof.json every event of it with the
proof that it stands in our signed log.
"""
OF_ERP = ("status", "voided_date", "payment_amount", "payment_date", "source_file", "source_row")


def proof(about_what: str, events: list[dict[str, Any]], mine: list[dict[str, Any]], signed: str) -> dict[str, Any]:
    """Events with their paths to the root of a signed checkpoint of all `events`."""
    leaves = [bytes.fromhex(event["hash"]) for event in events]
    proofs = [
        {"event": event, "path": [step.hex() for step in merkle.prove(leaves, event["seq"] - 1)]} for event in mine
    ]
    return {"object": about_what, "checkpoint": signed, "events": proofs}


def pack(control: Control, settings: Settings, snapshot: Snapshot, sync_id: str, folder: Path) -> list[Path]:
    """Write the pack of an approved reversal into a new folder; returns its files.

    WrongState where nobody approved it, StoreError where the folder is there already.
    """
    sync, asked = control.sync(sync_id), of(control, sync_id)
    if asked is None or asked.approved_by is None:
        raise WrongState(f"{sync_id}: its reversal was not approved, so there is nothing to hand over yet.")
    if folder.exists():
        raise StoreError(f"{folder} is there already; name a new folder.")
    erp = _in_the_erp(snapshot, sync)
    events = control.events()
    mine = [event for event in events if event["object"] in (sync_id, about(sync_id))]
    documents: dict[str, Any] = {
        "payment.json": {"approved": json.loads(sync.body), "procore": json.loads(asked.row), "erp": erp},
        "proof.json": proof(sync_id, events, mine, control.checkpoint()[0]),
    }
    folder.mkdir(parents=True)
    (folder / "letter.txt").write_text(_letter(settings, sync, asked, erp), encoding="utf-8")
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    return [folder / "letter.txt", *(folder / name for name in documents)]


def _letter(settings: Settings, sync: Sync, asked: Reversal, erp: Sequence[dict[str, Any]]) -> str:
    said = [f"{row['status']}, {row['source_file']} row {row['source_row']}" for row in erp]
    facts = vars(sync) | vars(asked) | json.loads(asked.row) | {"amount": sync.shown()}
    facts |= {"company": settings.company.name, "company_id": settings.procore.company_id}
    facts |= {"in_the_erp": "; ".join(said) or "the newest run does not know this payment"}
    return LETTER.format(**{name: "(none)" if value in (None, "") else value for name, value in facts.items()})


def _in_the_erp(snapshot: Snapshot, sync: Sync) -> list[dict[str, Any]]:
    key = {name: getattr(sync, name) for name in ("erp", "erp_company", "payment_id")}
    rows = snapshot.view("payments", key).select(OF_ERP).to_dicts()
    return [{name: None if value is None else str(value) for name, value in row.items()} for row in rows]
