"""What a run stands on, wherever it lies: a working folder, or an evidence pack unpacked elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from toolkit.errors import NotFound
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot, latest
from toolkit.workflow import audit
from toolkit.workflow.anchors import read_note
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Sync

Event = Mapping[str, Any]
STATIC = (
    "sync_id", "erp", "erp_company", "payment_id", "application_id", "claim_id", "commitment_id", "project_id",
    "vendor_name", "invoice_number", "check_number", "currency_code", "amount", "payment_date",
)  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """A run's snapshot, the folder of its source files (each under its SHA-256), and the log up to an event.

    `log` is what re-performing the log said; `events` are those of the log in their order; `syncs` are the
    payments that they speak of, by id; `told` is what tieout.toml says of `users` (roles) and `limits`.
    """

    snapshot: Snapshot
    files: Path
    events: Sequence[Event]
    log: audit.Verdict
    syncs: Mapping[str, Mapping[str, Any]]
    told: Mapping[str, Any]
    anchors: Sequence[audit.Anchor] = ()

    @property
    def position(self) -> int:
        """The number of the last event."""
        return len(self.events)

    def body(self, sha256: str) -> bytes | None:
        """A source file or reply; None where it is missing or no longer what its hash says."""
        return self.found(sha256)[1]

    def found(self, sha256: str) -> tuple[str, bytes | None]:
        """`whole` with the bytes; `missing` or `replaced` without."""
        path = self.files / sha256
        if not path.is_file():
            return "missing", None
        content = path.read_bytes()
        whole = hashlib.sha256(content).hexdigest() == sha256
        return ("whole", content) if whole else ("replaced", None)

    def sources(self) -> pl.DataFrame:
        """Every source file and reply that the run stood on: what, name, sha256, found, bytes."""
        files = [
            ("file", row["source_file"], row["sha256"]) for row in self.snapshot.stood_on("loads").iter_rows(named=True)
        ]
        for pull in self.snapshot.stood_on("pulls").iter_rows(named=True):
            files += [("reply", place, sha) for place, sha in sorted(json.loads(pull["replies"]).items())]
        rows = []
        for what, name, sha256 in files:
            found, content = self.found(sha256)
            rows.append((what, name, sha256, found, len(content) if content is not None else None))
        types = {"what": pl.String, "name": pl.String, "sha256": pl.String, "found": pl.String, "bytes": pl.Int64}
        return pl.DataFrame(rows, schema=types, orient="row").unique(["what", "name", "sha256"], maintain_order=True)


def from_home(settings: Settings, run_id: str | None = None, position: int | None = None) -> Evidence:
    """The evidence of a run of this working folder, with the log up to `position` (all of it by default)."""
    snapshot = latest(settings, run_id)
    with Control.open(settings) as control:
        events, verdict, syncs = control.events(), control.verdict(), control.syncs()
        anchors = control.anchors()
    if position is not None and not 0 <= position <= len(events):
        raise NotFound(f"The log has {len(events)} events, so it has no position {position}.")
    told = {
        "users": {name: {"roles": list(user.roles)} for name, user in settings.users.items()},
        "limits": settings.limits.model_dump(mode="json"),
    }
    return Evidence(snapshot, settings.files, events[:position], verdict, _static(syncs), told, anchors)


def _static(syncs: Sequence[Sync]) -> dict[str, dict[str, Any]]:
    """What a sync is, without what becomes of it: that the log tells."""
    return {sync.sync_id: {name: getattr(sync, name) for name in STATIC} for sync in syncs}


def from_folder(folder: Path, key: str | None = None) -> Evidence:
    """The evidence of an unpacked pack: nothing else of this machine is asked.

    A pack holds no table of states to compare the log with. AuditBroken where its head is not signed by `key`.
    """
    (snapshot,) = (folder / "run").glob("*.duckdb")
    lines = (folder / "log" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    note = folder / "log" / "head.checkpoint"
    known = [replace(read_note(note, key), place="the pack's signed head")] if note.exists() else []
    syncs = {row["sync_id"]: row for row in _json(folder / "log" / "syncs.json")}
    told = _json(folder / "run" / "settings.json")
    verdict = audit.check(events, known, None)
    return Evidence(Snapshot.open(snapshot), folder / "files", events, verdict, syncs, told, known)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
