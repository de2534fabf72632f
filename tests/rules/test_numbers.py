"""Invoice numbers that the two sides write differently."""

from __future__ import annotations

from .small import claim, company, found, payment, pays, sentence


def _numbered(erp: str, procore: str):
    return company([payment("101", 500)], [pays("101", erp, 500)], [claim("1", procore, 500)])


def test_a_number_written_another_way_names_both() -> None:
    assert sentence(_numbered("PA-0042", "PA 42"), "invoice_number_mismatch") == (
        "The ERP writes invoice PA-0042 of Alder Ridge, Procore writes PA 42."
    )


def test_blanks_around_a_number_are_no_mismatch() -> None:
    assert "invoice_number_mismatch" not in found(_numbered("PA-0042", " PA-0042 "))


def _cut(number: str, claimed: str, erp: str = "qbo"):
    mine = {"erp": erp}
    applied = pays("101", number, 500, document_number="B-9", **mine)
    claims = [claim("1", claimed, 500, origin_id="B-9")]
    return company([payment("101", 500, **mine)], [applied], claims)


def test_a_number_cut_at_the_limit_of_the_erp_is_told_as_that() -> None:
    # 21 characters of 24
    inputs = _cut("SUBCONTRACT-2026-0007", "SUBCONTRACT-2026-0007-10")
    assert sentence(inputs, "invoice_number_truncated") == (
        "The ERP cut invoice SUBCONTRACT-2026-0007-10 of Alder Ridge to SUBCONTRACT-2026-0007 "
        "(21 characters are its limit)."
    )
    assert "invoice_number_mismatch" not in found(inputs)


def test_a_shorter_number_or_an_erp_without_that_limit_is_a_plain_mismatch() -> None:
    assert "invoice_number_truncated" not in found(_cut("SUBCONTRACT-2026-000", "SUBCONTRACT-2026-0007-10"))
    other = found(_cut("SUBCONTRACT-2026-0007", "SUBCONTRACT-2026-0007-10", erp="netsuite"))
    assert "invoice_number_truncated" not in other
    assert "invoice_number_mismatch" in other
