"""Saved replies (JSON) that are not as their ERP documents them."""

from __future__ import annotations

import json

import pytest

from tests.load.conftest import Desk, bill_payment, quickbooks
from toolkit.errors import InputError, RefusedFile

GOOD = bill_payment("8", "20.00", ("1", "20.00"))


def _with(**fields: object) -> str:
    return json.dumps(quickbooks(bill_payment("7", "5.00", ("1", "5.00")) | fields, GOOD))


def test_a_field_that_nobody_knows_changes_nothing(desk: Desk) -> None:
    desk.load(_with(Sparse=True, CustomField=[{"Name": "x"}]), "a.json")
    assert desk.payments() == [("7", "5.00", "issued"), ("8", "20.00", "issued")]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Id": None}, "the payment has no Id"),
        ({"TxnDate": None}, "the payment has no date"),
        ({"TotalAmt": None}, "the payment has no amount"),
        ({"TotalAmt": "5.0x"}, '"5.0x" is not an amount (letter x at position 4)'),
        ({"TotalAmt": 10**30}, "has more digits than Tieout holds (18)"),
        ({"TotalAmt": [5]}, "the payment has no amount"),
        ({"PrivateNote": "x" * 1_100_000}, "holds more than a million characters"),
        ({"Line": 5, "TotalAmt": "NaN"}, '"NaN" is not an amount'),
    ],
)
def test_a_field_of_another_shape_quarantines_its_payment_only(desk: Desk, fields: dict, reason: str) -> None:
    assert desk.load(_with(**fields), "a.json").counts.quarantined == 1
    assert reason in desk.rows("SELECT reason FROM report.quarantine")[0][0]
    assert desk.payments() == [("8", "20.00", "issued")]


def test_what_is_no_object_is_quarantined_by_its_place(desk: Desk) -> None:
    report = desk.load(json.dumps({"QueryResponse": {"BillPayment": [5, GOOD, None]}}), "a.json")
    assert (report.counts.rows_seen, report.counts.good, report.counts.quarantined) == (3, 1, 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "nested deeper than any reply"),
        ('{"QueryResponse": {"BillPayment": [{"Line": ' + "[" * 50_000 + "]" * 50_000 + "}]}}", "nested deeper"),
        ('{"QueryResponse": {"BillPayment": [{"TotalAmt": NaN}]}}', "NaN is no number"),
        ('{"error": {"code": 401}}', "no ERP recognises it"),
    ],
)
def test_what_is_no_reply_is_refused(desk: Desk, text: str, reason: str) -> None:
    with pytest.raises(InputError, match=r"^a\.json") as refused:
        desk.load(text, "a.json")
    assert reason in str(refused.value)


def test_a_number_of_any_length_stays_its_digits(desk: Desk) -> None:
    text = _with(DocNumber="@").replace('"@"', "1" * 5000)
    desk.load(text, "a.json")
    assert len(desk.rows("SELECT check_number FROM report.payments WHERE payment_id = '7'")[0][0]) == 5000


def test_a_sign_in_page_instead_of_a_reply_is_named(desk: Desk) -> None:
    with pytest.raises(RefusedFile, match="is a web page"):
        desk.load("<html><body>Sign in</body></html>", "a.json")
