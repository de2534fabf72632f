"""The log as an auditor reads it: counted, anchored, one payment proved, which run a month was signed on."""

from __future__ import annotations

import json

import polars as pl

from toolkit.audits.evidence import Evidence
from toolkit.errors import NotFound
from toolkit.workflow import merkle


def counted(evidence: Evidence) -> pl.DataFrame:
    """How often each person did what."""
    rows = [(event["actor"], event["action"]) for event in evidence.events]
    frame = pl.DataFrame(rows, schema={"by": pl.String, "action": pl.String}, orient="row")
    return frame.group_by("by", "action").len("events").sort("by", "action")


def anchors(evidence: Evidence) -> pl.DataFrame:
    """Who remembers the log at which event, and does it agree."""
    hashes = {event["seq"]: event["hash"] for event in evidence.events}
    known = [one for one in evidence.anchors if one.seq in hashes]
    rows = [(one.place, one.seq, hashes[one.seq] == one.hash) for one in known]
    types = {"anchor": pl.String, "event": pl.Int64, "agrees": pl.Boolean}
    return pl.DataFrame(rows, schema=types, orient="row").sort("event", "anchor")


def proved(evidence: Evidence, sync_id: str) -> pl.DataFrame:
    """The events of one payment: event, action, by, state, hashes (how many lead to the root), in_root."""
    leaves = [bytes.fromhex(event["hash"]) for event in evidence.events]
    root, rows = merkle.root(leaves), []
    for event in evidence.events:
        if event["object"] == sync_id:
            path = merkle.prove(leaves, event["seq"] - 1)
            found = merkle.proved(bytes.fromhex(event["hash"]), event["seq"] - 1, len(leaves), path)
            state = json.loads(event["facts"]).get("state")
            rows.append((event["seq"], event["action"], event["actor"], state, len(path), found == root))
    if not rows:
        raise NotFound(f"The log has nothing about {sync_id}.")
    names = ("event", "action", "by", "state", "hashes", "in_root")
    return pl.DataFrame(rows, schema=names, orient="row")


def signed_run(evidence: Evidence, period: str) -> str | None:
    """The run on which a month was signed last, by the log."""
    told = [json.loads(event["facts"]) for event in evidence.events if event["object"].startswith(f"month {period} ")]
    return str(told[-1]["run_id"]) if told else None


def last_signed(evidence: Evidence) -> str | None:
    """The month that was signed last, by the log."""
    months = [event["object"].split()[1] for event in evidence.events if event["object"].startswith("month ")]
    return months[-1] if months else None
