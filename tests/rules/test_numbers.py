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
