"""The auditors' front door: frames without clocks, the same at every call, narrow enough to be read."""

from __future__ import annotations

import doctest
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from toolkit.audits import front, sample
from toolkit.errors import NotFound


@pytest.fixture(scope="module")
def audit(walked_once: Path) -> front.Audit:
    return front.open_audit(walked_once)


def test_the_examples_in_the_docstrings_are_true(walked_once: Path) -> None:
    told = doctest.testmod(front, extraglobs={"home": walked_once})
    assert (told.failed, told.attempted > 0) == (0, True)


def test_every_row_of_every_file_is_accounted_for(audit: front.Audit) -> None:
    files = audit.files()
    assert files["adds_up"].all()
    assert set(files["kept"]) == {"whole"}
    assert files["amount_total"].sum() == files.filter(pl.col("good") > 0)["amount_total"].sum()


def test_a_gap_in_check_numbers_lies_between_two_that_are_there(audit: front.Audit) -> None:
    # Larkspur's checks 010452 and 010453 are followed by 010461: seven are missing between.
    gaps = audit.check_gaps().filter(pl.col("erp") == "netsuite")
    assert gaps.select("first", "last", "missing").row(0) == (10454, 10460, 7)


def test_duties_are_asked_of_every_approved_payment_and_none_is_broken(audit: front.Audit) -> None:
    duties = audit.duties()
    approved = audit.payments().filter(pl.col("approved_by").is_not_null()).height
    assert set(duties["asked"]) == {approved}
    assert duties["broken"].sum() == 0


def test_a_sample_is_drawn_the_same_way_by_anybody(audit: front.Audit) -> None:
    import random

    ids = sorted(audit.population()["sync_id"])
    expected = sorted(random.Random(7).sample(ids, 4))  # noqa: S311 (drawn again, not kept secret)
    assert audit.sample(4, 7)["sync_id"].to_list() == expected
    assert "random.Random(seed).sample(ids, size)" in sample.METHOD


def test_each_sampled_payment_is_traced_from_the_erps_row_to_procores(audit: front.Audit) -> None:
    every = audit.sample(10_000, 1)
    assert every.height == audit.population().height
    assert every["agrees"].all()
    assert every.null_count().select("source", "erp_row", "rule", "approved_by", "procore_row").row(0) == (0,) * 5
    traced = every.filter(pl.col("payment") == "010470").row(0, named=True)
    assert traced["erp_row"].startswith("88121,9/18/2026,010470")


def test_the_access_review_knows_with_which_roles_each_person_acted(audit: front.Audit) -> None:
    rows = audit.access().select("person", "roles", "roles_now").rows()
    never = [(name, None, name) for name in ("admin", "viewer")]
    assert rows == [never[0], ("analyst",) * 3, ("approver",) * 3, never[1]]


def test_the_roll_forward_ties(audit: front.Audit) -> None:
    rolled = audit.roll_forward("2026-09")
    assert rolled["ties"].all()
    assert rolled["closing"].sum() > 0


def test_the_late_check_is_the_only_late_item(audit: front.Audit) -> None:
    assert audit.late().select("period", "what", "check_number").rows() == [("2026-09", "new", "010499")]


def test_a_month_that_nobody_signed_is_not_found(audit: front.Audit) -> None:
    with pytest.raises(NotFound, match="Nobody signed 2026-08"):
        audit.statement("2026-08")


def test_each_event_of_a_payment_leads_to_the_root(audit: front.Audit) -> None:
    proved = audit.prove(audit.population()["sync_id"][0])
    assert proved["in_root"].all()
    assert proved["action"].to_list() == ["plan", "submit", "approve", "send", "outcome", "verify"]


def test_no_answer_shows_a_clock(audit: front.Audit) -> None:
    for name in ("duties", "events", "signatures", "late", "check_gaps", "months"):
        frame = getattr(audit, name)()
        assert not [kind for kind in frame.dtypes if isinstance(kind, pl.Datetime)]
        assert_frame_equal(frame, getattr(audit, name)())
