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

    Columns: erp_company, currency_code, opening, new, settled, closing (counts), closing_amount.
    `opening + new - settled = closing` holds by construction of the sets, and is shown as `ties`.
    """
    key = ["erp_company", "currency_code"]
    old, now = open_items(before), open_items(after)
    ids = ["mismatch_id"]
    parts = {
        "opening": old,
        "new": now.join(old, on=ids, how="anti"),
        "settled": old.join(now, on=ids, how="anti"),
        "closing": now,
    }
    counted = [part.group_by(key).agg(pl.len().alias(name)) for name, part in parts.items()]
    amounts = now.group_by(key).agg(closing_amount=pl.col("amount").sum())
    found = pl.concat([part.select(key) for part in (old, now)]).unique()
    for part in (*counted, amounts):
        found = found.join(part, on=key, how="left", nulls_equal=True)
    filled = found.with_columns(pl.col(*parts, "closing_amount").fill_null(0))
    ties = pl.col("opening").cast(pl.Int64) + pl.col("new") - pl.col("settled") == pl.col("closing")
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
