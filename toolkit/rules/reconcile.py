"""The whole reconciliation as one pure function: both sides in, everything that was found out."""

from __future__ import annotations

from toolkit.matching.engine import match
from toolkit.matching.model import Inputs, Reconciliation, Scope
from toolkit.rules import companies, mismatches, picture, statement


def reconcile(inputs: Inputs, scope: Scope, company_id: str = "") -> Reconciliation:
    """Match, find what is wrong, and tie both sides; the same inputs in any order give the same bytes."""
    matches, links = match(inputs, scope, company_id)
    drawn = picture.draw(inputs, matches, links, scope)
    homes = companies.assign(drawn, inputs)
    return Reconciliation(
        matches=matches,
        links=links,
        mismatches=mismatches.find(drawn, homes),
        statement=statement.tie_out(inputs, drawn, homes, scope),
    )
