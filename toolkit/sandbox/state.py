"""What the local Procore holds in memory: API rows as Procore returns them, and what follows from them."""

from __future__ import annotations

import copy
import threading
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Row = dict[str, Any]
METHODS = ("check", "credit_card", "electronic")
WRITABLE = (
    "date",
    "amount",
    "payment_method",
    "payment_number",
    "check_number",
    "invoice_number",
    "invoice_date",
    "requisition_id",
    "draw_request_number",
    "notes",
    "origin_id",
    "origin_data",
)
# Accepted on write, never returned: as the description of the API has it.
NOT_RETURNED = ("payment_method", "invoice_date")
REPLY_ONLY = (
    "date_payment_initiated",
    "date_payment_settled",
    "draw_request_number",
    "external_payment_id",
    "origin_code",
    "status",
)
# What stays writable on a row that an integration owns.
UNLOCKED = ("origin_id", "origin_data", "attachments")


class Unprocessable(Exception):
    """422 with the fields it names."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(str(errors))
        self.errors = errors


class State:
    """The rows of one company. Every change happens under `lock`."""

    def __init__(self, seed: Row, *, duplicates: str = "allow") -> None:
        seed = copy.deepcopy(seed)
        self.lock = threading.RLock()
        self.company: Row = seed["company"]
        self.projects = _by_id(seed.get("projects", []))
        self.vendors = _by_id(seed.get("vendors", []))
        self.commitments = _by_id(seed.get("commitments", []))
        self.requisitions = _by_id(seed.get("requisitions", []))
        self.payments = _by_id(seed.get("contract_payments", []))
        self.hidden_projects: set[int] = set(seed.get("hidden_projects", []))
        self.without_commitments_tool: set[int] = set(seed.get("without_commitments_tool", []))
        # The service account's access to Commitments where it is not Admin, by project.
        self.access: dict[int, str] = {int(key): level for key, level in seed.get("access", {}).items()}
        # A second POST with the same origin_id: allow (a double), or refuse with 422.
        self.duplicates = duplicates

    def commitment_shown(self, row: Row) -> Row:
        """The commitment with what its payments make of it."""
        mine = [payment for payment in self.payments.values() if payment["contract_id"] == row["id"]]
        paid = sum((Decimal(payment["amount"]) for payment in mine), Decimal(0))
        revised = Decimal(row.get("revised_contract") or row.get("grand_total") or "0")
        share = f"{paid / revised * 100:.2f}" if revised else None
        return row | {
            "total_payments": str(paid),
            "percentage_paid": share,
            "remaining_balance_outstanding": str(revised - paid),
            "payments_issued": sorted(mine, key=lambda payment: int(payment["id"])),
        }

    def create_payment(self, project_id: int, contract_id: int, fields: Row) -> Row:
        """A row on the Payments Issued tab; Unprocessable names the fields that are wrong."""
        with self.lock:
            self._check(project_id, contract_id, fields)
            origin = fields.get("origin_id")
            taken = origin and any(payment.get("origin_id") == origin for payment in self.payments.values())
            if taken and self.duplicates == "refuse":
                raise Unprocessable({"origin_id": ["has already been taken"]})
            # Ids beyond 2^31 happen in Procore, so they happen here.
            identity = max([*self.payments, 562949953500000]) + 1
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            row = {name: fields.get(name) for name in WRITABLE if name not in NOT_RETURNED}
            row |= {name: None for name in REPLY_ONLY if name not in row}
            row |= {
                "id": identity,
                "contract_id": contract_id,
                "project_id": project_id,
                "attachments": [],
                "created_at": now,
                "updated_at": now,
            }
            self.payments[identity] = row
            return dict(row)

    def _check(self, project_id: int, contract_id: int, fields: Row) -> None:
        errors: dict[str, list[str]] = {}
        if fields.get("payment_method") not in (None, *METHODS):
            errors["payment_method"] = ["is not included in the list"]
        try:
            Decimal(str(fields.get("amount")))
        except InvalidOperation:
            errors["amount"] = ["is not a number"]
        requisition = fields.get("requisition_id")
        if requisition is not None:
            claim = self.requisitions.get(int(requisition))
            if claim is None or claim["commitment_id"] != contract_id or claim["project_id"] != project_id:
                errors["requisition_id"] = ["does not belong to this contract"]
        if self.commitments[contract_id].get("allow_payments") is False:
            errors["base"] = ["Payments are not enabled on this commitment"]
        if errors:
            raise Unprocessable(errors)

    def change_payment(self, identity: int, fields: Row) -> Row:
        """PATCH; a row with an origin_id is locked but for its origin and attachments."""
        with self.lock:
            row = self.payments[identity]
            if row.get("origin_id") and any(name not in UNLOCKED for name in fields):
                raise Unprocessable({"base": [LOCKED]})
            row |= {name: value for name, value in fields.items() if name in WRITABLE and name not in NOT_RETURNED}
            row["updated_at"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            return dict(row)

    def delete_payment(self, identity: int) -> None:
        with self.lock:
            if self.payments[identity].get("origin_id"):
                raise Unprocessable({"base": [LOCKED]})
            del self.payments[identity]


LOCKED = "The Contract Payment cannot be edited or deleted because it is synced with an ERP system"


def _by_id(rows: list[Row]) -> dict[int, Row]:
    return {int(row["id"]): row for row in sorted(rows, key=lambda row: int(row["id"]))}
