"""What people decided are facts: no run overwrites them, and one leaves the others alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.matching.frames import SCOPE, decisions, inputs, matched
from toolkit.rules.reconcile import reconcile

CLAIMS = [
    {"claim_id": "c", "invoice_number": "INV-7001", "due_amount": 500_00},
    {"claim_id": "d", "invoice_number": "INV-7002", "due_amount": 200_00},
]
CHECK = {"payment_id": "1", "payment_amount": 700_00, "reference": "INV-7001, INV-7002"}


def _said(verdict: str, claim: str, payment: str = "1") -> dict[str, str]:
    return {"payment_id": payment, "claim_id": claim, "verdict": verdict}


def test_a_check_confirmed_on_two_claims_pays_each_its_due() -> None:
    blank = {**CHECK, "reference": None, "payment_amount": 650_00}
    given = inputs([blank], CLAIMS, decisions=decisions(_said("confirm", "c"), _said("confirm", "d")))
    # 500 of 650 settle c; 150 are left for d.
    assert matched(given, "claim_id", "matched_amount", "band") == [
        ("c", 500_00, "confirmed"),
        ("d", 150_00, "confirmed"),
    ]


def test_unmatching_one_claim_of_a_check_leaves_the_other_and_loses_no_cent() -> None:
    given = inputs([CHECK], CLAIMS, decisions=decisions(_said("unmatch", "d")))
    found = reconcile(given, SCOPE)
    assert found.matches.select("claim_id", "matched_amount").rows() == [("c", 500_00)]
    assert found.statement.sort("position").select("label", "amount").rows()[-1] == ("unexplained", 0)


def test_a_decision_about_one_payment_changes_no_other() -> None:
    payments = [{**CHECK, "payment_id": str(n), "reference": f"INV-900{n}", "payment_amount": n} for n in range(1, 5)]
    claims = [{"claim_id": f"c{n}", "invoice_number": f"INV-900{n}", "due_amount": n} for n in range(1, 5)]
    before = matched(inputs(payments, claims), "payment_id", "claim_id", "band", "reason")
    after = matched(
        inputs(payments, claims, decisions=decisions(_said("unmatch", "c2", "2"))),
        *("payment_id", "claim_id", "band", "reason"),
    )
    assert after == [row for row in before if row[0] != "2"]


PAIRS = st.tuples(st.sampled_from("123"), st.sampled_from("cdef"))


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(PAIRS, st.sampled_from(["confirm", "unmatch"]), max_size=5))
def test_whatever_people_said_stands_in_the_next_run(said: dict[tuple[str, str], str]) -> None:
    payments = [{**CHECK, "payment_id": n, "payment_amount": 100 + int(n)} for n in "123"]
    claims = [{"claim_id": name, "invoice_number": "INV-7001", "due_amount": 100 + n} for n, name in enumerate("cdef")]
    facts = decisions(*(_said(word, claim, payment) for (payment, claim), word in said.items()))
    found = matched(inputs(payments, claims, decisions=facts), "payment_id", "claim_id", "band")
    pairs = {(payment, claim): band for payment, claim, band in found}
    for pair, word in said.items():
        assert pairs.get(pair) == ("confirmed" if word == "confirm" else None)
