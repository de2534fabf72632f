"""A payment's story as sentences, for people and for machines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from toolkit.cli import app
from toolkit.errors import NotFound
from toolkit.rules.explain import explain
from toolkit.settings import load_settings
from toolkit.warehouse import latest


def _story(home: Path, payment: str) -> list[str]:
    return list(explain(latest(load_settings(home)).table, payment).sentences)


def test_a_payment_tells_what_it_is_what_it_pays_and_what_is_wrong(walked_home: Path) -> None:
    assert _story(walked_home, "010480") == [
        (
            "Payment 010480 of 63,000.00 USD to Cinder Block & Stone LLC on 2026-09-25 is issued in the ERP "
            "and settles 1 document."
        ),
        (
            "63,000.00 USD of it names claim 1280608 (invoice CBS-115): "
            "the ERP paid this bill already; the first is payment 010471."
        ),
        (
            "Payment 010480 of 63,000.00 USD pays invoice CBS-115 of Cinder Block & Stone LLC again: "
            "it was already paid by 010471, so the bill is paid twice. What to do: ask the vendor to return the later "
            "payment or void it in the ERP; only the earlier one is proposed."
        ),
        "If it is no double, a person says so, and later runs keep to that: tieout confirm 88140 1280608.",
    ]


def test_an_ambiguous_payment_names_every_claim_that_may_be_meant(walked_home: Path) -> None:
    story = " ".join(_story(walked_home, "EFT 1024"))
    assert "may pay claim 2200000804" in story
    assert "may pay claim 2200000805" in story


def test_the_gravest_mismatch_is_told_first(walked_home: Path) -> None:
    story = _story(walked_home, "010466")
    assert "but Procore was told 52,500.00 USD" in story[-3]
    assert "450.00 USD is open" in story[-2]


def test_a_payment_that_no_one_knows_is_refused_by_name(walked_home: Path) -> None:
    with pytest.raises(NotFound, match=r"Payment 999: this run does not know it\."):
        _story(walked_home, "999")


def test_a_number_that_several_payments_have_asks_which(walked_home: Path) -> None:
    snapshot = latest(load_settings(walked_home))

    def table(name: str):
        found = snapshot.table(name)
        return (
            found.with_columns(check_number=found["check_number"].replace("010471", "010480"))
            if name == "payments"
            else found
        )

    with pytest.raises(NotFound, match="say which with --erp and --company"):
        explain(table, "010480")


@pytest.mark.usefixtures("walked_home")
def test_machines_get_the_sentences_and_both_sides() -> None:
    said = CliRunner().invoke(app, ["explain", "010480", "--json"])
    document = json.loads(said.stdout)
    assert document["payments"][0]["payment_amount"] == "63000.00"
    assert [each["code"] for each in document["mismatches"]] == ["duplicate_payment_erp"]
    assert [each["claim_id"] for each in document["claims"]] == ["1280608"]
    assert document["alternatives"] == []
    assert document["changes"] == document["sentences"][-1:]
