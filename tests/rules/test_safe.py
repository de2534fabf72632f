"""Which proposals may be approved together: all evidence agrees; each doubt is said, a new pair of vendors too."""

from __future__ import annotations

import polars as pl
import pytest

from toolkit.rules.safe import NEW_PAIR, why_not_safe

SAFE = {
    "erp": "netsuite",
    "erp_company": "A",
    "payment_id": "p",
    "application_id": "p/1",
    "claim_id": "c",
    "project_number": "24-118",
    "warning": None,
}
MATCH = {"rule": "exact_number", "band": "auto", "invoice_number": "ARC-1", "claim_invoice_number": "ARC-1"}
CLAIM = {"claim_id": "c", "vendor_id": "v9", "vendor_name": "Alder Ridge", "project_number": "24-118"}
PAYMENT = {
    "erp": "netsuite",
    "erp_company": "A",
    "payment_id": "p",
    "vendor_id": "100",
    "vendor_name": "alder ridge ",
}
KEY = ("erp", "erp_company", "payment_id", "application_id", "claim_id")
EARLIER = {"payment_id": "q", "application_id": "q/1", "claim_id": "d"}


def _frame(rows: list[dict], like: dict) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(like, pl.String))


def _look(
    proposal: dict | None = None,
    match: dict | None = None,
    claim: dict | None = None,
    payment: dict | None = None,
    rivals: int = 1,
    earlier: tuple[dict, dict] | None = None,
) -> str | None:
    """`earlier`: what differs in the payment and in the claim of one that was approved before."""
    said = SAFE | (proposal or {})
    found = {name: said[name] for name in KEY} | MATCH | (match or {})
    matches = [found] + [found | {"claim_id": f"other{n}"} for n in range(1, rivals)]
    payments, claims = [PAYMENT | (payment or {})], [CLAIM | (claim or {})]
    approved = []
    if earlier:
        payments.append(payments[0] | {"payment_id": "q"} | earlier[0])
        claims.append(claims[0] | {"claim_id": "d"} | earlier[1])
        approved.append({name: said[name] for name in KEY} | EARLIER)
    return why_not_safe(
        _frame([said], said),
        _frame(matches, found),
        _frame(claims, CLAIM),
        _frame(payments, PAYMENT),
        _frame(approved, dict.fromkeys(KEY)),
    )["look"][0]


def test_all_evidence_together_is_safe() -> None:
    assert _look() is None
    assert _look({"application_id": None}, {"rule": "origin_id"}) is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"proposal": {"warning": "The claim was keyed by hand."}}, "by hand"),
        ({"proposal": {"application_id": None}}, "names no bill"),
        ({"match": {"claim_invoice_number": "ARC 1"}}, "invoice number"),
        ({"match": {"invoice_number": None}}, "invoice number"),
        ({"claim": {"vendor_name": "Alder Ridge Concrete"}}, "vendor"),
        ({"claim": {"vendor_name": None}}, "vendor"),
        ({"claim": {"project_number": "24-131"}}, "project"),
        ({"claim": {"project_number": None}}, "project"),
        ({"match": {"claim_id": "another"}}, "no longer"),
        ({"rivals": 2}, "Another claim"),
    ],
    ids=str,
)
def test_each_doubt_is_said(change: dict, word: str) -> None:
    assert word in (_look(**change) or "")


ALIAS = {"vendor_name": "ARC Concrete"}


def test_a_pair_of_names_is_new_until_a_payment_between_the_two_was_approved() -> None:
    assert _look(claim=ALIAS) == NEW_PAIR
    assert _look(claim=ALIAS, earlier=({}, {})) is None


@pytest.mark.parametrize(
    "earlier",
    [
        ({"vendor_id": "101"}, {}),
        ({"vendor_name": "Alder Ridge Ltd"}, {}),
        ({"erp_company": "B"}, {}),
        ({}, {"vendor_id": "v8"}),
        ({}, {"vendor_name": "Alder Ridge"}),
    ],
    ids=str,
)
def test_an_approval_of_another_pair_proves_nothing(earlier: tuple[dict, dict]) -> None:
    assert _look(claim=ALIAS, earlier=earlier) == NEW_PAIR


def test_a_claim_without_a_vendor_is_never_proven() -> None:
    assert _look(claim={"vendor_name": None}, earlier=({}, {})) == NEW_PAIR


def test_a_proven_pair_excuses_no_other_doubt() -> None:
    assert "invoice number" in (_look(claim=ALIAS, match={"claim_invoice_number": "ARC 1"}, earlier=({}, {})) or "")
