"""What is asked of each project."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit import schemas
from toolkit.rules.requirements.model import BOTH, Project, Requirement, Row, Said, many, some


def _visible(project: Project) -> Said:
    return ("block", project.refused) if project.refused else ("pass", project.name)


def _tool(project: Project) -> Said:
    if project.tool is None:
        return "warn", "Its tools could not be read."
    if not project.tool:
        return "block", "The Commitments tool is not active."
    return "pass", f"Active, with {many(len(project.commitments), 'commitment')}."


def _access(project: Project) -> Said:
    if project.access is None:
        return "warn", "Procore does not say which access the service account has."
    if project.access.lower() != "admin":
        return "block", f"The service account has {project.access} on Commitments."
    return "pass", "Admin on Commitments."


def _view(project: Project) -> Said:
    return "pass", f"Read: {many(len(project.commitments), 'commitment')} and {many(len(project.claims), 'invoice')}."


def _tab(project: Project) -> Said:
    claimed = {str(claim.get("commitment_id")) for claim in project.claims}
    off = [row for row in project.commitments if row.get("allow_payments") is False and str(row["id"]) in claimed]
    unsaid = [row for row in project.commitments if not isinstance(row.get("allow_payments"), bool)]
    if off:
        return "block", f"Payments Issued is off, although there are invoices, on {some(_numbers(off))}."
    if unsaid:
        return "warn", f"Procore does not say whether it is on for {some(_numbers(unsaid))}."
    if not claimed:
        return "not applicable", "It has no invoices yet."
    return "pass", f"On for {many(len(claimed), 'commitment')} with invoices: all there are."


def _numbers(rows: Sequence[Row]) -> list[str]:
    return [str(row.get("number") or row["id"]) for row in rows]


def _payable(project: Project) -> list[Row]:
    return [claim for claim in project.claims if claim.get("status") in schemas.PAYABLE_STATUSES]


def _approved(project: Project) -> Said:
    payable = _payable(project)
    if not project.claims:
        return "not applicable", "It has no invoices yet."
    if not payable:
        return "warn", f"None of {many(len(project.claims), 'invoice')} is approved."
    of = many(len(project.claims), "invoice")
    return "pass", f"Of {of}, {len(payable)} approved, approved as noted, or waiting for the owner."


def _synced_first(project: Project) -> Said:
    if not _payable(project):
        return "not applicable", "No invoice is approved yet."
    by_hand = [claim for claim in _payable(project) if not claim.get("origin_id")]
    named = some([str(claim.get("invoice_number") or claim["id"]) for claim in by_hand])
    if not by_hand:
        return "pass", "Every approved invoice has its ERP bill's id."
    if project.mode == "native":
        return "block", f"Procore's own sync will never pay {named}: without an ERP bill's id."
    return "warn", f"Without an ERP bill's id: {named}."


def _one_writer(project: Project) -> Said:
    if project.override:
        return "warn", f"Procore's own sync runs here, and an administrator lets us write too: {project.override}"
    if project.mode == "native":
        return "pass", "Procore's own sync brings the payments; nothing is pushed from here."
    return "pass", "No ERP integration of Procore's writes here."


OF_PROJECT = (
    Requirement(
        "visible",
        "The service account sees the project",
        BOTH,
        "In Procore: Company Admin > App Management > the app > Permitted Projects > add the project.",
        _visible,
    ),
    Requirement(
        "tool",
        "Commitments tool is active",
        BOTH,
        "In Procore: the project > Admin > Tool Settings (Project Settings > Tools) > tick Commitments.",
        _tool,
    ),
    Requirement(
        "access",
        "Admin access to Commitments",
        ("push",),
        "In Procore: Company > Permissions > the service account's template > Commitments > Admin.",
        _access,
    ),
    Requirement(
        "view",
        "Read access to Commitments",
        ("native",),
        "In Procore: Company > Permissions > the service account's template > Commitments > Read Only.",
        _view,
    ),
    Requirement(
        "tab",
        "Payments Issued is enabled on each commitment",
        BOTH,
        "In Procore: the commitment > Advanced Settings > Payment Settings > tick Enable Payments.",
        _tab,
    ),
    Requirement(
        "approved",
        "Invoices are approved",
        BOTH,
        "In Procore: Commitments > Subcontractor Invoices > set the status to Approved.",
        _approved,
    ),
    Requirement(
        "synced_first",
        "Invoices were exported before they were paid",
        BOTH,
        "In Procore: the invoice > Send to ERP, then ERP Integrations > Subcontractor Invoices > Accept.",
        _synced_first,
    ),
    Requirement(
        "one_writer",
        "Only one writes the payments",
        BOTH,
        "Remove the project from [procore.native_overrides], or ask Procore to switch its payment sync off there.",
        _one_writer,
    ),
)
