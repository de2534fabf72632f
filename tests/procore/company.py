"""A small invented company for the tests of client, sandbox and doctor: two projects, three commitments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from toolkit.sandbox import LocalProcore
from toolkit.settings import ProcoreSection, Settings

COMPANY, TOWER, DEPOT = 562949953421000, 3101, 3102
SUBCONTRACT, PURCHASE_ORDER, DEPOT_WORKS = 7101, 7102, 7201
CLAIM, DRAFT = 8101, 8102
DOLLARS = {"currency_iso_code": "USD", "base_currency_iso_code": "USD", "currency_exchange_rate": "1.0"}


def _project(identity: int, number: str, **more: Any) -> dict[str, Any]:
    return {"id": identity, "name": f"Project {number}", "project_number": number, "is_erp_integrated": False} | more


def _commitment(identity: int, project: int, kind: str, **more: Any) -> dict[str, Any]:
    told = {"number": f"SC-{identity}", "vendor": {"id": 61, "name": "Pinfold Joinery"}, "status": "Approved"}
    money = {"grand_total": "90000.00", "revised_contract": "100000.00", "currency_configuration": DOLLARS}
    return {"id": identity, "project_id": project, "type": kind, "allow_payments": True} | told | money | more


def _claim(identity: int, commitment: int, project: int, **more: Any) -> dict[str, Any]:
    told = {"number": identity % 100, "invoice_number": f"INV-{identity}", "vendor_name": "Pinfold Joinery"}
    due = {"current_payment_due": "47700.00", "total_retainage": "5300.0"}
    where = {"id": identity, "commitment_id": commitment, "project_id": project}
    return (
        where
        | told
        | {"status": "approved", "billing_date": "2026-04-30", "total_claimed_amount": "53000.00"}
        | {"summary": due, "origin_id": "B-551", "currency_configuration": DOLLARS}
        | more
    )


def payment(identity: int, **more: Any) -> dict[str, Any]:
    """A row on the subcontract's Payments Issued tab."""
    told = {"amount": "100.00", "date": "2026-05-14", "origin_id": None, "requisition_id": None}
    return {"id": identity, "contract_id": SUBCONTRACT, "project_id": TOWER} | told | more


def seed(**more: Any) -> dict[str, Any]:
    """The company, as `LocalProcore` takes it; `more` replaces whole parts of it."""
    return {
        "company": {"id": COMPANY, "name": "Quayside Builders"},
        "projects": [_project(TOWER, "26-101"), _project(DEPOT, "26-102")],
        "vendors": [{"id": 61, "name": "Pinfold Joinery", "origin_code": "V-61"}],
        "commitments": [
            _commitment(SUBCONTRACT, TOWER, "WorkOrderContract"),
            _commitment(PURCHASE_ORDER, TOWER, "PurchaseOrderContract"),
            _commitment(DEPOT_WORKS, DEPOT, "WorkOrderContract"),
        ],
        "requisitions": [
            _claim(CLAIM, SUBCONTRACT, TOWER),
            _claim(DRAFT, SUBCONTRACT, TOWER, status="draft", origin_id=None),
        ],
        "contract_payments": [payment(9101, check_number="000231", invoice_number="INV-8101")],
    } | more


def settings_for(procore: LocalProcore, home: Path, **keys: Any) -> Settings:
    """Settings that point at a local Procore, the secret included."""
    told = {"api_url": procore.api_url, "login_url": procore.login_url, "company_id": procore.company_id}
    secret = {"client_id": procore.client_id, "client_secret": SecretStr(procore.client_secret)}
    # The environment's TIEOUT_HOME would win over a home said here.
    return Settings(procore=ProcoreSection(**(told | secret | keys))).model_copy(update={"home": home})
