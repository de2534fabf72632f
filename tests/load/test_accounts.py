"""Where every row of a file went, what quarantines a payment, and what refuses a file."""

from __future__ import annotations

import hashlib
import stat
from datetime import UTC, datetime

import duckdb
import pytest

from tests.load.conftest import HEADER, Desk, bill_payment, netsuite, paid, quickbooks
from toolkit.errors import InputError, RefusedFile

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_the_journal_refuses_a_load_whose_rows_do_not_add_up(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00")))
    with (
        duckdb.connect(str(desk.home / "warehouse.duckdb")) as warehouse,
        pytest.raises(duckdb.ConstraintException, match="rows_seen = "),
    ):
        warehouse.execute("UPDATE core.loads SET good = good + 1")


def test_every_row_is_counted_once(desk: Desk) -> None:
    text = "Payments\n\n" + netsuite(paid("7", "50.00"), paid("7", "50.00"), "", paid("8", "x"))
    counts = desk.load(text).counts
    assert vars(counts) == {
        "rows_seen": 7,
        "good": 1,
        "quarantined": 1,
        "blank": 2,
        "duplicate": 1,
        "furniture": 2,
        "other": 0,
    }


def test_a_bad_row_takes_its_whole_payment_with_it(desk: Desk) -> None:
    lines = [f"7,9/14/2026,1,Osier,,90.00,Bill #A-{n},{amount}" for n, amount in ((1, "4O.00"), (2, "50.00"))]
    report = desk.load(netsuite(*lines, paid("8", "20.00")))
    assert desk.payments() == [("8", "20.00", "issued")]
    bad = desk.rows("SELECT source_row, column_name, reason FROM report.quarantine ORDER BY 1")
    assert bad == [
        ("2", "Applied To Link Amount", '"4O.00" is not an amount (letter O at position 2)'),
        ("3", "", "belongs to payment 7, quarantined for row 2"),
    ]
    assert report.counts.quarantined == 2


def test_a_row_carries_every_reason(desk: Desk) -> None:
    desk.load(netsuite("7,13/13/2026,1,Osier,,12.345,Bill #A-1,1O", paid("8", "20.00")), date_order="mdy")
    assert len(desk.rows("SELECT reason FROM report.quarantine")) == 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("7,,1,Osier,,9.00,Bill #A-1,9.00", "the payment has no date"),
        ("7,9/14/2026,1,Osier,,,Bill #A-1,9.00", "the payment has no amount"),
        (",9/14/2026,1,Osier,,9.00,Bill #A-1,9.00", "the row has no Internal ID"),
        ("7,9/14/1989,1,Osier,,9.00,Bill #A-1,9.00", "'9/14/1989' lies outside 1990 to 2100"),
        ("7,2/30/2026,1,Osier,,9.00,Bill #A-1,9.00", "'2/30/2026' is no date"),
        ("7,9/14/2026,1,Osier,,9.00,Bill #A-1,9.005", '"9.005" is finer than 2 decimals, and nothing is rounded'),
        ("7,9/14/2026,1,Osi\u200ber,,9.00,Bill #A-1,9.00", "holds an invisible character (U+200B)"),
        ("7,9/14/2026,1,Osier,,9.00,Bill #A-1,9.50", "its applications come to 9.50 but the payment to 9.00"),
    ],
)
def test_what_quarantines_a_payment(desk: Desk, row: str, reason: str) -> None:
    assert desk.load(netsuite(row, paid("8", "20.00"))).counts.quarantined == 1
    assert reason in [why for (why,) in desk.rows("SELECT reason FROM report.quarantine")]
    assert desk.payments() == [("8", "20.00", "issued")]


def test_two_header_amounts_of_one_payment_quarantine_it(desk: Desk) -> None:
    lines = ["7,9/14/2026,1,Osier,,90.00,Bill #A-1,40.00", "7,9/14/2026,1,Osier,,91.00,Bill #A-2,50.00"]
    assert desk.load(netsuite(*lines)).counts.quarantined == 2


def test_two_vendors_of_one_payment_quarantine_it(desk: Desk) -> None:
    lines = ["7,9/14/2026,1,Osier,,90.00,Bill #A-1,40.00", "7,9/14/2026,1,Elm,,90.00,Bill #A-2,50.00"]
    desk.load(netsuite(*lines, paid("8", "20.00")))
    bad = desk.rows("SELECT source_row, column_name, reason FROM report.quarantine ORDER BY 1")
    assert bad[1] == ("3", "Name", "the payment's is Elm here, but Osier in row 2")
    assert desk.payments() == [("8", "20.00", "issued")]


def test_one_id_with_two_tellings_in_a_reply_quarantines_both(desk: Desk) -> None:
    one, two = bill_payment("7", "50.00", ("1", "50.00")), bill_payment("7", "51.00", ("1", "51.00"))
    report = desk.load(quickbooks(one, one, two), "reply.json")
    assert (report.counts.quarantined, report.counts.duplicate, report.counts.good) == (2, 1, 0)


def test_a_credit_that_leaves_cash_is_quarantined(desk: Desk) -> None:
    credit = {"Amount": "30.00", "LinkedTxn": [{"TxnId": "2", "TxnType": "VendorCredit"}]}
    payment = bill_payment("7", "0", ("1", "50.00"))
    report = desk.load(quickbooks(payment | {"Line": [*payment["Line"], credit]}), "reply.json")
    assert report.counts.quarantined == 1


