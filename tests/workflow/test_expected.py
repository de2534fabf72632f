"""Where Procore's own sync runs: what it should bring, what it never will and why, what arrived, who answers for it."""

from __future__ import annotations

import polars as pl
import pytest

from toolkit.errors import InputError, NotAllowed, NotFound
from toolkit.matching.model import Inputs, Scope
from toolkit.rules.expected import expected
from toolkit.rules.picture import draw
from toolkit.settings import Settings
from toolkit.warehouse import latest
from toolkit.workflow.control import Control
from toolkit.workflow.expected import listed, sign, signed, sums
from toolkit.workflow.outcome import TABLES

from .conftest import ANALYST, APPROVER, NOW

ON = pl.lit(value=True)


def _listed(settings: Settings, overrides: dict[str, str] | None = None, **columns: pl.Expr) -> pl.DataFrame:
    """The sample's list as if every project were native; `columns` change the claims."""
    run = latest(settings)
    inputs = Inputs(**{name: run.table(name) for name in TABLES})
    inputs = Inputs(
        **vars(inputs)
        | {"projects": inputs.projects.with_columns(erp_integrated=ON), "claims": inputs.claims.with_columns(**columns)}
    )
    facts = run.facts()
    picture = draw(inputs, run.table("matches"), run.table("links"), Scope(as_of=facts["as_of"]))
    return expected(picture, inputs, overrides or {})


def _of(rows: pl.DataFrame, check: str) -> dict[str, str]:
    return rows.filter(pl.col("check_number") == check).row(0, named=True)


def test_what_has_not_come_is_expected_where_its_invoice_was_exported(submitted) -> None:
    found = _of(_listed(submitted, origin_id=pl.lit("bill-1")), "010472")
    assert (found["stands"], found["amount"]) == ("expected", 2731550)
    assert "Refresh" in found["click"]


def test_what_never_comes_says_why_and_what_to_click(submitted) -> None:
    not_exported = _of(_listed(submitted, origin_id=pl.lit(None, pl.String)), "010472")
    assert (not_exported["stands"], "not exported" in not_exported["why"]) == ("never", True)
    assert "Send to ERP" in not_exported["click"]
    review = _of(_listed(submitted, origin_id=pl.lit("b"), status=pl.lit("under_review")), "010472")
    assert (review["stands"], "under review" in review["why"]) == ("never", True)


def test_what_stands_there_already_arrived_or_was_keyed_by_hand(submitted) -> None:
    rows = _listed(submitted).filter(pl.col("issued_payment_id").is_not_null())
    assert set(rows["stands"]) <= {"arrived", "keyed by hand"}
    assert rows.height > 0


def test_a_payment_without_an_invoice_in_procore_is_listed_too(submitted) -> None:
    rows = _listed(submitted).filter(pl.col("claim_id").is_null())
    assert rows.height > 0
    assert set(rows["stands"]) == {"never"}


def test_a_project_that_is_pushed_to_after_all_is_not_on_the_list(submitted) -> None:
    projects = _listed(submitted)["project_id"].unique().to_list()
    assert _listed(submitted, dict.fromkeys(projects, "a reason")).is_empty()


def test_where_procores_own_sync_runs_the_sample_lists_what_came_and_what_never_will(submitted) -> None:
    rows = listed(submitted, latest(submitted))
    # Mission Creek Pool: TP-12 went to the ERP by the sync, TP-13 was typed there from paper.
    assert rows.select("invoice_number", "stands").sort("invoice_number").rows() == [
        ("TP-12", "expected"),
        ("TP-13", "never"),
    ]


def test_where_nothing_is_expected_there_is_nothing_to_sign(submitted) -> None:
    rows = listed(submitted, latest(submitted)).clear()
    with Control.open(submitted) as control, pytest.raises(NotFound, match="no list to sign"):
        sign(control, rows, "r", APPROVER, NOW, "")


def test_a_lead_signs_the_list_as_it_stands_and_a_change_shows(submitted) -> None:
    rows = _listed(submitted)
    with Control.open(submitted) as control:
        with pytest.raises(InputError, match="say what becomes of them"):
            sign(control, rows, "r", APPROVER, NOW, "")
        with pytest.raises(NotAllowed, match="may not sign expected"):
            sign(control, rows, "r", ANALYST, NOW, "fine")
        done = sign(control, rows, "r", APPROVER, NOW, "keyed by hand next week")
        assert (done.by, done.current) == ("approver", True)
        later = signed(control, rows.head(3))
    assert later is not None
    assert not later.current


def test_the_sums_of_the_list_add_up(submitted) -> None:
    rows = _listed(submitted)
    said = sums(rows)
    assert sum(int(text.split()[0]) for text in said.values()) == rows.height
