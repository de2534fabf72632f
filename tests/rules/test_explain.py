"""What came near a payment and why it lost, and what would change the answer."""

from __future__ import annotations

import polars as pl
import pytest

from toolkit.matching.model import Inputs, Scope
from toolkit.rules.explain import Explanation, explain
from toolkit.rules.reconcile import reconcile

from .small import AS_OF, claim, company, payment, pays, settled


def _explained(inputs: Inputs) -> Explanation:
    run = reconcile(inputs, Scope(AS_OF))

    def table(name: str) -> pl.DataFrame:
        found: pl.DataFrame = getattr(run if name in ("matches", "links", "mismatches") else inputs, name)
        return found

    return explain(table, "101")


def test_what_spoke_against_each_near_claim_is_said_the_nearest_first() -> None:
    claims = [
        claim("1", "A-2", 499),
        claim("2", "A-3", 500),
        claim("3", "A-9", 500, vendor_name="Bright Bay LLC", vendor_id="901"),
    ]
    near = _explained(company([payment("101", 500)], [pays("101", "A-1", 500, project_number="P-1")], claims))
    assert near.alternatives.select("claim_id", "why").rows() == [
        ("2", "its invoice number is A-3, not A-1"),
        ("1", "its invoice number is A-2, not A-1; its due is 499.00 USD"),
    ]
    assert near.sentences[-1] == (
        "It would be matched if what differs were corrected, or if a person said so: tieout confirm 101 CLAIM."
    )


def test_the_same_number_of_another_vendor_and_project_is_near_and_says_both() -> None:
    other = claim("1", "A-1", 480, vendor_name="Bright Bay LLC", vendor_id="901", project_number="P-2")
    near = _explained(company([payment("101", 500)], [pays("101", "A-1", 500, project_number="P-1")], [other]))
    assert near.alternatives["why"].to_list() == [
        "its vendor is Bright Bay LLC; its due is 480.00 USD; its project is P-2, not P-1"
    ]


def test_a_decided_payment_names_only_rivals_of_its_number_or_amount() -> None:
    claims = [claim("1", "A-1", 500), claim("2", "A-2", 300), claim("3", "A-3", 500)]
    near = _explained(company([payment("101", 500)], [pays("101", "A-1", 500)], claims))
    assert near.alternatives["claim_id"].to_list() == ["3"]
    assert "Claim 3 (invoice A-3) was not taken: its invoice number is A-3, not A-1." in near.sentences


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        ({"status": "voided"}, "It would change only if the ERP reinstated the payment"),
        ({"status": "pending"}, "It would be matched once the ERP says that it is issued or cleared."),
        ({"document_kind": "prepayment"}, "A prepayment pays no claim"),
    ],
)
def test_what_is_no_final_payment_says_what_it_waits_for(paid: dict, said: str) -> None:
    assert _explained(settled(500, paid=paid)).changes[0].startswith(said)


def test_a_payment_that_nothing_comes_near_says_so() -> None:
    only = _explained(company([payment("101", 500)], [pays("101", "RENT", 500)], []))
    assert only.sentences[-1] == (
        "No claim of this vendor comes near, and none has its invoice number: "
        "it would be matched once the vendor has submitted one."
    )
