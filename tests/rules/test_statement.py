"""The tie-out: every cent in one line, whatever the company, and a figure that shows when a line is forgotten."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.matching.model import Inputs, Scope
from toolkit.rules import statement
from toolkit.rules.policy import Policy
from toolkit.rules.statement import FIRST, LABELS, LAST, UNEXPLAINED

from .small import AS_OF, COMMITMENT, PROJECT, amounts, claim, company, found, payment, pays, row, told

NUMBERS = ["A-1", "A-01", "A-2", "77"]
SIZES = [100, 250, 250.01, 500, 1000]
DATES = st.integers(0, 70).map(lambda days: date(2026, 8, 30) + timedelta(days))
CURRENCIES = st.sampled_from(["USD"] * 14 + ["CAD", None])
COMMITMENTS = [("10", "1", "SC-1"), ("11", "1", "SC-2"), ("12", "2", "SC-1")]


@st.composite
def claims(draw: st.DrawFn) -> list:
    said = []
    for n in range(draw(st.integers(1, 4))):
        commitment, project, number = draw(st.sampled_from(COMMITMENTS))
        where = {"commitment_id": commitment, "commitment_number": number, "project_id": project}
        status = draw(st.sampled_from(["approved", "approved", "approved", "draft"]))
        facts = {"project_number": f"P-{project}", "status": status, "currency_code": draw(CURRENCIES)}
        said.append(claim(f"{n}", draw(st.sampled_from(NUMBERS)), draw(st.sampled_from(SIZES)), **where, **facts))
    return said


@st.composite
def applications(draw: st.DrawFn, payment_id: str, company_name: str, known: list) -> list:
    """What one payment settles: claims whole, in part or too much, bills without a claim, credits, journals."""
    said = []
    for n in range(draw(st.integers(0, 3))):
        mine = draw(st.sampled_from(known))
        kind = draw(st.sampled_from(["bill"] * 6 + ["vendor_credit", "journal", "retainage_bill"]))
        size = draw(st.sampled_from([mine["due_amount"]] * 4 + SIZES)) * (-1 if kind == "vendor_credit" else 1)
        number = draw(st.sampled_from([mine["invoice_number"]] * 4 + [None, "9"]))
        facts = {"erp_company": company_name, "document_type": kind, "project_number": mine["project_number"]}
        said.append(pays(payment_id, number, size, application_id=f"{n}", **facts))
    return said


@st.composite
def payments(draw: st.DrawFn, known: list) -> tuple[list, list]:
    """Payments of every kind and fate: part, split, double, beside credits, on account, without applications."""
    said, applied = [], []
    for n in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from(["Larkspur", "Larkspur", "Larkspur", "Bramble"]))
        mine = draw(applications(f"{n}", name, known))
        kind = draw(st.sampled_from(["payment"] * 8 + ["prepayment", "refund", "credit_application", "reversal"]))
        rest = draw(st.sampled_from([0, 0, 0, 50])) + (0 if mine else draw(st.sampled_from(SIZES)))
        facts = {
            "document_kind": kind,
            "status": draw(st.sampled_from(["issued"] * 6 + ["cleared", "pending", "voided", "deleted"])),
            "payment_date": draw(DATES),
            "currency_code": draw(CURRENCIES),
            "check_number": draw(st.sampled_from([f"50{n}", "501", None])),
            "erp_company": name,
            "memo": draw(st.sampled_from([None, "replaces 501", "A-1 and A-2"])),
        }
        said.append(payment(f"{n}", sum(each["applied_amount"] for each in mine) + rest, **facts))
        applied += mine
    return said, applied


@st.composite
def rows(draw: st.DrawFn, known: list, paid: list, applied: list) -> list:
    """Rows of Procore: as a payment would be shown, or off in one thing, or keyed out of nothing."""
    heads = {each["payment_id"]: each for each in paid}
    said = []
    for n in range(draw(st.integers(0, 5))):
        mine = draw(st.sampled_from(known))
        like = draw(st.sampled_from([*applied, None])) or {"payment_id": None, "applied_amount": 100}
        head = heads.get(like["payment_id"], {"check_number": "9", "payment_date": None})
        fits = [each for each in known if each["invoice_number"] == like.get("invoice_number")] or [mine]
        facts = {
            "claim_id": draw(st.sampled_from([fits[0]["claim_id"]] * 3 + [None])),
            "commitment_id": fits[0]["commitment_id"],
            "project_id": fits[0]["project_id"],
            "check_number": head["check_number"],
            "payment_date": draw(st.sampled_from([head["payment_date"]] * 3 + [date(2026, 10, 1)])),
            "currency_code": draw(CURRENCIES),
            "invoice_number": like.get("invoice_number"),
        }
        said.append(row(f"{n}", abs(draw(st.sampled_from([like["applied_amount"]] * 4 + SIZES))), **facts))
    return said


# Procore is told the payments without tax, and with what was settled without cash.
NET = Policy(tax_basis="remove", amount_basis="claim_net")


@st.composite
def small_companies(draw: st.DrawFn) -> tuple[Inputs, Scope]:
    known = draw(claims())
    paid, applied = draw(payments(known))
    commitments = [
        COMMITMENT | {"commitment_id": one, "commitment_number": number, "project_id": project}
        for one, project, number in COMMITMENTS
    ]
    projects = [PROJECT | {"project_id": n, "project_number": f"P-{n}"} for n in ("1", "2")]
    shown = draw(rows(known, paid, applied))
    inputs = company(paid, applied, known, shown, commitments=commitments, projects=projects)
    start = draw(st.sampled_from([None, None, date(2026, 9, 20)]))
    return inputs, Scope(AS_OF, draw(st.sampled_from([None, "2026-09", "2026-10"])), start)


def _unexplained(said: pl.DataFrame) -> set[int]:
    return set(said.filter(pl.col("label") == UNEXPLAINED)["amount"])


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_companies(), st.sampled_from([Policy(), NET]))
def test_every_company_ties_to_the_cent_and_nothing_stands_in_two_lines(
    seen: tuple[Inputs, Scope], policy: Policy
) -> None:
    inputs, scope = seen
    run = told(inputs, scope, policy)
    assert _unexplained(run.lines) <= {0}
    parts = run.picture.units.filter("alive", "cash", "counted").height
    assert run.items.filter(pl.col("what") == "part").height == parts
    shown = run.items["issued_payment_id"].drop_nulls()
    assert shown.n_unique() == shown.len()
    assert set(run.picture.rows.filter("counted")["issued_payment_id"]) <= set(shown)


PAID = [payment("101", 500), payment("102", 300, status="voided"), payment("103", 200)]
APPLIED = [pays("101", "A-1", 450), pays("102", "A-2", 300), pays("103", "A-3", 200)]
CLAIMS = [claim("1", "A-1", 450), claim("3", "A-3", 200)]
SHOWN = [row("7", 200, claim_id="3", check_number="103"), row("8", 60, check_number="by hand")]


def test_the_lines_lead_from_what_the_erp_paid_to_what_procore_shows() -> None:
    # 700 paid; 450 not shown and 50 on account; 60 keyed by hand: 260 shown
    assert amounts(company(PAID, APPLIED, CLAIMS, SHOWN)) == {
        FIRST: 700,
        "Not yet in Procore": -450,
        "On account, applied to no bill": -50,
        "In Procore, not in the ERP": 60,
        LAST: 260,
        UNEXPLAINED: 0,
    }


@pytest.mark.parametrize(
    "label", ["Not yet in Procore", "On account, applied to no bill", "In Procore, not in the ERP"]
)
def test_a_line_that_is_forgotten_shows_as_unexplained(label: str) -> None:
    inputs = company(PAID, APPLIED, CLAIMS, SHOWN)
    run = told(inputs)
    said = statement.tie_out(inputs, run.items.filter(pl.col("label") != label), run.homes, Scope(AS_OF))
    lost = run.items.filter(pl.col("label") == label)["amount"].sum()
    assert lost
    assert _unexplained(said) == {lost}


def test_a_row_that_stands_in_two_lines_shows_as_unexplained() -> None:
    inputs = company(PAID, APPLIED, CLAIMS, SHOWN)
    run = told(inputs)
    again = run.items.filter(pl.col("issued_payment_id") == "8").with_columns(label=pl.lit(LABELS[1]))
    twice = pl.concat([run.items, again])
    assert _unexplained(statement.tie_out(inputs, twice, run.homes, Scope(AS_OF))) == {-6000}


def test_a_payment_that_settles_only_a_journal_is_on_a_line() -> None:
    journal = pays("101", "J-1", 400, document_type="journal")
    assert amounts(company([payment("101", 500)], [journal])) == {
        FIRST: 500,
        "On account, applied to no bill": -100,
        "Credits and documents that are no bills": -400,
        LAST: 0,
        UNEXPLAINED: 0,
    }


def test_a_period_names_what_procore_dates_in_another_month() -> None:
    late = payment("101", 500, payment_date=date(2026, 9, 30))
    shown = row("7", 500, claim_id="1", check_number="101", payment_date=date(2026, 10, 2))
    inputs = company([late], [pays("101", "A-1", 500)], [claim("1", "A-1", 500)], [shown])
    assert amounts(inputs, Scope(AS_OF, "2026-09")) == {
        FIRST: 500,
        "Dated outside the period in Procore": -500,
        LAST: 0,
        UNEXPLAINED: 0,
    }
    assert amounts(inputs, Scope(AS_OF, "2026-10"))["Dated outside the period in the ERP"] == 500


def test_what_lies_before_the_start_date_is_one_line_and_no_mismatch() -> None:
    early = date(2026, 9, 1)
    paid = [payment("101", 500, payment_date=early), payment("102", 200), payment("103", 40, payment_date=early)]
    applied = [pays("101", "A-1", 500), pays("102", "A-2", 200)]
    claims = [claim("1", "A-1", 500), claim("2", "A-2", 200)]
    shown = [row("7", 60, check_number="by hand", payment_date=early), row("8", 500, claim_id="1", check_number="101")]
    inputs, scope = company(paid, applied, claims, shown), Scope(AS_OF, start=date(2026, 9, 15))
    # 60 keyed by hand and 40 without a claim: -40 + 60. Both sides show 101, whatever its day.
    assert amounts(inputs, scope) == {
        FIRST: 740,
        "Opening, before the start date": 20,
        "Not yet in Procore": -200,
        LAST: 560,
        UNEXPLAINED: 0,
    }
    assert set(found(inputs, scope)) == {"in_erp_not_procore"}


def test_a_prepayment_a_refund_and_a_row_of_a_voided_payment_have_lines_of_their_own() -> None:
    paid = [
        payment("1", 500, document_kind="prepayment"),
        payment("2", -100, document_kind="refund"),
        payment("3", 300, status="voided"),
    ]
    shown = row("7", 300, check_number="3", claim_id="1")
    inputs = company(paid, [], [claim("1", "A-1", 300)], [shown])
    assert amounts(inputs) == {
        FIRST: 400,
        "Prepayments and refunds": -400,
        "Voided in the ERP, still in Procore": 300,
        LAST: 300,
        UNEXPLAINED: 0,
    }


def test_each_currency_has_a_statement_of_its_own() -> None:
    said = told(company([payment("1", 500), payment("2", 300, currency_code="CAD")])).lines
    firsts = said.filter(pl.col("label") == FIRST).select("currency_code", "amount").rows()
    assert firsts == [("CAD", 30000), ("USD", 50000)]


def test_a_payment_over_two_claims_shows_both_of_its_rows() -> None:
    claims = [claim("1", "A-1", 500), claim("2", "A-2", 300)]
    shown = [row("7", 500, claim_id="1", check_number="101"), row("8", 290, claim_id="2", check_number="101")]
    inputs = company([payment("101", 800, reference="A-1 A-2")], [], claims, shown)
    # The row of 290.00 is no evidence of a part of 300.00, so both stand for a person to see.
    assert amounts(inputs) == {
        FIRST: 800,
        "Not yet in Procore": -300,
        "In Procore, not in the ERP": 290,
        LAST: 790,
        UNEXPLAINED: 0,
    }
