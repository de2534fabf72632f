"""Any scenario, written as any of the nine ERPs writes it, is read back to the cent."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.erps.writers import WRITERS, Paid
from toolkit import erps
from toolkit.erps.base import LoadOptions, SourceFile

CENTS = st.integers(1, 10**9)


@st.composite
def payments(draw: st.DrawFn, number: int) -> Paid:
    bills = tuple(draw(st.lists(CENTS, min_size=1, max_size=3)))
    void = draw(st.booleans())
    credit = 0 if void or bills[0] == 1 else draw(st.one_of(st.just(0), st.integers(1, bills[0] - 1)))
    return Paid(number, draw(st.integers(13, 28)), draw(st.integers(0, 2)), bills, credit, void, number)


@st.composite
def stories(draw: st.DrawFn) -> tuple[Paid, ...]:
    """Payments, some of which pay a part of the first one's bill."""
    first, *others = (draw(payments(number)) for number in range(draw(st.integers(1, 5))))
    parts = (replace(one, part_of=0, vendor=first.vendor) if draw(st.booleans()) else one for one in others)
    return first, *parts


@pytest.mark.parametrize("erp", WRITERS)
@settings(max_examples=25, deadline=None)
@given(story=stories())
def test_what_is_written_is_read_back_to_the_cent(erp: str, story: tuple[Paid, ...]) -> None:
    text = WRITERS[erp](list(story)).encode()
    extract = erps.read(SourceFile("x", text, hashlib.sha256(text).hexdigest()), LoadOptions())
    assert extract.counts.quarantined == 0, extract.quarantine
    numbers = dict(extract.bills.select("document_id", "invoice_number").iter_rows())
    settled = Counter[str]()
    applied = extract.applications.filter(pl.col("status") == "applied", pl.col("document_type") == "bill")
    for document, invoice, cents in applied.select("document_id", "invoice_number", "applied_amount").iter_rows():
        settled[invoice or numbers[document]] += cents
    expected = Counter[str]()
    for p in story:
        for at, cents in enumerate(() if p.void else p.bills):
            expected[p.bill(at)] += cents
    assert settled == expected
    alive = extract.payments.filter(pl.col("status").is_in(["issued", "cleared"]))
    assert alive["payment_amount"].sum() == sum(p.cash for p in story if not p.void)
    assert extract.payments.filter(pl.col("status") == "voided").height == sum(p.void for p in story)
