"""The overview of one project: a statement of its own that ties out, and its retainage rolled forward."""

from __future__ import annotations

import re

import polars as pl
import pytest

from dashboard import breakdowns
from toolkit.settings import load_settings
from toolkit.warehouse import latest

from .conftest import run

LARKSPUR = ("Larkspur Builders LLC", "USD")


@pytest.fixture
def snapshot(home):
    home("submitted")
    return latest(load_settings())


def test_the_projects_of_a_company_add_up_to_its_statement(snapshot) -> None:
    whole = dict(breakdowns.statement(snapshot, LARKSPUR, None).select("label", "amount").iter_rows())
    frame = breakdowns.frame(snapshot, "project").filter(erp_company=LARKSPUR[0], currency_code=LARKSPUR[1])
    assert frame["project"].n_unique() > 1
    summed = dict(frame.group_by("label").agg(pl.col("amount").sum()).iter_rows())
    assert {label: summed.get(label) for label in whole} == whole


def test_a_project_that_is_chosen_has_a_verdict_and_a_roll_forward_of_its_own(snapshot) -> None:
    projects = breakdowns.frame(snapshot, "project").filter(pl.col("project") != "(none)", erp_company=LARKSPUR[0])[
        "project"
    ]
    app = run("viewer", company=" · ".join(LARKSPUR), project=projects[0])
    app.session_state["retainage"] = True
    app.run()
    said = " ".join(element.value for element in [*app.markdown, *app.success, *app.error, *app.header, *app.title])
    assert f"project {projects[0]}" in said.replace("\\", "")
    opening, withheld, released, closing = (
        float(figure.replace(",", ""))
        for figure in re.search(
            r"([\d.,]+) at the beginning, ([\d.,]+) withheld, ([\d.,]+) released: \*\*([\d.,]+)\*\*", said
        ).groups()
    )
    assert opening + withheld - released == pytest.approx(closing)
    assert not app.exception
