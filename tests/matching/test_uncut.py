"""Why a vendor's data is not cut by project or time (decision 13): what decides lies in another year, or project."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from toolkit.matching.engine import match
from toolkit.matching.model import Inputs

from .frames import SCOPE, inputs

EARLY, LATE = date(2023, 2, 1), date(2026, 2, 1)
PAID_EARLY, PAID_LATE = date(2023, 3, 1), date(2026, 3, 1)


def payment(payment_id: str, amount: int, day: date = PAID_LATE, **said: Any) -> dict[str, Any]:
    return {"payment_id": payment_id, "payment_amount": amount, "payment_date": day, **said}


def claim(claim_id: str, due: int, day: date = LATE, project: str = "24-1", **said: Any) -> dict[str, Any]:
    given = {"invoice_number": f"A-{claim_id}", "due_amount": due, "gross_amount": due}
    return {"claim_id": claim_id, "billing_date": day, "project_number": project, **given, **said}


def cut(whole: Inputs, kept: pl.Expr, claimed: pl.Expr) -> Inputs:
    """The share of a vendor's payments and claims that would lie in one piece."""
    payments = whole.payments.filter(kept)
    lines = whole.applications.join(payments, on="payment_id", how="semi")
    return Inputs(payments=payments, applications=lines, claims=whole.claims.filter(claimed))


def bands(given: Inputs) -> list[tuple[str, str, str]]:
    found = match(given, SCOPE)[0].filter(pl.col("payment_id") == "1")
    return found.select("claim_id", "rule", "band").rows()


# Six claims of other amounts: enough to know how the vendor's amounts vary.
OTHERS = [claim(str(n), 100_000 + n * 1_117) for n in range(2, 8)]
RECENT = (pl.col("payment_date") >= LATE, pl.col("billing_date") >= LATE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param({"claims": [claim("9", 771_133, EARLY)]}, id="a claim of that amount"),
        pytest.param({"payments": [payment("9", 771_133, PAID_EARLY)]}, id="a payment of that amount"),
    ],
)
def test_an_amount_that_occurs_once_in_a_window_of_time_decides_there_and_not_in_the_whole(
    elsewhere: dict[str, list[dict[str, Any]]],
) -> None:
    whole = inputs(
        [payment("1", 771_133), *elsewhere.get("payments", [])],
        [claim("1", 771_133), *OTHERS, *elsewhere.get("claims", [])],
    )
    assert bands(cut(whole, *RECENT)) == [("1", "vendor_amount", "auto")]
    assert bands(whole) == [("1", "vendor_amount", "suggest")]


def test_an_amount_that_keeps_coming_in_other_years_does_not_decide_by_project() -> None:
    before = [claim(f"e{n}", 771_133, EARLY, "24-1") for n in range(3)]
    whole = inputs([payment("1", 771_133, project_number="24-1")], [claim("1", 771_133), *before])
    assert bands(cut(whole, *RECENT)) == [("1", "vendor_amount", "auto")]
    assert bands(whole) == [("1", "vendor_amount", "suggest")]


def test_a_payment_that_names_no_project_meets_the_claims_of_every_project() -> None:
    whole = inputs([payment("1", 771_133)], [claim("1", 771_133), *OTHERS, claim("9", 771_133, project="24-2")])
    here = cut(whole, pl.lit(True), pl.col("project_number") == "24-1")
    assert bands(here) == [("1", "vendor_amount", "auto")]
    assert {(claim_id, band) for claim_id, _, band in bands(whole)} <= {("1", "suggest"), ("9", "suggest")}


def test_what_the_erp_applied_meets_its_claim_after_any_time() -> None:
    line = {"payment_id": "1", "application_id": "a", "invoice_number": "A-1", "applied_amount": 771_133}
    whole = inputs([payment("1", 771_133)], [claim("1", 771_133, EARLY)], [line])
    assert bands(whole) == [("1", "exact_number", "auto")]
    assert bands(cut(whole, *RECENT)) == []


def test_a_claim_within_reach_of_two_windows_is_given_once() -> None:
    first = payment("9", 771_133, date(2026, 2, 20), reference="A-1")
    whole = inputs([first, payment("1", 771_133, date(2026, 4, 20))], [claim("1", 771_133), *OTHERS])
    # The later window must reach back to every claim that its payments may pay.
    later = cut(whole, pl.col("payment_date") >= date(2026, 4, 1), pl.lit(True))
    assert bands(later) == [("1", "vendor_amount", "auto")]
    assert bands(whole) == []
