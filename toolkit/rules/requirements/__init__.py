"""Every requirement of a payment sync as a row: passed, to be looked at, in the way, or not asked here. Pure.

Only what is known to be wrong blocks; what is missing or unknown is a warning. A project is in mode
`native` where Procore's own ERP integration brings the payments, else in mode `push`. Sources:
Procore's support pages on syncing paid invoices and on enabling the Payments Issued tab.
"""

from __future__ import annotations

from collections.abc import Iterable

from toolkit.rules.requirements.company import OF_COMPANY
from toolkit.rules.requirements.model import Check, Company, Mode, Project, Requirement, Said, Verdict
from toolkit.rules.requirements.ours import OF_OURS
from toolkit.rules.requirements.project import OF_PROJECT
from toolkit.rules.requirements.pushing import OF_PUSHING
from toolkit.rules.requirements.tabs import OF_TABS

COMPANY, PROJECT = (*OF_COMPANY, *OF_OURS, *OF_PUSHING), (*OF_PROJECT, *OF_TABS)

__all__ = ["COMPANY", "PROJECT", "Check", "Company", "Mode", "Project", "Requirement", "Verdict", "examine"]


def examine(company: Company) -> list[Check]:
    """Every requirement in its order, of the company and then of each project."""
    modes = {project.mode for project in company.projects} or {"push"}
    checks = [_checked(one, None, _other_mode(one, modes) or one.look(company)) for one in COMPANY]
    for project in company.projects:
        for one in PROJECT:
            unread = project.unread(one.code)
            nothing: Said | None = ("not applicable", unread) if unread else None
            said = nothing or _other_mode(one, {project.mode}) or one.look(project)
            checks.append(_checked(one, project.project_id, said))
    return checks


def _checked(requirement: Requirement, project_id: str | None, said: Said) -> Check:
    verdict, evidence = said
    action = requirement.action if verdict in ("warn", "block") else ""
    return Check(requirement.code, requirement.title, project_id, verdict, evidence, action)


def _other_mode(requirement: Requirement, modes: Iterable[str]) -> Said | None:
    if set(requirement.modes) & set(modes):
        return None
    asked = "Procore's own sync" if requirement.modes == ("native",) else "pushing from here"
    return "not applicable", f"Asked only of {asked}."
