"""The analysts' front door: a run is asked in sentences, and answers in frames, words and pictures."""

from __future__ import annotations

import doctest
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import toolkit as tt
from toolkit import analyst
from toolkit.demo import Sample
from toolkit.errors import InputError, NotFound

LARKSPUR = "Larkspur Builders LLC"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory):
    """Sample data, loaded, pulled and reconciled."""
    with Sample(tmp_path_factory.mktemp("analyst") / "home") as opened:
        opened.load()
        opened.pull()
        opened.reconcile()
        yield opened


@pytest.fixture
def run(sample: Sample) -> analyst.OpenRun:
    return tt.open_run(home=sample.home)


def test_the_examples_in_the_docstrings_are_true(sample: Sample) -> None:
    assert sample.home.exists()
    told = doctest.testmod(analyst)
    assert (told.failed, told.attempted > 0) == (0, True)


def test_every_name_of_the_front_door_opens() -> None:
    assert {name for name in tt.__all__ if getattr(tt, name) is None} == set()
    assert set(tt.__all__) <= set(dir(tt))


def test_a_view_is_narrowed_by_its_columns(run: analyst.OpenRun) -> None:
    found = run.payments(vendor_name="Driftwood Drywall LLC", status=["issued", "cleared"])
    assert found["check_number"].to_list() == ["010461", "010470"]


def test_an_unknown_column_is_named(run: analyst.OpenRun) -> None:
    with pytest.raises(NotFound, match="no column vendor"):
        run.payments(vendor="Driftwood")


def test_the_candidates_of_a_payment_say_what_speaks_for_each(run: analyst.OpenRun) -> None:
    found = run.candidates("EFT 1024")
    assert found["commitment_number"].to_list() == ["SC-07-01", "SC-07-03"]
    assert set(found["band"]) == {"suggest"}
    assert found["reason"].str.contains("2 claims fit equally well").all()


def test_an_explanation_shows_itself_line_by_line(run: analyst.OpenRun) -> None:
    said = repr(run.explain("010480")).splitlines()
    assert sum(line.startswith("- ") for line in said) == len(run.explain("010480")) > 1
    # What does not fit into a line goes on below, beside its beginning.
    assert {line[:2] for line in said} == {"- ", "  "}


def test_a_vendors_history_has_both_sides_in_the_order_of_days(run: analyst.OpenRun) -> None:
    found = run.vendor("Driftwood Drywall LLC")
    assert set(found["what"]) == {"claimed in Procore", "paid by the ERP", "issued in Procore"}
    assert found["day"].is_sorted()
    with pytest.raises(NotFound, match="no vendor Nobody"):
        run.vendor("Nobody")


def test_pictures_carry_the_figures_of_their_views(run: analyst.OpenRun) -> None:
    drawn = run.show_statement(LARKSPUR).to_dict()
    bars = next(iter(drawn["datasets"].values()))
    lines = run.statement(LARKSPUR).filter(pl.col("label") != "unexplained")
    assert [bar["amount"] for bar in bars] == [f"{amount:,.2f}" for amount in lines["amount"]]
    for picture in (run.show_ageing(LARKSPUR), run.show_vendor("Driftwood Drywall LLC"), run.show_parts("010452")):
        assert picture.to_dict()["datasets"]


def test_the_parts_of_a_check_come_to_the_check(run: analyst.OpenRun) -> None:
    parts = run.applications(payment_id="88101")["applied_amount"]
    assert parts.sum() == run.payments(check_number="010452")["payment_amount"][0] == Decimal("100350.00")


def test_a_decision_is_noted_with_who_and_why(run: analyst.OpenRun, sample: Sample) -> None:
    before = sample.log().events
    said = run.unmatch("EFT 1024", "2200000804", "the advice names SC-07-03", by="analyst")
    assert "tieout reconcile" in said
    assert sample.log().events == before + 1


def test_a_note_is_left_on_one_code_or_refused_where_there_is_none(run: analyst.OpenRun) -> None:
    said = run.note("010480", "the vendor will send it back", code="duplicate_payment_erp", by="analyst")
    assert said.startswith("Noted on 1 mismatch;")
    with pytest.raises(NotFound, match="nothing of that kind"):
        run.note("010480", "x", code="in_procore_not_erp", by="analyst")


def test_views_are_exported_as_files(run: analyst.OpenRun, tmp_path: Path) -> None:
    assert run.export(tmp_path / "run.xlsx").stat().st_size > 1000
    assert run.export(tmp_path / "payments.csv", "payments").read_text().startswith("erp,erp_company,payment_id")
    with pytest.raises(InputError, match="single view"):
        run.export(tmp_path / "both.csv")
