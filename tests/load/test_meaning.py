"""What decides how a date, an amount, a name or a company is read."""

from __future__ import annotations

import pytest

from tests.load.conftest import Desk, bill_payment, netsuite, paid, quickbooks
from toolkit.errors import InputError, RefusedFile

SUBSIDIARY = "Internal ID,Date,Amount,Applied To Transaction,Applied To Link Amount,Subsidiary\n"


def _date(desk: Desk) -> str:
    return desk.rows("SELECT payment_date FROM report.payments ORDER BY payment_id LIMIT 1")[0][0]


def test_a_day_above_twelve_decides_the_order_of_its_column(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "5.00", date="03/04/2026"), paid("8", "5.00", date="25/04/2026")))
    assert _date(desk) == "2026-04-03"


def test_dates_that_prove_nothing_refuse_the_file_and_name_the_flag(desk: Desk) -> None:
    with pytest.raises(RefusedFile, match="--date-order"):
        desk.load(netsuite(paid("7", "5.00", date="03/04/2026")))


def test_dates_that_prove_both_orders_refuse_the_file(desk: Desk) -> None:
    with pytest.raises(RefusedFile, match="proves both"):
        desk.load(netsuite(paid("7", "5.00", date="13/04/2026"), paid("8", "5.00", date="04/13/2026")))


def test_what_a_person_says_wins_over_the_settings(desk: Desk) -> None:
    desk.home.mkdir()
    (desk.home / "tieout.toml").write_text('[erp.netsuite]\ndate_order = "dmy"\n')
    desk.load(netsuite(paid("7", "5.00", date="03/04/2026")))
    assert _date(desk) == "2026-04-03"
    desk.load(netsuite(paid("6", "5.00", date="03/04/2026")), date_order="mdy")
    assert _date(desk) == "2026-03-04"


@pytest.mark.parametrize(
    ("amount", "more", "shown"),
    [
        ("1.234,50", "10,00", "1234.50"),
        ("1,234.50", "10.00", "1234.50"),
        ("1.234", "10,00", "1234.00"),
        ("1.234", "10", "refused"),
        ("(12.50)", "10.00", "-12.50"),
    ],
)
def test_the_column_proves_its_decimal_mark(desk: Desk, amount: str, more: str, shown: str) -> None:
    report = desk.load(netsuite(paid("7", amount), paid("8", more)))
    found = dict(desk.rows("SELECT payment_id, payment_amount FROM report.payments"))
    assert found.get("7", "refused") == shown
    assert report.counts.quarantined == (1 if shown == "refused" else 0)


def test_two_decimal_marks_in_one_column_refuse_the_file(desk: Desk) -> None:
    with pytest.raises(RefusedFile, match=r"both \. and , are used as the decimal mark"):
        desk.load(netsuite(paid("7", "1.234,50"), paid("8", "1,234.50")))


def test_the_company_of_the_settings_says_how_many_decimals_an_amount_has(desk: Desk) -> None:
    desk.home.mkdir()
    (desk.home / "tieout.toml").write_text('[company]\ncurrency = "JPY"\n')
    desk.load(netsuite(paid("7", "1250"), paid("8", "12.50")))
    assert desk.rows("SELECT payment_amount, currency_code FROM report.payments") == [("1250.00", "JPY")]
    assert desk.rows("SELECT reason FROM report.quarantine")[0][0].startswith('"12.50" is finer than 0 decimals')


def test_a_currency_of_three_decimals_is_refused(desk: Desk) -> None:
    with pytest.raises(RefusedFile, match="KWD has more than two decimals"):
        desk.load(quickbooks(bill_payment("7", "1.000", ("1", "1.000"), CurrencyRef={"value": "KWD"})), "kw.json")


def test_yen_that_were_read_as_cents_are_not_reconciled(desk: Desk) -> None:
    from toolkit.settings import load_settings
    from toolkit.warehouse import Warehouse

    desk.load(netsuite(paid("7", "1250")))
    settings = load_settings(desk.home)
    yen = settings.company.model_copy(update={"currency": "JPY"})
    with (
        Warehouse.open(settings.model_copy(update={"company": yen})) as warehouse,
        pytest.raises(InputError, match="load the files again"),
    ):
        warehouse.inputs()


def test_leading_zeros_stay(desk: Desk) -> None:
    desk.load(netsuite(paid("007", "5.00", bill="0012E5")))
    assert desk.rows("SELECT payment_id, check_number FROM report.payments") == [("007", "00007")]
    assert desk.rows("SELECT invoice_number FROM report.applications") == [("0012E5",)]


def test_ids_before_all_names_are_split_off(desk: Desk) -> None:
    rows = [paid("7", "5.00").replace("Tamarack", "V-1 Tamarack"), paid("8", "5.00").replace("Tamarack", "V-2 Osier")]
    desk.load(netsuite(*rows))
    assert desk.rows("SELECT vendor_id, vendor_name FROM report.payments ORDER BY 1") == [
        ("V-1", "Tamarack Steel"),
        ("V-2", "Osier Steel"),
    ]


def test_one_name_without_an_id_leaves_all_names_whole(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "5.00").replace("Tamarack", "3 Rivers"), paid("8", "5.00")))
    assert desk.rows("SELECT vendor_id, vendor_name FROM report.payments ORDER BY 2") == [
        ("", "3 Rivers Steel"),
        ("", "Tamarack Steel"),
    ]


def test_the_files_own_company_wins_and_contradiction_is_refused(desk: Desk) -> None:
    text = SUBSIDIARY + "7,2026-09-14,5.00,Bill #A-1,5.00,North\n"
    desk.load(text)
    assert desk.rows("SELECT erp_company FROM report.payments") == [("North",)]
    with pytest.raises(RefusedFile, match=r"North.*South"):
        desk.load(text, company="South")


def test_the_file_is_known_by_its_content_and_not_by_its_name(desk: Desk) -> None:
    assert desk.load(netsuite(paid("7", "5.00")), "xero_payments.json.txt").erp == "netsuite"


def test_naming_another_erp_is_refused(desk: Desk) -> None:
    with pytest.raises(RefusedFile, match="does not look like an export of Xero"):
        desk.load(netsuite(paid("7", "5.00")), erp="xero")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_name_survives_its_encoding(desk: Desk, encoding: str) -> None:
    desk.load(netsuite(paid("7", "5.00").replace("Tamarack", "Béton")).encode(encoding))
    assert desk.rows("SELECT vendor_name FROM report.payments") == [("Béton Steel",)]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_any_of_three_separators_is_read(desk: Desk, mark: str) -> None:
    header = mark.join(("Internal ID", "Date", "Amount", "Applied To Transaction", "Applied To Link Amount"))
    desk.load(header + "\r\n" + mark.join(("7", "2026-09-14", "5.00", "Bill #A-1", "5.00")) + "\r\n")
    assert desk.payments() == [("7", "5.00", "issued")]


def test_a_record_over_several_lines_counts_from_its_first(desk: Desk) -> None:
    odd = '7,9/14/2026,1,"Osier\nGlazing",,5.00,Bill #A-1,5.00'
    desk.load(netsuite(odd, paid("8", "20.00")))
    assert desk.rows("SELECT source_row FROM report.payments ORDER BY 1") == [("2",), ("4",)]