def test_an_unknown_status_is_pending_and_named_once(desk: Desk) -> None:
    report = desk.load(netsuite(paid("7", "50.00", status="Parked"), paid("8", "5.00", status="Parked")))
    assert 'Unknown status "Parked" is read as pending (2 payments).' in report.notes
    assert {status for _, _, status in desk.payments()} == {"pending"}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("nothing.csv", b" \n", "is empty"),
        ("page.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>", "is a web page"),
        ("image.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x81\x8d", "not readable as text"),
        ("zeros.csv", b"a,b\n1,\x00\n", "NUL bytes"),
        ("other.csv", b"a,b,c\n1,2,3\n", "no ERP recognises it"),
        ("cut.json", b'{"QueryResponse": {"BillPayment": [{"Id": "1"', "broken JSON"),
        ("twice.json", b'{"QueryResponse": {"BillPayment": [{"Id": "1", "Id": "2"}]}}', 'the key "Id" stands twice'),
        ("list.json", b'[{"QueryResponse": {}}, 5]', "row 2: is no object"),
        ("cut.xml", b"<Payables><Check><Number>7</Number>", "broken XML"),
        ("laugh.xml", b'<!DOCTYPE a [<!ENTITY b "bb">]><a><c>&b;</c><d>1</d></a>', "web page"),
        ("entity.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a><c>&b;</c><d>1</d></a>', "entities"),
        ("quote.csv", HEADER.encode() + b'\n7,9/14/2026,"1,Osier', "broken CSV"),
        ("header.csv", HEADER.encode() + b",Amount\n", 'column "amount": this header stands twice'),
    ],
)
def test_what_refuses_a_file(desk: Desk, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=f"^{name}") as refused:
        desk.load(content, name)
    assert reason in str(refused.value)


def test_a_refused_file_leaves_nothing_of_the_whole_command(desk: Desk) -> None:
    with pytest.raises(RefusedFile):
        desk.load_all({"good.csv": netsuite(paid("7", "50.00")), "bad.csv": ""})
    assert not (desk.home / "warehouse.duckdb").exists()
    assert not (desk.home / "files").exists()


def test_files_of_one_command_are_written_all_or_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from toolkit.warehouse import store

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "keep_file", full)
    with pytest.raises(OSError, match="No space"):
        desk.load_all({"a.csv": netsuite(paid("7", "50.00")), "b.csv": netsuite(paid("8", "20.00"))})
    assert desk.core("SELECT count(*) FROM core.payments") == [(0,)]
    assert desk.core("SELECT count(*) FROM core.loads") == [(0,)]


def test_each_file_is_kept_under_its_hash_for_its_owner_only(desk: Desk) -> None:
    content = netsuite(paid("7", "50.00")).encode()
    report = desk.load(content)
    kept = desk.home / "files" / hashlib.sha256(content).hexdigest()
    assert kept.read_bytes() == content
    assert report.sha256 == kept.name
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


TOTAL = "Total,,,,,{},,"


def test_a_control_total_that_agrees_is_furniture(desk: Desk) -> None:
    counts = desk.load(netsuite(paid("7", "50.00"), paid("8", "20.00"), TOTAL.format("70.00"))).counts
    assert (counts.good, counts.furniture) == (2, 2)


def test_a_control_total_that_disagrees_refuses_the_file_with_both_figures(desk: Desk) -> None:
    with pytest.raises(RefusedFile, match=r"its own total is 71\.00 but its payments come to 70\.00"):
        desk.load(netsuite(paid("7", "50.00"), paid("8", "20.00"), TOTAL.format("71.00")))


def test_an_accepted_difference_loads_and_its_reason_is_kept(desk: Desk) -> None:
    text = netsuite(paid("7", "50.00"), TOTAL.format("71.00"))
    report = desk.load(text, accept_difference="a manual check is missing")
    assert any("a manual check is missing" in note for note in report.notes)
    assert "a manual check is missing" in desk.rows("SELECT notes FROM report.loads")[0][0]


def test_what_the_screen_said_is_held_against_the_file(desk: Desk) -> None:
    text = netsuite(paid("7", "50.00"), paid("8", "20.00"))
    with pytest.raises(RefusedFile, match="--expect-rows says 3"):
        desk.load(text, expect_rows=3)
    with pytest.raises(RefusedFile, match=r"--expect-total is 71\.00 but its payments come to 70\.00"):
        desk.load(text, expect_total="71.00")
    assert desk.load(text, expect_rows=2, expect_total="70.00", report="Bill payments", filters="September").new == 2
    assert "September" in desk.core("SELECT options FROM core.loads")[0][0]


def test_the_journal_counts_the_money_that_is_not_void(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00"), paid("8", "20.00", status="Voided"), paid("9", "5.00")))
    assert desk.rows("SELECT amount_total FROM report.loads") == [("55.00",)]


def test_a_reply_that_holds_several_bills_and_no_id_is_quarantined_once(desk: Desk) -> None:
    bills = [{"Suppliers_Invoice_Number": f"OG-{n}", "Amount_Applied": "55"} for n in (1, 2)]
    paid = {"Payment_Date": "2026-10-01", "Payment_Amount": "110.00", "Currency": "USD", "Payee": "Osier"}
    told = paid | {"Payment": "SP-1", "Payment_Status": "Complete", "Check_Number": "12", "Invoices_group": bills}
    report = desk.load({"Report_Entry": [told, told | {"Workday_ID": "abd"}]}, name="report.json")
    counts = report.counts
    assert (counts.rows_seen, counts.good, counts.quarantined) == (2, 1, 1)
    assert report.quarantine.select("source_row", "reason").rows() == [(1, "the row has no payment_id")]
