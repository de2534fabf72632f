"""Towards a Procore that is not on this machine: what must be set, the first payment, and one Procore for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.simulation.run import APPROVER, CLAIMS, prepare
from tests.simulation.world import CALM, World
from toolkit.errors import NotAllowed, StoreError
from toolkit.settings import Settings
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor
from toolkit.workflow.probed import remember
from toolkit.workflow.push import push
from toolkit.workflow.verify import verify


@pytest.fixture
def home(tmp_path):
    return prepare(tmp_path / "home")


@pytest.fixture
def world() -> World:
    from random import Random

    return World(Random(1), CALM, CLAIMS)  # noqa: S311 (no secret)


def _live(home, **keys: object) -> Settings:
    from toolkit.settings import load_settings

    told = load_settings(home)
    said = {"api_url": "https://api.example.com", "push_enabled": True, "amount_basis": "cash", "tax_basis": "as_is"}
    return told.model_copy(update={"procore": told.procore.model_copy(update=said | keys)})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"push_enabled": False}, "push_enabled = true"),
        ({"amount_basis": None, "tax_basis": None}, "amount_basis and tax_basis"),
    ],
)
def test_a_live_push_needs_what_the_settings_must_say(home, world: World, keys: dict, said: str) -> None:
    settings = _live(home, **keys)
    with Control.open(settings) as control, pytest.raises(NotAllowed, match=said):
        push(control, settings, world, APPROVER, live=True, clock=world.clock)
    assert world.truth == []


def test_without_live_nothing_is_sent(home, world: World) -> None:
    settings = _live(home)
    with Control.open(settings) as control:
        outcome = push(control, settings, world, APPROVER, clock=world.clock)
    assert (outcome.dry_run, outcome.totals()["amounts"]) == (True, {"USD": "300.03"})  # 100.00 + 100.01 + 100.02
    assert world.truth == []


def test_the_first_live_push_of_a_project_is_one_payment_until_it_is_verified(home, world: World) -> None:
    settings = _live(home)
    with Control.open(settings) as control:
        first = push(control, settings, world, APPROVER, live=True, clock=world.clock)
        again = push(control, settings, world, APPROVER, live=True, clock=world.clock)
        assert (len(world.truth), len(first.refused), len(again.refused)) == (1, 2, 2)
        assert "must be verified before the rest" in first.refused[0][1]
        assert first.exit_status == 3
        verify(control, settings, world, APPROVER, clock=world.clock)
        push(control, settings, world, APPROVER, live=True, clock=world.clock)
    assert len(world.truth) == 3


def test_a_control_database_sends_to_one_procore_only(home, world: World) -> None:
    with Control.open(_live(home)) as control:
        push(control, _live(home), world, APPROVER, live=True, clock=world.clock)
        other = _live(home, company_id="2")
        with pytest.raises(StoreError, match=r"company 1 of api\.example\.com"):
            push(control, other, world, APPROVER, live=True, clock=world.clock)
    assert len(world.truth) == 1


def test_unique_mode_goes_on_a_probe_that_saw_a_second_reference_refused(home, world: World) -> None:
    path = home / "tieout.toml"
    path.write_text(path.read_text(encoding="utf-8") + '[users.boss]\nroles = ["admin"]\n', encoding="utf-8")
    settings = _live(home, push_mode="unique")
    with Control.open(settings) as control:
        with pytest.raises(NotAllowed, match="unique_proved = true"):
            push(control, settings, world, APPROVER, live=True, clock=world.clock)
        boss, facts = Actor("boss", ("admin",)), {"reference": "kept", "second_status": 422}
        remember(control, settings, boss, facts, world.now - timedelta(days=91))
        with pytest.raises(NotAllowed, match="90 days"):
            push(control, settings, world, APPROVER, live=True, clock=world.clock)
        remember(control, settings, boss, facts, world.now - timedelta(days=1))
        push(control, settings, world, APPROVER, live=True, clock=world.clock)
    assert len(world.truth) == 1
