"""What the ERP said when a payment was planned, kept with the sync, so that a later load shows what changed.

An approval is for a payment as it was: a void, another amount or another date in a newer load stops it
before it leaves, even where nobody has reconciled yet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from toolkit import money, schemas
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow.outcome import Sync

LOADS = "loads.duckdb"
Key = tuple[str, str, str]
Facts = dict[str, Any]
# A payment that the bank has cleared since is the same payment.
ALIVE = {"issued": "paid", "cleared": "paid"}
OF_PAYMENT = ("status", "payment_date", "payment_amount", "check_number", "vendor_id")
OF_APPLICATION = ("applied_status", "applied_amount")
WORDS = {name: name.replace("_", " ") for name in (*OF_PAYMENT, *OF_APPLICATION)} | {"applied_status": "application"}


class Source:
    """Payments and their applications, by key."""

    def __init__(self, payments: pl.DataFrame, applications: pl.DataFrame) -> None:
        key = ["erp", "erp_company", "payment_id"]
        named = applications.rename({"status": "applied_status"})
        self._payments = payments.select(*key, *OF_PAYMENT).rows_by_key(key, named=True, unique=True)
        parts = named.select(*key, "application_id", *OF_APPLICATION)
        self._parts = parts.rows_by_key([*key, "application_id"], named=True, unique=True)

    def facts(self, key: Key, application_id: str | None) -> Facts:
        """What counts about one application (or payment without applications); empty where it is unknown."""
        payment = self._payments.get(key)
        if payment is None:
            return {}
        part = self._parts.get((*key, application_id), {}) if application_id else {}
        found = {name: payment[name] for name in OF_PAYMENT} | {name: part.get(name) for name in OF_APPLICATION}
        return {
            name: ALIVE.get(str(value), str(value)) if name != "payment_amount" else value
            for name, value in found.items()
            if value is not None
        }


def newest(settings: Settings) -> Source | None:
    """What was loaded last, None where nothing was."""
    path = settings.published / LOADS
    if not path.exists():
        return None
    loaded = Snapshot.open(path)
    return Source(loaded.table("payments"), loaded.table("applications"))


def changed(source: Source | None, sync: Sync) -> str | None:
    """What differs in the ERP from what was planned, in a sentence, or None."""
    told: Mapping[str, Any] = json.loads(sync.facts).get("source") or {}
    if source is None or not told:
        return None
    now = source.facts((sync.erp, sync.erp_company, sync.payment_id), sync.application_id)
    if not now:
        return "The ERP's newest load no longer has this payment: reconcile and plan again."
    names = [name for name in WORDS if told.get(name) != now.get(name)]
    if not names:
        return None
    said = _said(names, told, now, sync.currency_code)
    return f"In the ERP's newest load {said} since it was planned: reconcile and plan again."


def void(source: Source, sync: Sync) -> str | None:
    """That the ERP took a payment or its application back, in a sentence, or None. Absence says nothing."""
    now = source.facts((sync.erp, sync.erp_company, sync.payment_id), sync.application_id)
    for name, what in (("status", "payment"), ("applied_status", "application to the bill")):
        if now.get(name) in schemas.DEAD:
            return f"In the ERP's newest load the {what} is {now[name]}."
    return None


def _said(names: Sequence[str], told: Facts | Mapping[str, Any], now: Facts, currency: str | None) -> str:
    def shown(name: str, value: Any) -> str:
        if value is None:
            return "nothing"
        return money.shown(int(value), currency) if name.endswith("_amount") else str(value)

    return " and ".join(
        f"the {WORDS[name]} changed from {shown(name, told.get(name))} to {shown(name, now.get(name))}"
        for name in names
    )
