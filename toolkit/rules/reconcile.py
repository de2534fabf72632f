"""The whole reconciliation as one pure function: both sides in, everything that was found out."""

from __future__ import annotations

from toolkit import schemas
from toolkit.matching.engine import match
from toolkit.matching.model import Inputs, Reconciliation, Scope
from toolkit.rules import companies, lines, mismatches, picture, statement
from toolkit.rules.policy import Policy


def reconcile(inputs: Inputs, scope: Scope, company_id: str = "", policy: Policy | None = None) -> Reconciliation:
    """Match, find what is wrong, and tie both sides; the same inputs in any order give the same bytes.

    Everything up to the run's day is matched, whatever the period: only what is told of it is the period's.
    """
    matches, links = match(inputs, Scope(scope.as_of), company_id)
    drawn = picture.draw(inputs, matches, links, scope, policy)
    belongs = companies.assign(drawn, inputs)
    homes = lines.row_groups(drawn, belongs)
    return Reconciliation(
        matches=schemas.Matches.validate(matches),
        links=schemas.Links.validate(links),
        mismatches=schemas.Mismatches.validate(mismatches.find(drawn, belongs)),
        statement=schemas.StatementLines.validate(statement.tie_out(inputs, lines.items(drawn, homes), homes, scope)),
    )
