"""Who decided what: each sync's way by the log, duties kept apart, limits, people's roles by date."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from toolkit import money
from toolkit.audits.evidence import Evidence
from toolkit.workflow.policy import SERVICE

PERSONS = ("submitted_by", "first_approved_by", "approved_by", "approved_at")
COLUMNS = (
    "sync_id", "payment_id", "check_number", "claim_id", "invoice_number", "amount", "currency_code",
    "issued_payment_id", "state", "planned_by", "submitted_by", "first_approved_by", "approved_by", "approved_on",
)  # fmt: skip


def told(evidence: Evidence) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """The events with their facts read."""
    for event in evidence.events:
        yield event, json.loads(event["facts"])


def payments(evidence: Evidence) -> pl.DataFrame:
    """Each sync as the log tells it up to its position (`COLUMNS`, all text): its state and who took it there."""
    ways: dict[str, dict[str, Any]] = {}
    for event, facts in told(evidence):
        if event["object"] not in evidence.syncs or "state" not in facts:
            continue
        way = ways.setdefault(event["object"], {"planned_by": event["actor"]})
        if facts["state"] in ("planned", "held", "returned"):
            way |= dict.fromkeys(PERSONS)
        way |= {name: facts[name] for name in (*PERSONS, "issued_payment_id", "state") if name in facts}
    rows = [_row(evidence.syncs[sync_id], way) for sync_id, way in sorted(ways.items())]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String))


def _row(sync: Mapping[str, Any], way: Mapping[str, Any]) -> dict[str, Any]:
    same = ("sync_id", "payment_id", "check_number", "claim_id", "invoice_number", "currency_code")
    return {
        **{name: sync[name] for name in same},
        **{name: way.get(name) for name in ("state", "planned_by", "issued_payment_id", *PERSONS[:3])},
        "amount": money.plain(sync["amount"], sync["currency_code"]),
        "approved_on": (way.get("approved_at") or "")[:10] or None,
    }


def duties(evidence: Evidence) -> pl.DataFrame:
    """The duties that must lie apart.

    Columns: duty; asked and arose, of how many approved payments it was asked and on how many it could be broken;
    broken, and where: the syncs of which one person held both.
    """
    sent = payments(evidence).filter(pl.col("approved_by").is_not_null())
    confirmed = {
        (facts.get("payment_id"), facts.get("claim_id"), event["actor"])
        for event, facts in told(evidence)
        if event["action"] == "confirm"
    }
    rules = {
        "who submitted did not approve": sent.filter(pl.col("submitted_by") == pl.col("approved_by")),
        "who approved first did not approve second": sent.filter(pl.col("first_approved_by") == pl.col("approved_by")),
        "who confirmed the match did not approve": sent.filter(
            pl.struct("payment_id", "claim_id", "approved_by").map_elements(
                lambda row: tuple(row.values()) in confirmed, return_dtype=pl.Boolean
            )
        ),
        "nothing was approved by the service that sends": sent.filter(pl.col("approved_by") == SERVICE.name),
    }
    pairs = {key[:2] for key in confirmed}
    arose = (
        sent.height,
        sent["first_approved_by"].count(),
        sum(pair in pairs for pair in sent.select("payment_id", "claim_id").iter_rows()),
        sent.height,
    )
    rows = [
        (rule, sent.height, times, broken.height, ", ".join(broken["sync_id"]))
        for (rule, broken), times in zip(rules.items(), arose, strict=True)
    ]
    types = {"duty": pl.String, "asked": pl.Int64, "arose": pl.Int64, "broken": pl.Int64, "where": pl.String}
    return pl.DataFrame(rows, schema=types, orient="row")


def totals(evidence: Evidence) -> pl.DataFrame:
    """What was proposed, and its amount, per state, currency and the two people (null: nobody)."""
    key = ["state", "currency_code", "submitted_by", "approved_by"]
    amount = pl.col("amount").cast(pl.Decimal(18, 2)).sum()
    return payments(evidence).group_by(key).agg(amount, payments=pl.len()).sort(key, nulls_last=True)


def limits(evidence: Evidence) -> pl.DataFrame:
    """What was approved per day and currency, beside the day's cap of tieout.toml (null: none is set)."""
    sent = payments(evidence).filter(pl.col("approved_on").is_not_null())
    decimal = pl.Decimal(18, 2)
    key = ["approved_on", "currency_code"]
    summed = sent.group_by(key).agg(payments=pl.len(), approved=pl.col("amount").cast(decimal).sum())
    cap = evidence.told["limits"].get("day_cap")
    return summed.sort(key).with_columns(day_cap=pl.lit(cap, pl.String).cast(decimal))


def decisions(evidence: Evidence) -> pl.DataFrame:
    """What people decided about matches, by the log: who, on which day, what, why."""
    rows = [
        (event["at"][:10], event["actor"], event["action"], facts["payment_id"], facts["claim_id"], facts.get("reason"))
        for event, facts in told(evidence)
        if event["action"] in ("confirm", "unmatch") and "claim_id" in facts and "payload_hash" not in facts
    ]
    names = ("day", "by", "decision", "payment_id", "claim_id", "reason")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def access(evidence: Evidence) -> pl.DataFrame:
    """Who acted with which roles, from which day to which, and the roles that tieout.toml gives today.

    The log tells a person's roles with each of their events, so a role that was lent for one day shows.
    """
    seen: dict[tuple[str, str], list[str]] = {}
    for event, facts in told(evidence):
        if event["actor"] != SERVICE.name:
            seen.setdefault((event["actor"], ", ".join(facts.get("roles", []))), []).append(event["at"][:10])
    today = {name: ", ".join(user["roles"]) for name, user in evidence.told["users"].items()}
    rows: list[tuple[object, ...]] = [
        (name, roles, min(days), max(days), len(days), today.get(name)) for (name, roles), days in seen.items()
    ]
    rows += [
        (name, None, None, None, 0, roles) for name, roles in today.items() if name not in {key[0] for key in seen}
    ]
    names = ("person", "roles", "first", "last", "events", "roles_now")
    types = {name: pl.Int64 if name == "events" else pl.String for name in names}
    return pl.DataFrame(rows, schema=types, orient="row").sort("person", "first", "roles", nulls_last=True)
