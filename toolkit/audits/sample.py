"""A sample that anybody can draw again, each item traced from the ERP's row to Procore's."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import polars as pl

from toolkit.audits import approvals
from toolkit.audits.evidence import Evidence

METHOD = "sync ids in alphabetical order; Python's random.Random(seed).sample(ids, size)"
COLUMNS = (
    "sync_id", "source", "erp_row", "payment", "invoice_number", "rule", "submitted_by", "approved_by", "procore_row",
    "amount", "agrees",
)  # fmt: skip
SENT = ("posted", "verified", "drifted")


def population(evidence: Evidence) -> pl.DataFrame:
    """What stands in Procore by Tieout's hand, by id."""
    return approvals.payments(evidence).filter(pl.col("state").is_in(SENT)).sort("sync_id")


def draw(evidence: Evidence, size: int, seed: int) -> pl.DataFrame:
    """`size` of the population by `METHOD` (all of it where it is smaller), traced.

    `source` is file and row, `erp_row` its text, `rule` what matched it, `procore_row` the issued payment
    as Procore's replies show it (null where none does yet), `agrees`: is its amount the approved one.
    """
    every = population(evidence)
    ids = every["sync_id"].to_list()
    chosen = set(random.Random(seed).sample(ids, min(size, len(ids))))  # noqa: S311 (drawn again, not kept secret)
    rows = [_traced(evidence, row) for row in every.filter(pl.col("sync_id").is_in(chosen)).to_dicts()]
    types = {name: pl.Boolean if name == "agrees" else pl.String for name in COLUMNS}
    return pl.DataFrame(rows, schema=types, orient="row")


def _traced(evidence: Evidence, row: dict[str, str]) -> dict[str, object]:
    sync = evidence.syncs[row["sync_id"]]
    key = {name: sync[name] for name in ("erp", "erp_company", "payment_id")}
    part = key | {"application_id": sync["application_id"]}
    view, where = ("applications", part) if sync["application_id"] else ("payments", key)
    found = evidence.snapshot.view(view, where)
    source = found.row(0, named=True) if found.height else None
    match = evidence.snapshot.view("matches", part | {"claim_id": sync["claim_id"]})
    shown = evidence.snapshot.view("issued_payments", {"issued_payment_id": row["issued_payment_id"]})
    return {
        "sync_id": row["sync_id"],
        "source": f"{source['source_file']}, row {source['source_row']}" if source else None,
        "erp_row": erp_row(evidence, source["source_file"], source["source_row"], sync["payment_id"])
        if source
        else None,
        "payment": row["check_number"] or row["payment_id"],
        "invoice_number": row["invoice_number"],
        "rule": match["rule"][0] if match.height else None,
        "submitted_by": row["submitted_by"],
        "approved_by": row["approved_by"],
        "procore_row": row["issued_payment_id"] if shown.height else None,
        "amount": row["amount"],
        "agrees": bool(shown.height and str(shown["amount"][0]) == row["amount"]),
    }


def erp_row(evidence: Evidence, name: str, number: int, payment_id: str) -> str | None:
    """The payment's own text in a kept source file: the line of a table, the object of a reply that has its id."""
    shas = evidence.sources().filter(pl.col("what") == "file", pl.col("name") == name)["sha256"].to_list()
    content = evidence.body(shas[-1]) if shas else None
    # A workbook is an archive and has no lines.
    if content is None or content.startswith(b"PK"):
        return None
    text = content.decode("utf-8-sig", errors="replace")
    if text.lstrip().startswith(("{", "[")):
        return next((json.dumps(found, sort_keys=True) for found in _with_id(json.loads(text), payment_id)), None)
    lines = text.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else None


def _with_id(found: object, payment_id: str) -> Iterator[object]:
    """The objects that have this id among their own values."""
    inside = list(found.values()) if isinstance(found, dict) else found if isinstance(found, list) else []
    if isinstance(found, dict) and payment_id in (str(value) for value in inside if isinstance(value, str | int)):
        yield found
    for value in inside:
        yield from _with_id(value, payment_id)
