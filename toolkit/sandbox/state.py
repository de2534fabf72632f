"""What the local Procore holds in memory: API rows as Procore returns them, and what follows from them."""

from __future__ import annotations

import copy
import re
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from toolkit.sandbox.refusals import Refusal, absent
from toolkit.sandbox.switches import Switches

Row = dict[str, Any]
METHODS = ("check", "credit_card", "electronic")
TEXTS = ("check_number", "invoice_number", "notes", "origin_id", "origin_data")
WHOLE = ("payment_number", "requisition_id", "draw_request_number")
DAYS = ("date", "invoice_date")
WRITABLE = (*DAYS, "amount", "payment_method", *WHOLE, *TEXTS)
# Accepted on write, never returned: as the description of the API has it.
NOT_RETURNED = ("payment_method", "invoice_date")
REPLY_ONLY = ("date_payment_initiated", "date_payment_settled", "external_payment_id", "origin_code", "status")
# What stays writable on a row that an integration owns.
UNLOCKED = ("origin_id", "origin_data", "attachments")
LOCKED = "The Contract Payment cannot be edited or deleted because it is synced with an ERP system"
AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")


class State:
    """The rows of one company. Every change happens under `lock`."""

    def __init__(self, seed: Row) -> None:
        seed = copy.deepcopy(seed)
        self.lock = threading.RLock()
        self.switches = Switches()
        self.company: Row = seed["company"]
        self.projects = _by_id(seed.get("projects", []))
        self.vendors = _by_id(seed.get("vendors", []))
        self.commitments = _by_id(seed.get("commitments", []))
        self.requisitions = _by_id(seed.get("requisitions", []))
        self.payments = _by_id(seed.get("contract_payments", []))
        self.billing_periods = _by_id(seed.get("billing_periods", []))
        self.hidden_projects: set[int] = set(seed.get("hidden_projects", []))
        self.without_commitments_tool: set[int] = set(seed.get("without_commitments_tool", []))
        # The service account's access to Commitments where it is not Admin, by project.
        self.access: dict[int, str] = {int(key): level for key, level in seed.get("access", {}).items()}
        self._created: dict[int, float] = {}

    # -- shown -------------------------------------------------------------------------------------
    def commitment_shown(self, row: Row) -> Row:
        """The commitment with what its payments make of it."""
        mine = self.tab(int(row["id"]))
        paid = sum((Decimal(str(payment["amount"] or 0)) for payment in mine), Decimal(0))
        revised = Decimal(str(row.get("revised_contract") or row.get("grand_total") or "0"))
        share = f"{paid / revised * 100:.2f}" if revised else None
        return row | {
            "total_payments": str(paid),
            "percentage_paid": share,
            "remaining_balance_outstanding": str(revised - paid),
            "payments_issued": [self.payment_shown(payment) for payment in mine],
        }

    def tab(self, contract_id: int) -> list[Row]:
        """The Payments Issued tab as a list shows it: by id, rows as late as the switch says."""
        oldest = time.monotonic() - self.switches.list_lateness
        with self.lock:
            mine = [row for row in self.payments.values() if row["contract_id"] == contract_id]
            mine = [row for row in mine if self._created.get(int(row["id"]), oldest) <= oldest]
        return sorted(mine, key=lambda row: int(row["id"]))

    def payment_shown(self, row: Row) -> Row:
        """An issued payment as it is answered."""
        shown = dict(row)
        if self.switches.decimals is not None and shown.get("amount"):
            shown["amount"] = f"{Decimal(shown['amount']):.{self.switches.decimals}f}"
        if self.switches.unknown_fields:
            shown["beta_feature"] = {"flags": [None, 1.5]}
        return shown

    # -- changed -----------------------------------------------------------------------------------
    def create_payment(self, project_id: int, contract_id: int, fields: Row) -> Row:
        """A row on the Payments Issued tab; a Refusal names the fields that are wrong."""
        with self.lock:
            if self.commitments[contract_id].get("allow_payments") is False:
                raise Refusal(*_off(self.switches.payments_off))
            self._check(project_id, contract_id, fields)
            origin = self.switches.referenced(fields.get("origin_id"))
            self._one_origin(origin)
            # Ids beyond 2^31 happen in Procore, so they happen here.
            identity = max([*self.payments, 562949953500000]) + 1
            row = {name: fields.get(name) for name in WRITABLE if name not in NOT_RETURNED}
            row |= dict.fromkeys(REPLY_ONLY)
            row |= {"id": identity, "contract_id": contract_id, "project_id": project_id, "attachments": []}
            row |= {"origin_id": origin, "created_at": _now(), "updated_at": _now()}
            self.payments[identity] = row
            self._created[identity] = time.monotonic()
            return self.payment_shown(row)

    def _one_origin(self, origin: str | None) -> None:
        status = self.switches.second_origin
        if status != 201 and origin and any(row.get("origin_id") == origin for row in self.payments.values()):
            raise Refusal(status, {"origin_id": ["has already been taken"]})

    def _check(self, project_id: int, contract_id: int, fields: Row) -> None:
        errors = _wrong(fields, self.switches.longest)
        claim_id = fields.get("requisition_id")
        if claim_id is not None and "requisition_id" not in errors:
            claim = self.requisitions.get(claim_id, {})
            if (claim.get("commitment_id"), claim.get("project_id")) != (contract_id, project_id):
                errors["requisition_id"] = ["does not belong to this contract"]
        if errors:
            raise Refusal(422, errors)

    def change_payment(self, identity: int, fields: Row) -> Row:
        """PATCH; a row with an origin_id is locked but for its origin and attachments."""
        with self.lock:
            row = self.payments.get(identity)
            if row is None:
                raise absent()
            if row.get("origin_id"):
                open_fields = (*UNLOCKED, *(("payment_number",) if self.switches.payment_number_open else ()))
                if self.switches.locked_field == "refuse" and any(name not in open_fields for name in fields):
                    raise Refusal(422, {"base": [LOCKED]})
                fields = {name: value for name, value in fields.items() if name in open_fields}
            self._check(row["project_id"], row["contract_id"], {"amount": row["amount"]} | fields)
            row |= {name: value for name, value in fields.items() if name in WRITABLE and name not in NOT_RETURNED}
            row["updated_at"] = _now()
            return self.payment_shown(row)

    def delete_payment(self, identity: int) -> None:
        """DELETE; a row with an origin_id stays."""
        with self.lock:
            if self.payments.get(identity, {}).get("origin_id"):
                raise Refusal(422, {"base": [LOCKED]})
            self.payments.pop(identity, None)

    def last_open(self, row: Row) -> bool:
        """Is a claim the newest of its commitment, and not approved yet?"""
        mine = [claim["id"] for claim in self.requisitions.values() if claim["commitment_id"] == row["commitment_id"]]
        return row["id"] == max(mine) and row.get("status") in ("draft", "under_review", "revise_and_resubmit")


