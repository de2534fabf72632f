"""What is asked of each project's Payments Issued tabs as they stand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from toolkit import money
from toolkit.rules.requirements.model import BOTH, Project, Requirement, Row, Said, many, some

# Our references begin so; any other origin belongs to another integration.
OURS = "p1-"


def _rows(project: Project) -> list[Row]:
    return [row for commitment in project.commitments for row in commitment.get("payments_issued") or []]


def _strangers(project: Project) -> Said:
    rows = _rows(project)
    foreign = [row for row in rows if row.get("origin_id") and not str(row["origin_id"]).startswith(OURS)]
    if foreign:
        return "warn", f"Issued payments of another integration: {some([str(row['id']) for row in foreign])}."
    return "pass", f"Of {many(len(rows), 'issued payment')}, none is another integration's."


def _locked(project: Project) -> Said:
    rows = _rows(project)
    locked = [row for row in rows if row.get("origin_id")]
    return (
        "pass",
        f"Of {many(len(rows), 'row')}, {len(locked)} locked; of those only Payment # and attachments can change.",
    )


def _due(project: Project) -> Said:
    """Is anything paid beyond what is due on a claim, or beyond a commitment's revised amount?"""
    try:
        over = _over_claims(project) + _over_commitments(project)
    except ValueError as error:
        return "warn", f"An amount cannot be read: {error}."
    if over:
        return "warn", f"More is paid than is due on {some(over)}."
    return "pass", "No invoice and no commitment shows more paid than due."


def _over_claims(project: Project) -> list[str]:
    paid: Counter[str] = Counter()
    for commitment in project.commitments:
        for row in commitment.get("payments_issued") or []:
            paid[str(row.get("requisition_id"))] += _minor(row.get("amount"), commitment)
    over = []
    for claim in project.claims:
        due = (claim.get("summary") or claim.get("g702") or {}).get("current_payment_due")
        if due is not None and paid[str(claim["id"])] > _minor(due, claim):
            over.append(f"invoice {claim.get('invoice_number') or claim['id']}")
    return over


def _over_commitments(project: Project) -> list[str]:
    return [
        f"commitment {row.get('number') or row['id']}"
        for row in project.commitments
        if row.get("revised_contract") and _minor(row.get("total_payments"), row) > _minor(row["revised_contract"], row)
    ]


def _minor(value: Any, where: Mapping[str, Any]) -> int:
    code = (where.get("currency_configuration") or {}).get("currency_iso_code")
    return money.to_minor(str(value), code) if value not in (None, "") else 0


def _doubles(project: Project) -> Said:
    """Two rows of one commitment with the same claim, amount, and check or date."""
    seen: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for commitment in project.commitments:
        for row in commitment.get("payments_issued") or []:
            what = row.get("requisition_id") or row.get("invoice_number")
            when = row.get("check_number") or row.get("date")
            if what and when:
                seen[commitment["id"], what, str(row.get("amount")), when].append(str(row["id"]))
    twice = [" and ".join(ids) for ids in seen.values() if len(ids) > 1]
    if twice:
        return "warn", f"The same payment seems to stand twice: {some(twice)}."
    return "pass", "No two rows show the same payment."


OF_TABS = (
    Requirement(
        "strangers",
        "No other integration's payments",
        ("push",),
        "Leave those rows to the integration that wrote them; Tieout never touches them.",
        _strangers,
    ),
    Requirement(
        "locked",
        "What is synced is left as it is",
        BOTH,
        "Take back a payment of ours with `tieout reverse`; for another integration's row ask Procore Support.",
        _locked,
    ),
    Requirement(
        "due",
        "Nothing is paid beyond its due",
        BOTH,
        "In Procore: the commitment > Payments Issued > compare with the invoice; delete or correct what is wrong.",
        _due,
    ),
    Requirement(
        "doubles",
        "No payment stands twice",
        BOTH,
        "In Procore: the commitment > Payments Issued > delete the row that was keyed a second time.",
        _doubles,
    ),
)
