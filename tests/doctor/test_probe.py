"""The probe measures what nobody published, says where it writes, clears up, and is kept with its date."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.procore.company import COMPANY, PURCHASE_ORDER, SUBCONTRACT, TOWER, seed, settings_for
from toolkit import probe as probing
from toolkit.cli import app
from toolkit.errors import InputError, NotAllowed, RemoteError
from toolkit.probe import Place, Probe
from toolkit.procore import ProcoreClient
from toolkit.sandbox import Fault, LocalProcore
from toolkit.settings import Settings
from toolkit.workflow.probed import Probed

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAYMENTS = "/rest/v1.0/contract_payments"


@pytest.fixture
def procore():
    with LocalProcore(seed()) as running:
        yield running


def _probed(procore: LocalProcore, tmp_path, samples: int = 1) -> dict[str, Any]:
    place = Place(str(TOWER), str(SUBCONTRACT), samples, gap_seconds=0.05)
    with ProcoreClient(settings_for(procore, tmp_path)) as client:
        return Probe(client, place).run()


def test_what_the_local_procore_does_by_default_is_measured(procore, tmp_path) -> None:
    found = _probed(procore, tmp_path, samples=2)
    assert (found["reference"], found["listed"], found["samples"]) == ("kept", True, 2)
    assert (found["listed_reference"], found["attachments"]) == ("kept", "added")
    # A second reference makes a double, the lock refuses, the cleared row goes.
    statuses = ("second_status", "locked_amount_status", "payment_number_status", "locked_delete_status")
    assert [found[name] for name in statuses] == [201, 422, 422, 422]
    assert [found[name] for name in ("cleared_status", "delete_status", "left")] == [200, 200, []]
    assert (found["returned"], found["longest_check_number"]) == (["amount", "check_number", "origin_data"], 255)


def test_nothing_is_left_behind(procore, tmp_path) -> None:
    before = dict(procore.state.payments)
    _probed(procore, tmp_path, samples=3)
    assert procore.state.payments == before


@pytest.mark.parametrize(
    ("switch", "value", "name", "found"),
    [
        ("second_origin", 409, "second_status", 409),
        ("second_origin", 422, "second_status", 422),
        ("reference", "stripped", "reference", "missing"),
        ("reference", "cut", "listed_reference", "changed"),
        ("reference", "lowered", "reference", "changed"),
        ("reference", "cut", "reference", "changed"),
        ("payment_number_open", True, "payment_number_status", 200),
        ("longest", 50, "longest_check_number", 40),
        ("decimals", 1, "amount_as", "0.0"),
    ],
)
def test_what_may_be_otherwise_is_seen(procore, tmp_path, switch: str, value: Any, name: str, found: object) -> None:
    setattr(procore.state.switches, switch, value)
    assert _probed(procore, tmp_path)[name] == found


def test_how_late_lists_are_is_the_longest_of_the_samples(procore, tmp_path) -> None:
    procore.state.switches.list_lateness = 0.3
    found = _probed(procore, tmp_path)
    assert found["listed"]
    assert 0.2 <= found["list_delay_seconds"] < 5


def test_what_cannot_be_deleted_is_named(procore, tmp_path) -> None:
    procore.faults.add(Fault("DELETE", PAYMENTS, "status", status=403, times=99))
    found = _probed(procore, tmp_path)
    assert sorted(found["left"]) == sorted(str(identity) for identity in procore.state.payments if identity != 9101)


def test_a_probe_that_is_refused_says_so_and_one_without_an_answer_what_to_look_for(procore, tmp_path) -> None:
    procore.faults.add(Fault("POST", PAYMENTS, "status", status=403, body={"errors": ["Read only"]}))
    with pytest.raises(RemoteError, match="answered 403: the first payment of the probe was refused: Read only"):
        _probed(procore, tmp_path)
    procore.faults.add(Fault("POST", PAYMENTS, "drop_after"))
    with pytest.raises(RemoteError, match="look for check number TIEOUT-PROBE"):
        _probed(procore, tmp_path)


@pytest.mark.parametrize(
    ("url", "yes", "may"),
    [
        ("http://127.0.0.1:8700", False, True),
        ("https://sandbox.procore.com", False, True),
        ("https://api-monthly.procore.com", False, True),
        ("https://api.procore.com", False, False),
        ("https://api.procore.com", True, True),
        ("https://sandbox.procore.com.example.com", False, False),
    ],
)
def test_production_is_refused_without_the_word_for_it(url: str, yes: bool, may: bool) -> None:
    told = Settings(procore={"api_url": url})
    if may:
        probing.permitted(told, yes=yes)
    else:
        with pytest.raises(NotAllowed, match="--yes-write-to-production"):
            probing.permitted(told, yes=yes)


def test_on_this_machine_a_place_is_found_and_elsewhere_it_is_asked_for(procore, tmp_path) -> None:
    procore.state.commitments[SUBCONTRACT]["allow_payments"] = False
    told = settings_for(procore, tmp_path)
    with ProcoreClient(told) as client:
        assert probing.place_of(told, client, None, None).commitment_id == str(PURCHASE_ORDER)
        away = Settings(procore={"company_id": COMPANY})
        with pytest.raises(InputError, match="--project ID and --commitment ID"):
            probing.place_of(away, client, None, None)


@pytest.mark.parametrize(
    ("facts", "days", "proved"),
    [
        ({"reference": "kept", "second_status": 422}, 0, True),
        ({"reference": "kept", "second_status": 409}, 90, True),
        ({"reference": "kept", "second_status": 422}, 91, False),
        ({"reference": "changed", "second_status": 422}, 0, False),
        ({"reference": "kept", "second_status": 201}, 0, False),
    ],
)
def test_only_a_recent_refusal_of_an_unchanged_reference_proves_uniqueness(
    facts: dict[str, Any], days: int, proved: bool
) -> None:
    assert Probed(NOW - timedelta(days=days), facts).proves_unique(NOW) is proved


def test_the_command_probes_as_an_administrator_and_the_row_shows_it_from_then_on(
    procore, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    procore.state.switches.second_origin = 422
    (tmp_path / "tieout.toml").write_text(
        f'[procore]\napi_url = "{procore.api_url}"\nlogin_url = "{procore.login_url}"\npush_mode = "unique"\n'
        f'company_id = "{procore.company_id}"\nclient_id = "{procore.client_id}"\n'
        '[users.ann]\nroles = ["analyst"]\n[users.bob]\nroles = ["approver"]\n[users.root]\nroles = ["admin"]\n'
    )
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path))
    monkeypatch.setenv("TIEOUT_PROCORE_CLIENT_SECRET", procore.client_secret)

    def rows(*words: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["doctor", "--json", *words])
        return {check["code"]: check for check in json.loads(done.stdout)["checks"]}

    assert rows()["resend"]["verdict"] == "block"
    refused = CliRunner().invoke(app, ["doctor", "--probe", "--as", "ann"])
    assert isinstance(refused.exception, NotAllowed)
    rows("--probe", "--samples", "1", "--as", "root")
    later = rows()
    assert (later["resend"]["verdict"], later["probe"]["verdict"]) == ("pass", "pass")
    assert "0 days ago" in later["probe"]["evidence"]