def _off(status: int) -> tuple[int, str | dict[str, list[str]]]:
    said = "Payments are not enabled on this commitment"
    return status, ({"base": [said]} if status == 422 else said)


def _wrong(fields: Row, longest: int) -> dict[str, list[str]]:
    """What is wrong with the fields by themselves."""
    errors: dict[str, list[str]] = {}
    if fields.get("payment_method") not in (None, *METHODS):
        errors["payment_method"] = ["is not included in the list"]
    if not isinstance(fields.get("amount"), str) or not AMOUNT.fullmatch(fields["amount"]):
        errors["amount"] = ["is not a number"]
    for name in TEXTS:
        value = fields.get(name)
        if value is not None and not isinstance(value, str):
            errors[name] = ["is invalid"]
        elif value is not None and len(value) > longest and name != "origin_data":
            errors[name] = [f"is too long (maximum is {longest} characters)"]
    for name in WHOLE:
        if fields.get(name) is not None and (not isinstance(fields[name], int) or isinstance(fields[name], bool)):
            errors[name] = ["is not a number"]
    for name in DAYS:
        if fields.get(name) is not None and not _is_day(fields[name]):
            errors[name] = ["is not a date"]
    return errors


def _is_day(value: object) -> bool:
    try:
        return datetime.fromisoformat(str(value)).date().isoformat() == value
    except ValueError:
        return False


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _by_id(rows: list[Row]) -> dict[int, Row]:
    return {int(row["id"]): row for row in sorted(rows, key=lambda row: int(row["id"]))}
