"""Loading twice, newer and older versions, voids and deletions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.load.conftest import Desk, bill_payment, netsuite, paid, quickbooks
from toolkit.settings import load_settings
from toolkit.warehouse import Warehouse

OCTOBER, SEPTEMBER = "2026-10-31T18:00:00+00:00", "2026-09-30T18:00:00+00:00"
VOID = bill_payment("7", "0", PrivateNote="Voided - lost", MetaData={"LastUpdatedTime": "2026-10-02T09:00:00-07:00"})


def test_the_same_file_again_changes_nothing_and_says_so(desk: Desk) -> None:
    first, again = desk.load(netsuite(paid("7", "50.00"))), desk.load(netsuite(paid("7", "50.00")))
    assert (first.already_loaded, first.new) == (False, 1)
    assert (again.already_loaded, again.load_id, again.counts) == (True, first.load_id, first.counts)
    assert desk.core("SELECT count(*) FROM core.loads") == [(1,)]


def test_the_same_payment_in_another_file_is_a_duplicate(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00")))
    report = desk.load(netsuite(paid("7", "50.00"), paid("8", "20.00")))
    assert (report.new, report.unchanged, report.counts.good, report.counts.duplicate) == (1, 1, 1, 1)
    assert desk.core("SELECT count(*) FROM core.payments") == [(2,)]


def test_a_changed_payment_is_a_new_version_and_the_old_one_stays(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00")))
    report = desk.load(netsuite(paid("7", "60.00")))
    assert [(one.payment_id, one.old_amount, one.new_amount) for one in report.changes] == [("7", 5000, 6000)]
    assert desk.payments() == [("7", "60.00", "issued")]
    assert desk.core("SELECT payment_amount, current FROM core.payments ORDER BY 1") == [(5000, False), (6000, True)]


def test_an_older_extract_never_replaces_a_newer_version(desk: Desk) -> None:
    desk.load(quickbooks(bill_payment("7", "60.00", ("1", "60.00")), time=OCTOBER), "new.json")
    report = desk.load(quickbooks(bill_payment("7", "50.00", ("1", "50.00")), time=SEPTEMBER), "old.json")
    assert (report.changed, report.stale) == (0, 1)
    assert desk.payments() == [("7", "60.00", "issued")]


def test_the_time_of_the_extract_may_be_said(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "60.00")), extracted_at=datetime(2026, 10, 31, tzinfo=UTC))
    report = desk.load(netsuite(paid("7", "50.00")), extracted_at=datetime(2026, 9, 30, tzinfo=UTC))
    assert report.stale == 1
    assert not any("when it was made" in note for note in report.notes)


def test_a_file_without_a_stamp_says_that_the_load_stands_for_it(desk: Desk) -> None:
    assert any("when it was made" in note for note in desk.load(netsuite(paid("7", "50.00"))).notes)


def test_what_is_void_never_becomes_payable_again(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00", status="Voided")))
    report = desk.load(netsuite(paid("7", "50.00")))
    assert any("until a person decides" in note for note in report.notes)
    assert desk.payments() == [("7", "50.00", "voided")]


def test_a_void_that_empties_its_payment_keeps_what_was_paid(desk: Desk) -> None:
    desk.load(quickbooks(bill_payment("7", "50.00", ("1", "30.00"), ("2", "20.00")), time=SEPTEMBER), "paid.json")
    desk.load(quickbooks(VOID, time=OCTOBER), "void.json")
    assert desk.rows("SELECT payment_amount, unapplied_amount, status, voided_date FROM report.payments") == [
        ("50.00", "0.00", "voided", "2026-10-02")
    ]
    parts = desk.rows("SELECT document_id, applied_amount, status FROM report.applications ORDER BY 1")
    assert parts == [("1", "30.00", "reversed"), ("2", "20.00", "reversed")]


def test_the_void_again_in_another_file_changes_nothing(desk: Desk) -> None:
    desk.load(quickbooks(bill_payment("7", "50.00", ("1", "50.00")), time=SEPTEMBER), "paid.json")
    desk.load(quickbooks(VOID, time=OCTOBER), "void.json")
    report = desk.load(quickbooks(VOID, bill_payment("8", "1.00", ("9", "1.00")), time=OCTOBER), "more.json")
    assert (report.new, report.changed, report.unchanged) == (1, 0, 1)


REGISTER = "Control,Bank,Check#,Check Date,Vendor,Invoice #,Payable Control,Amount\n"
PAID = REGISTER + 'K-1,o,501,09/14/2026,osier,OG-1,P-1,"100.00"\nK-2,o,501,09/15/2026,osier,OG-2,P-2,100.00\n'
UNDONE = REGISTER + "K-9,o,501,10/20/2026,osier,OG-1,P-1,(100.00)\n"


@pytest.mark.parametrize("files", [(PAID, UNDONE), (UNDONE, PAID)], ids=["in order", "the reversal first"])
def test_a_reversal_in_another_file_voids_the_earliest_payment_of_its_number(desk: Desk, files: tuple) -> None:
    first, second = (desk.load(text, f"{n}.csv") for n, text in enumerate(files))
    assert not any("reverses them" in note for note in first.notes)
    assert any("1 payments are void" in note for note in second.notes)
    found = desk.rows("SELECT payment_id, status, voided_date FROM report.payments ORDER BY 1")
    assert found == [("K-1", "voided", "2026-10-20"), ("K-2", "issued", ""), ("K-9", "reversed", "")]
    desk.load(PAID.replace("osier", "osier "), "again.csv")
    assert desk.rows("SELECT payment_id FROM report.payments WHERE status = 'voided'") == [("K-1",)]


def test_a_deletion_makes_the_last_version_deleted_and_its_bills_open(desk: Desk) -> None:
    desk.load(quickbooks(bill_payment("7", "50.00", ("1", "50.00")), time=SEPTEMBER), "paid.json")
    report = desk.load(quickbooks({"Id": "7", "status": "Deleted"}, time=OCTOBER), "gone.json")
    assert (report.deleted, report.counts.good) == (1, 1)
    assert desk.payments() == [("7", "50.00", "deleted")]
    assert desk.rows("SELECT status FROM report.applications") == [("reversed",)]


def test_a_payment_that_arrives_after_its_deletion_is_deleted(desk: Desk) -> None:
    desk.load(quickbooks({"Id": "7", "status": "Deleted"}, time=OCTOBER), "gone.json")
    desk.load(quickbooks(bill_payment("7", "50.00", ("1", "50.00")), time=SEPTEMBER), "paid.json")
    assert desk.payments() == [("7", "50.00", "deleted")]


def test_absence_means_deleted_only_inside_a_range_declared_complete(desk: Desk) -> None:
    from datetime import date

    desk.load(netsuite(paid("7", "50.00"), paid("8", "20.00"), paid("9", "10.00", date="8/14/2026")))
    assert desk.load(netsuite(paid("7", "50.00"))).deleted == 0
    report = desk.load(netsuite(paid("7", "50.00")), complete=(date(2026, 9, 1), date(2026, 9, 30)))
    assert report.deleted == 1
    assert desk.payments() == [("7", "50.00", "issued"), ("8", "20.00", "deleted"), ("9", "10.00", "issued")]


def test_a_bill_joins_its_payment_whichever_was_loaded_first(desk: Desk) -> None:
    numbers = "SELECT invoice_number, applied_amount FROM report.applications"
    desk.load(quickbooks(bill_payment("7", "50.00", ("1", "50.00")), time=SEPTEMBER), "paid.json")
    assert desk.rows(numbers) == [("", "50.00")]
    report = desk.load(quickbooks(Bill=[{"Id": "1", "DocNumber": "TS-9"}], time=OCTOBER), "bills.json")
    assert (report.counts.good, report.counts.other) == (0, 1)
    assert desk.rows(numbers) == [("TS-9", "50.00")]


def test_an_older_bill_does_not_replace_a_newer_one(desk: Desk) -> None:
    desk.load(quickbooks(bill_payment("7", "50.00", ("1", "50.00")), time=SEPTEMBER), "paid.json")
    desk.load(quickbooks(Bill=[{"Id": "1", "DocNumber": "NEW"}], time=OCTOBER), "b1.json")
    desk.load(quickbooks(Bill=[{"Id": "1", "DocNumber": "OLD"}], time=SEPTEMBER), "b2.json")
    assert desk.rows("SELECT invoice_number FROM report.applications") == [("NEW",)]


def test_one_file_said_to_be_of_two_companies_is_loaded_twice(desk: Desk) -> None:
    one = desk.load(netsuite(paid("7", "50.00")), company="North")
    two = desk.load(netsuite(paid("7", "50.00")), company="South")
    assert one.load_id != two.load_id
    assert desk.rows("SELECT erp_company FROM report.payments ORDER BY 1") == [("North",), ("South",)]


def test_a_newer_file_without_a_stamp_makes_an_erp_fresh_again(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "60.00")), extracted_at=datetime(2026, 9, 1, tzinfo=UTC))
    with Warehouse.open(load_settings(desk.home)) as warehouse:
        assert warehouse.ages() == {"extracted_at": "2026-09-01T00:00:00+00:00"}
    desk.load(netsuite(paid("8", "50.00")))
    with Warehouse.open(load_settings(desk.home)) as warehouse:
        assert warehouse.ages() == {"extracted_at": "2026-11-01T12:02:00+00:00"}


# A payment of 90.00 beside a credit of 10.00, as its record tells it; the credit as a search lists it.
RECORD = {
    "id": "9",
    "tranId": "77",
    "tranDate": "2026-10-02",
    "total": 90.0,
    "apply": {"items": [{"doc": {"id": "70"}, "refNum": "OG-1", "type": "Bill", "amount": 90.0, "apply": True}]},
    "credit": {
        "items": [
            {"doc": {"id": "80"}, "refNum": "OG-CR", "appliedTo": {"id": "70", "refName": "Bill #OG-1"}, "amount": 10.0}
        ]
    },
}
SEARCH = (
    "Internal ID,Date,Document Number,Name,Type,Amount,Applied To Transaction,Applied To Link Amount\n"
    "80,10/13/2026,OG-CR,Osier,Bill Credit,-10.00,Bill #OG-1,{}\n"
)
SETTLED = "SELECT sum(applied_amount) FROM report.applications WHERE document_type = 'bill' AND status = 'applied'"


@pytest.mark.parametrize("record_first", [True, False])
def test_a_credit_in_a_payments_record_and_by_itself_counts_once(desk: Desk, *, record_first: bool) -> None:
    files: list[tuple] = [(RECORD, "record.json"), (SEARCH.format("10.00"), "search.csv")]
    for content, name in files if record_first else files[::-1]:
        report = desk.load(content, name)
    assert any("counted once" in note for note in report.notes)
    assert desk.rows(SETTLED) == [("100.00",)]
    assert {identity for identity, *_ in desk.payments()} == {"9", "80"}


def test_a_share_of_a_credit_that_its_own_document_does_not_tell_stays(desk: Desk) -> None:
    desk.load(SEARCH.format("4.00"), "search.csv")
    desk.load(RECORD, "record.json")
    assert ("80|9", "0.00", "issued") in desk.payments()


def _part(number: int, cents: str, supplier: str | None, status: str = "AUTHORISED") -> dict:
    invoice = {"InvoiceID": f"i-{number}"} | (
        {"Contact": {"ContactID": supplier, "Name": supplier}} if supplier else {}
    )
    own = {"PaymentID": f"p-{number}", "BatchPaymentID": "b", "Date": "2026-09-10", "Amount": cents, "Invoice": invoice}
    return own | {"Status": status, "PaymentType": "ACCPAYPAYMENT"}


def _batch(total: str, *parts: dict) -> dict:
    own = {"BatchPaymentID": "b", "Date": "2026-09-10", "TotalAmount": total, "Payments": list(parts)}
    return own | {"Status": "AUTHORISED", "Type": "PAYBATCH"}


def _reply(minute: int, **lists: list) -> dict:
    return lists | {"DateTimeUTC": f"2026-10-01T12:{minute:02d}:00Z"}


OSIER, ELM = _part(1, "10.00", "Osier"), _part(2, "20.00", "Elm")
SPLIT = [("b|Elm", "20.00", "issued"), ("b|Osier", "10.00", "issued")]


def test_a_batch_over_several_suppliers_is_a_payment_for_each(desk: Desk) -> None:
    desk.load(_reply(1, Payments=[OSIER, ELM], BatchPayments=[_batch("30.00", OSIER, ELM)]), "a.json")
    assert desk.payments() == SPLIT
    assert desk.rows("SELECT vendor_name FROM report.payments ORDER BY 1") == [("Elm",), ("Osier",)]
    report = desk.load(_reply(2, Payments=[OSIER, ELM], BatchPayments=[_batch("31.00", OSIER, ELM)]), "b.json")
    assert "its payments come to 30.00 but the batch to 31.00" in report.quarantine["reason"].to_list()


def test_a_batch_whose_suppliers_become_known_later_counts_once(desk: Desk) -> None:
    desk.load(_reply(1, BatchPayments=[_batch("30.00", _part(1, "10.00", None), _part(2, "20.00", None))]), "a.json")
    assert desk.payments() == [("b", "30.00", "issued")]
    desk.load(_reply(2, Payments=[OSIER, ELM]), "b.json")
    assert desk.payments() == SPLIT


def test_one_part_of_a_batch_that_comes_alone_takes_only_its_own_place(desk: Desk) -> None:
    desk.load(_reply(1, Payments=[OSIER, ELM]), "a.json")
    desk.load(_reply(2, Payments=[_part(2, "20.00", "Elm", "DELETED")]), "b.json")
    assert [row for row in desk.payments() if row[2] == "issued"] == SPLIT[1:]
    assert not any(identity == "b|Elm" for identity, *_ in desk.payments())
