"""A month at its close: statement, roll-forward of open items, ageing, signatures, what came late."""

from __future__ import annotations

from datetime import date

import polars as pl

from toolkit.audits.approvals import told
from toolkit.audits.evidence import Evidence
from toolkit.reconcile import late_items
from toolkit.warehouse import Snapshot

AGES = ((30, "0-30 days"), (60, "31-60 days"), (90, "61-90 days"))
OLDER = "over 90 days"
OPEN = ("blocker", "high", "medium")


def open_items(snapshot: Snapshot) -> pl.DataFrame:
    """What somebody must still settle: mismatches of weight that are open."""
    return snapshot.view("mismatches", {"severity": list(OPEN), "state": "open"}, order=["mismatch_id"])


def roll_forward(before: Snapshot, after: Snapshot) -> pl.DataFrame:
    """From the open items of one run to those of a later one, per company: opening, new, settled, closing.

    Columns: erp_company, currency_code, the four as counts, each followed by its amount (`opening_amount`
    ...), and `ties`: opening + new - settled = closing, in items and in money. An item whose amount changed is
    settled with the old one and new with the other.
    """
    key, same = ["erp_company", "currency_code"], ["mismatch_id", "amount"]
    old, now = open_items(before), open_items(after)
    parts = {
        "opening": old,
        "new": now.join(old, on=same, how="anti"),
        "settled": old.join(now, on=same, how="anti"),
        "closing": now,
    }
    found = pl.concat([part.select(key) for part in (old, now)]).unique()
    for name, part in parts.items():
        counted = part.group_by(key).agg(
            pl.len().cast(pl.Int64).alias(name), pl.col("amount").sum().alias(f"{name}_amount")
        )
        found = found.join(counted, on=key, how="left", nulls_equal=True)
    filled = found.with_columns(pl.exclude(key).fill_null(0))
    left = {end: pl.col(f"opening{end}") + pl.col(f"new{end}") - pl.col(f"settled{end}") for end in ("", "_amount")}
    ties = pl.all_horizontal(value == pl.col(f"closing{end}") for end, value in left.items())
    return filled.with_columns(ties=ties).sort(key, nulls_last=True)


def ageing(snapshot: Snapshot, day: date) -> pl.DataFrame:
    """Open items by how long ago their payment was dated: age, items, amount per currency."""
    days = (pl.lit(day) - pl.col("payment_date")).dt.total_days()
    buckets = [pl.when(days <= limit).then(pl.lit(name)) for limit, name in AGES]
    aged = open_items(snapshot).with_columns(
        age=pl.coalesce(*buckets, pl.when(days.is_not_null()).then(pl.lit(OLDER)), pl.lit("without a date"))
    )
    summed = aged.group_by("currency_code", "age").agg(items=pl.len(), amount=pl.col("amount").sum())
    return summed.sort("currency_code", "age", nulls_last=True)


def signatures(evidence: Evidence) -> pl.DataFrame:
    """Who prepared, closed and reopened which month, by the log: month, version, what, by, day, reason."""
    rows = []
    for event, facts in told(evidence):
        if event["object"].startswith("month "):
            _, period, _, version = event["object"].split()
            rows.append((period, int(version), facts["state"], event["actor"], event["at"][:10], facts.get("reason")))
    names = ("month", "version", "state", "by", "day", "reason")
    types = {name: pl.Int64 if name == "version" else pl.String for name in names}
    return pl.DataFrame(rows, schema=types, orient="row")


def late(snapshot: Snapshot) -> pl.DataFrame:
    """What a run names as late in closed months."""
    return late_items(snapshot).select("period", "side", "what", "check_number", "vendor_name", "sentence")
