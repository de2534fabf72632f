"""The commitment page: Procore's own columns, what is on the way with its colour, and the way into Procore."""

from __future__ import annotations

import pytest

from dashboard import procore
from tests.dashboard.conftest import run
from toolkit.settings import ProcoreSection, Settings

ALDER = "SC-118-01 · Alder Ridge Concrete LLC · 24-118"


def test_what_is_on_the_way_stands_below_what_is_there(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = run("viewer", "commitments", commitment=ALDER)
    rows = app.dataframe[0].value
    way = rows[rows["ERP status"] == "BLUE · waits for the approver"]
    # One check over three claims: 48,600.00 + 31,950.00 + 19,800.00 = 100,350.00.
    assert sorted(way["Amount"]) == [19800.00, 31950.00, 48600.00]
    assert set(way["Check #"]) == {"010452"}
    assert any("100,350.00" in text.value.replace("\\", "") and "on the way" in text.value for text in app.markdown)


def test_after_the_push_they_stand_there_green_and_their_claims_are_paid(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["pushed"]))
    app = run("viewer", "commitments", commitment=ALDER)
    issued, claims = app.dataframe[0].value, app.dataframe[1].value
    pushed = issued[issued["Check #"] == "010452"]
    assert set(pushed["ERP status"]) == {"GREEN · synced, locked"}
    assert set(pushed["Method"]) == {"check"}
    paid = claims[claims["Invoice #"].isin(["ARC-2201", "ARC-2202", "ARC-2203"])]
    assert set(paid["Paid?"]) == {"Paid"}
    assert list(paid["Paid in Procore"]) == list(paid["Due"])


@pytest.mark.parametrize(
    ("api", "web", "address"),
    [
        (
            "https://api.procore.com",
            None,
            "https://app.procore.com/11/project/commitments/work_order_contracts/22",
        ),
        (
            "https://api.procore.com",
            "https://us02.procore.com",
            "https://us02.procore.com/11/project/commitments/work_order_contracts/22",
        ),
        ("http://127.0.0.1:9", None, None),
    ],
)
def test_the_address_is_that_of_the_host_people_use(api: str, web: str | None, address: str | None) -> None:
    told = Settings(procore=ProcoreSection(api_url=api, web_url=web))
    assert procore.address(told, "11", "subcontract", "22") == address
    assert procore.address(told, "../11", "subcontract", "22") is None
