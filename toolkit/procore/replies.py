"""Procore's JSON to canonical rows, one function per kind of row. Numbers with a point stay text.

Any field but an id may be null in a reply; a date that is none is left out rather than guessed, an
amount that is none is a RemoteError, for money is never left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from toolkit import money
from toolkit.errors import RemoteError

Json = Mapping[str, Any]
Row = dict[str, Any]
KINDS = {"WorkOrderContract": "subcontract", "PurchaseOrderContract": "purchase_order"}


def parse(body: bytes, where: str) -> Any:
    """A reply's JSON; v2 envelopes are opened. A key named twice or a number that is none is no JSON to us."""
    try:
        found = json.loads(body, parse_float=str, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise RemoteError(where, "the answer is not JSON; check the address.") from error
    return found["data"] if isinstance(found, dict) and set(found) <= {"data", "meta"} and "data" in found else found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def rows(found: Any, where: str) -> list[dict[str, Any]]:
    """The rows of a list, each an object with an id."""
    if not isinstance(found, list):
        raise RemoteError(where, "the answer is not a list.")
    return [row(one, where) for one in found]


def row(found: Any, where: str) -> dict[str, Any]:
    """One object with an id."""
    if not isinstance(found, dict) or not _is_id(found.get("id")):
        raise RemoteError(where, "the answer is not an object with an id.")
    return found


def _is_id(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and bool(value.strip()))


def text(value: Any) -> str | None:
    """An id or a word as text; half a character (a lone surrogate) becomes a question mark."""
    if value is None or isinstance(value, dict | list):
        return None
    return str(value).encode("utf-8", "replace").decode().strip() or None


def inner(row: Json, name: str) -> Json:
    """An object inside a reply, empty where there is none."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def day(value: Any) -> date | None:
    """A date, null where it is none."""
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def amount(value: Any, currency: str | None, where: str) -> int | None:
    """Minor units; RemoteError where the value is no amount of that currency."""
    if value is None or value == "":
        return None
    try:
        return money.to_minor(str(value), currency)
    except ValueError as error:
        raise RemoteError("Procore", f"an amount of {where} cannot be read: {error}.") from error


def currency(row: Json) -> str | None:
    """The ISO code that a reply names."""
    return text(inner(row, "currency_configuration").get("currency_iso_code"))


def has_commitments_tool(tools: list[Row]) -> bool:
    """Is the Commitments tool among the active tools?"""
    return any(_is_commitments(tool) and tool.get("is_active") is not False for tool in tools)


def commitments_access(permissions: Json) -> str | None:
    """The access level on Commitments that a permissions reply names (None, Read Only, Standard, Admin)."""
    tools = permissions.get("tools")
    found = (
        [tool for tool in tools if isinstance(tool, dict) and _is_commitments(tool)] if isinstance(tools, list) else []
    )
    return text(inner(found[0], "user_access_level").get("name")) if found else None


def _is_commitments(tool: Json) -> bool:
    # Companies may rename a tool, and its inner name is not published: any of its names counts.
    return any(
        "commitment" in str(tool.get(name)).lower() for name in ("title", "engine_name", "name", "friendly_name")
    )


def project_row(row: Json) -> Row:
    """A project as a row of `Projects`."""
    return {
        "project_id": text(row["id"]),
        "project_number": text(row.get("accounting_project_number")) or text(row.get("project_number")),
        "project_name": text(row.get("name")),
        "currency_code": currency(row),
        "erp_integrated": bool(row.get("is_erp_integrated")),
        "origin_id": text(row.get("origin_id")),
    }


def vendor_row(row: Json) -> Row:
    """A vendor as a row of `Vendors`."""
    return {
        "vendor_id": text(row["id"]),
        "vendor_name": text(row.get("name")) or text(row.get("company")),
        "origin_id": text(row.get("origin_id")),
        "origin_code": text(row.get("origin_code")),
    }


def commitment_row(row: Json, project_id: str) -> Row:
    """A commitment (its show) as a row of `Commitments`."""
    code, where = currency(row), f"commitment {row['id']}"
    vendor = inner(row, "vendor")
    return {
        "commitment_id": text(row["id"]),
        "commitment_number": text(row.get("number")),
        "kind": KINDS.get(str(row.get("type")), "subcontract"),
        "project_id": project_id,
        "vendor_id": text(vendor.get("id")),
        "vendor_name": text(vendor.get("name")) or text(vendor.get("company")),
        "status": text(row.get("status")),
        "currency_code": code,
        "payments_enabled": row.get("allow_payments") if isinstance(row.get("allow_payments"), bool) else None,
        "revised_amount": amount(row.get("revised_contract"), code, where),
        "paid_amount": amount(row.get("total_payments"), code, where),
    }


def claim_row(row: Json, project: Row, commitment: Row) -> Row:
    """A requisition as a claim; what it leaves out comes from its commitment and project."""
    code = currency(row) or commitment.get("currency_code") or project.get("currency_code")
    summary = inner(row, "summary") or inner(row, "g702")
    where = f"invoice {row['id']}"
    return {
        "claim_id": text(row["id"]),
        "project_id": project["project_id"],
        "project_number": project.get("project_number"),
        "commitment_id": text(row.get("commitment_id")),
        "commitment_number": commitment.get("commitment_number"),
        "vendor_id": text(row.get("vendor_id")) or commitment.get("vendor_id"),
        "vendor_name": text(row.get("vendor_name")) or commitment.get("vendor_name"),
        "claim_number": text(row.get("number")),
        "invoice_number": text(row.get("invoice_number")),
        "status": text(row.get("status")) or "draft",
        "billing_date": day(row.get("billing_date")),
        "gross_amount": amount(row.get("total_claimed_amount"), code, where),
        "retainage_amount": amount(summary.get("total_retainage"), code, where),
        "tax_amount": amount(summary.get("tax_applicable_to_this_payment"), code, where),
        "due_amount": amount(summary.get("current_payment_due"), code, where),
        "currency_code": code,
        "origin_id": text(row.get("origin_id")),
    }


def issued_payment_row(row: Json, project_id: str, commitment_id: str, code: str | None) -> Row:
    """A contract payment as a row of `IssuedPayments`."""
    paid = amount(row.get("amount"), code, f"issued payment {row['id']}")
    if paid is None:
        raise RemoteError("Procore", f"issued payment {row['id']} has no amount; correct it there and pull again.")
    return {
        "issued_payment_id": text(row["id"]),
        "project_id": project_id,
        "commitment_id": commitment_id,
        "claim_id": text(row.get("requisition_id")),
        "invoice_number": text(row.get("invoice_number")),
        "check_number": text(row.get("check_number")),
        "payment_number": text(row.get("payment_number")),
        "payment_date": day(row.get("date")),
        "amount": paid,
        "currency_code": code,
        "origin_id": text(row.get("origin_id")),
        "origin_data": text(row.get("origin_data")),
        "notes": text(row.get("notes")),
        "synced": text(row.get("origin_id")) is not None,
    }


def refusal(body: bytes) -> str:
    """What an error reply says, whichever of Procore's shapes it has; cut to a sentence's length."""
    try:
        said = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace").strip()[:200]
    if isinstance(said, dict):
        said = next((said[name] for name in ("errors", "message", "error", "reason") if said.get(name)), said)
    if isinstance(said, dict) and "message" in said:
        said = said["message"]
    if isinstance(said, dict):
        said = [
            f"{name} {' and '.join(map(str, why if isinstance(why, list) else [why]))}" for name, why in said.items()
        ]
    return ("; ".join(map(str, said)) if isinstance(said, list) else str(said))[:200]
