"""The same rows in any order, in any chunks, on any number of threads: the same bytes."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from tests.matching.frames import SCOPE, inputs
from toolkit.matching.engine import match
from toolkit.matching.model import Inputs

FRAMES = ("payments", "applications", "claims")


def company(seed: int = 5, size: int = 120) -> Inputs:
    """Vendors that bill round amounts and restart their numbers: every kind of tie there is."""
    chance = random.Random(seed)  # noqa: S311
    payments, applications, claims = [], [], []
    for n in range(size):
        vendor, project = f"Vendor {n % 7}", f"P-{n % 3}"
        number, cents = str(n % 11 + 1) if n % 2 else f"INV-{n:05d}", chance.choice((1000_00, 2500_00, 100_00 + n))
        day = date(2026, 1, 1) + timedelta(days=n)
        head = {"vendor_name": vendor, "project_number": project}
        claims.append({**head, "claim_id": f"c{n}", "invoice_number": number, "due_amount": cents, "billing_date": day})
        paid = {**head, "payment_id": f"p{n}", "payment_amount": cents, "payment_date": day + timedelta(days=30)}
        payments.append({**paid, "reference": number if n % 3 else None})
        if n % 4 == 0:
            line = {"payment_id": f"p{n}", "application_id": f"a{n}", "invoice_number": number, "applied_amount": cents}
            applications.append(line)
    return inputs(payments, claims, applications)


def digest(given: Inputs) -> str:
    """One hash over the bytes of matches and links."""
    return hashlib.sha256("".join(found.write_csv() for found in match(given, SCOPE, "77")).encode()).hexdigest()


def _rechunked(frame: pl.DataFrame, size: int) -> pl.DataFrame:
    parts = [frame.slice(start, size) for start in range(0, frame.height, size)]
    return pl.concat(parts, rechunk=False) if parts else frame


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_changes_no_byte(seed: int) -> None:
    given = company()
    shuffled = {name: getattr(given, name).sample(fraction=1, shuffle=True, seed=seed) for name in FRAMES}
    assert digest(replace(given, **shuffled)) == digest(given)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_size_of_chunks_changes_no_byte(size: int) -> None:
    given = company()
    cut = {name: _rechunked(getattr(given, name), size) for name in FRAMES}
    assert digest(replace(given, **cut)) == digest(given)


def test_the_number_of_threads_changes_no_byte() -> None:
    said = "from tests.matching.test_determinism import company, digest; print(digest(company()))"
    found = {
        subprocess.run(  # noqa: S603 (our own interpreter)
            [sys.executable, "-c", said],
            env={**os.environ, "POLARS_MAX_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert found == {digest(company()) + "\n"}


def test_a_run_over_nothing_finds_nothing() -> None:
    for found in match(inputs([], []), SCOPE):
        assert found.is_empty()
