"""The whole reconciliation as one pure function: both sides in, everything that was found out."""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.matching.engine import match
from toolkit.matching.links import beside
from toolkit.matching.model import Inputs, Reconciliation, Scope
from toolkit.rules import companies, lines, mismatches, picture, statement
from toolkit.rules.policy import Policy


def reconcile(inputs: Inputs, scope: Scope, company_id: str = "", policy: Policy | None = None) -> Reconciliation:
    """Match, find what is wrong, and tie both sides; the same inputs in any order give the same bytes.

    Everything up to the run's day is matched, whatever the period: only what is told of it is the period's.
    """
    matches, links, drawn = put_together(inputs, scope, company_id, policy)
    belongs = companies.assign(drawn, inputs)
    homes = lines.row_groups(drawn, belongs)
    return Reconciliation(
        matches=schemas.Matches.validate(matches),
        links=schemas.Links.validate(links),
        mismatches=schemas.Mismatches.validate(mismatches.find(drawn, belongs)),
        statement=schemas.StatementLines.validate(statement.tie_out(inputs, lines.items(drawn, homes), homes, scope)),
    )


def put_together(
    inputs: Inputs, scope: Scope, company_id: str = "", policy: Policy | None = None
) -> tuple[pl.DataFrame, pl.DataFrame, picture.Picture]:
    """Matches, links, and the picture that both draw."""
    matches, links = match(inputs, Scope(scope.as_of), company_id)
    drawn = picture.draw(inputs, matches, links, scope, policy)
    otherwise = drawn.units.filter(pl.col("expected") != pl.col("amount"), ~pl.col("linked"), "cash")
    if otherwise.height:
        # A row that somebody keyed on the basis which the policy asks for shows the payment too.
        links = beside(links, otherwise.drop("issued_payment_id").with_columns(amount="expected"), inputs)
        drawn = picture.draw(inputs, matches, links, scope, policy)
    return matches, links, drawn
