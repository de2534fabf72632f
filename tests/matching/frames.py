"""Small frames for the tests of matching: canonical rows from the few facts that a test is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from toolkit import schemas
from toolkit.matching.engine import match
from toolkit.matching.model import Inputs, Scope

SCOPE = Scope(as_of=date(2026, 12, 31))
KEY = {"erp": "netsuite", "erp_company": "default"}
PAYMENT = {
    **KEY,
    "payment_method": "check",
    "document_kind": "payment",
    "payment_date": date(2026, 3, 1),
    "vendor_name": "Aster Steel LLC",
    "currency_code": "USD",
    "unapplied_amount": 0,
    "status": "issued",
    "source_file": "test",
    "source_row": 1,
}
APPLICATION = {
    **KEY,
    "document_type": "bill",
    "discount_amount": 0,
    "withholding_amount": 0,
    "retainage_amount": 0,
    "status": "applied",
    "source_file": "test",
    "source_row": 1,
}
CLAIM = {
    "project_id": "P1",
    "commitment_id": "K1",
    "vendor_name": "Aster Steel LLC",
    "status": "approved",
    "billing_date": date(2026, 2, 1),
    "currency_code": "USD",
}
Row = Mapping[str, Any]


def rows(table: type[schemas.Table], usual: Row, given: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a table: what the test says, and the usual for the rest."""
    told = [{**usual, **row} for row in given]
    return schemas.conform(table, pl.DataFrame(told, infer_schema_length=None)) if told else schemas.empty(table)


def inputs(
    payments: list[dict[str, Any]],
    claims: list[dict[str, Any]],
    applications: list[dict[str, Any]] | None = None,
    **others: pl.DataFrame,
) -> Inputs:
    """Both sides; every claim, payment and application must at least name its id and amount."""
    return Inputs(
        payments=rows(schemas.Payments, PAYMENT, payments),
        applications=rows(schemas.Applications, APPLICATION, applications or []),
        claims=rows(schemas.Claims, CLAIM, claims),
        **others,
    )


def decisions(*said: dict[str, Any]) -> pl.DataFrame:
    return rows(schemas.Decisions, KEY, list(said))


def matched(given: Inputs, *names: str) -> list[tuple[Any, ...]]:
    """The rows of Matches as tuples of the columns asked for."""
    found, _ = match(given, SCOPE, "77")
    return schemas.Matches.validate(found).select(names or ("payment_id", "claim_id", "band")).rows()


def linked(given: Inputs, *names: str) -> list[tuple[Any, ...]]:
    """The rows of Links as tuples of the columns asked for."""
    _, found = match(given, SCOPE, "77")
    return schemas.Links.validate(found).select(names or ("payment_id", "issued_payment_id", "rule")).rows()
