"""Payments that stand twice, were taken back, or were replaced."""

from __future__ import annotations

from datetime import date

from toolkit.matching.model import Scope

from .small import AS_OF, DAY, claim, company, found, payment, pays, row

LATER = date(2026, 10, 12)
CLAIM = claim("1", "A-1", 500)


def _two(first: dict, second: dict, *, due: float = 500, **said):
    return company(
        [first, second], [pays("101", "A-1", 500), pays("102", "A-1", 500)], [claim("1", "A-1", due)], **said
    )


def test_the_later_payment_of_a_bill_paid_twice_is_named() -> None:
    (only,) = found(_two(payment("102", 500, payment_date=LATER), payment("101", 500)))["duplicate_payment_erp"]
    assert only["payment_id"] == "102"
    assert only["sentence"] == (
        "Payment 102 of 500.00 USD pays invoice A-1 of Alder Ridge again: "
        "it was already paid by 101, so the bill is paid twice."
    )


def test_two_equal_halves_of_a_claim_are_no_double() -> None:
    assert "duplicate_payment_erp" not in found(_two(payment("101", 500), payment("102", 500), due=1000))


def test_a_bill_paid_again_in_the_next_month_is_seen_in_that_month() -> None:
    september = payment("101", 500, payment_date=date(2026, 9, 28))
    inputs = _two(september, payment("102", 500))
    assert list(found(inputs, Scope(AS_OF, "2026-10"))) == ["duplicate_payment_erp"]
    assert "duplicate_payment_erp" not in found(inputs, Scope(AS_OF, "2026-09"))


def test_what_procore_shows_already_counts_as_the_first_payment() -> None:
    inputs = _two(
        payment("101", 500),
        payment("102", 500, payment_date=LATER),
        rows=[row("7", 500, claim_id="1", check_number="102", payment_date=LATER)],
    )
    (only,) = found(inputs)["duplicate_payment_erp"]
    assert only["payment_id"] == "101"


def test_a_void_that_procore_still_shows_names_the_row() -> None:
    shown = row("7", 500, claim_id="1", check_number="101", invoice_number="A-1")
    void = payment("101", 500, status="voided", voided_date=LATER)
    inputs = company([void], [pays("101", "A-1", 500, status="reversed")], [CLAIM], [shown])
    (only,) = found(inputs)["voided_payment"]
    assert only["sentence"] == (
        "Payment 101 to Alder Ridge was voided in the ERP, and Procore still shows 500.00 USD as issued payment 7."
    )
    assert only["severity"] == "high"


def test_a_void_that_procore_never_saw_asks_for_nothing() -> None:
    inputs = company([payment("101", 0, status="voided")], [], [CLAIM])
    (only,) = found(inputs)["voided_payment"]
    assert only["sentence"] == "Payment 101 to Alder Ridge was voided in the ERP; Procore does not show it."
    assert only["severity"] == "info"


def _reissue(rows: list, **second):
    void = payment("101", 500, status="voided", voided_date=LATER)
    again = payment("102", 500, payment_date=LATER) | second
    applied = [pays("101", "A-1", 500, status="reversed"), pays("102", "A-1", 500)]
    return company([void, again], applied, [CLAIM], rows)


def test_a_reissue_names_what_it_replaces_and_the_row_that_still_stands() -> None:
    shown = row("7", 500, claim_id="1", check_number="101", invoice_number="A-1")
    (only,) = found(_reissue([shown]))["void_and_reissue"]
    assert (only["severity"], only["sentence"]) == (
        "blocker",
        (
            "Payment 102 of 500.00 USD to Alder Ridge replaces 101, which was voided "
            "but still stands in Procore as issued payment 7."
        ),
    )


def test_a_reissue_of_what_procore_does_not_show_asks_for_nothing() -> None:
    (only,) = found(_reissue([]))["void_and_reissue"]
    assert only["severity"] == "info"
    assert only["sentence"].endswith("replaces 101, which was voided; Procore does not show the voided one.")


def test_a_payment_before_the_void_replaces_nothing() -> None:
    earlier = date(2026, 10, 1)
    assert earlier < DAY
    assert "void_and_reissue" not in found(_reissue([], payment_date=earlier))


def test_a_memo_that_names_the_voided_check_tells_of_the_reissue() -> None:
    void = payment("101", 0, status="voided")
    again = payment("102", 500, payment_date=LATER, memo="Replaces check 101, lost in the post")
    plain = payment("103", 500, payment_date=LATER, memo="Suite 101")
    inputs = company([void, again, plain], [pays("102", "A-1", 500), pays("103", "A-9", 500)], [CLAIM])
    assert [only["payment_id"] for only in found(inputs)["void_and_reissue"]] == ["102"]


def test_a_payment_that_vanished_from_the_erp_is_told_apart_from_a_void() -> None:
    shown = row("7", 500, claim_id="1", check_number="101", invoice_number="A-1")
    gone = company([payment("101", 500, status="deleted")], [pays("101", "A-1", 500)], [CLAIM], [shown])
    (only,) = found(gone)["deleted_in_erp"]
    assert (only["severity"], only["sentence"]) == (
        "high",
        ("Payment 101 to Alder Ridge was deleted in the ERP, and Procore still shows 500.00 USD as issued payment 7."),
    )
    assert "voided_payment" not in found(gone)


def _rows(**second):
    synced = row("7", 500, claim_id="1", check_number="101", invoice_number="A-1", synced=True, origin_id="ERP-7")
    by_hand = row("8", 500, claim_id="1", check_number="0101", invoice_number="A-1", payment_date=LATER) | second
    return company([], [], [CLAIM], [by_hand, synced])


def test_one_payment_in_two_rows_names_the_one_keyed_by_hand() -> None:
    (only,) = found(_rows())["duplicate_payment_procore"]
    assert (only["issued_payment_id"], only["sentence"]) == (
        "8",
        "Procore shows 500.00 USD against invoice A-1 twice: issued payment 8 repeats 7.",
    )
    assert [row["issued_payment_id"] for row in found(_rows())["in_procore_not_erp"]] == ["7"]


def test_another_amount_or_another_number_and_date_is_another_payment() -> None:
    assert "duplicate_payment_procore" not in found(_rows(amount=499))
    assert "duplicate_payment_procore" not in found(_rows(check_number="102"))
