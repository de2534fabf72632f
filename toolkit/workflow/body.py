"""The exact bytes of one issued payment: what the approver sees is what is sent.

Canonical JSON, so that equal content has equal bytes and one hash. A key without a value is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from toolkit import money
from toolkit.workflow.audit import canonical

METHODS = {
    "check": "check",
    "credit_card": "credit_card",
    "ach": "electronic",
    "wire": "electronic",
    "eft": "electronic",
}
# What the approver reads before the button.
LOCKS = "After this, nobody can edit this row in Procore; Payment # and attachments stay yours."


def number(identity: str) -> int | str:
    """Procore's ids are integers on the wire."""
    return int(identity) if identity.isdigit() else identity


def issued_payment(facts: Mapping[str, Any], reference: str) -> bytes:
    """The body of POST contract_payments for one proposal.

    `facts` has the proposal's columns (`toolkit.rules.preflight`), `amount` in minor units.
    """
    told = {"erp": facts["erp"], "payment": facts["payment_id"], "application": facts["application_id"]}
    payment = {
        "date": str(facts["payment_date"]),
        "amount": money.plain(facts["amount"], facts["currency_code"]),
        "payment_method": METHODS.get(str(facts["payment_method"])),
        "check_number": facts["check_number"],
        "invoice_number": facts["invoice_number"],
        "invoice_date": str(facts["invoice_date"]) if facts["invoice_date"] else None,
        "requisition_id": number(facts["claim_id"]),
        "notes": f"Payment {facts['payment_number'] or facts['payment_id']} of {facts['erp_company']}",
        "origin_id": reference,
        "origin_data": canonical({name: value for name, value in told.items() if value is not None}),
    }
    document = {
        "project_id": number(facts["project_id"]),
        "contract_id": number(facts["commitment_id"]),
        "contract_payment": {name: value for name, value in payment.items() if value is not None},
    }
    return canonical(document).encode()


def sent(body: str) -> dict[str, Any]:
    """The `contract_payment` of a body."""
    inner: dict[str, Any] = json.loads(body)["contract_payment"]
    return inner
