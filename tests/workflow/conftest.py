"""One home of sample data, walked to a state once and copied for each test that changes it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.simulation.run import APPROVER as SIMULATED
from tests.simulation.run import CLAIMS, prepare
from tests.simulation.world import CALM, World
from tests.stores import Embedded
from toolkit.demo import Sample
from toolkit.erps.base import LoadOptions
from toolkit.procore import ProcoreClient
from toolkit.sandbox.faults import Fault
from toolkit.settings import Settings, load_settings
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Outcome, Sync
from toolkit.workflow.policy import Actor
from toolkit.workflow.push import push
from toolkit.workflow.verify import verify

PAYMENTS = "/rest/v1.0/contract_payments"

ANALYST = Actor("analyst", ("analyst",))
APPROVER = Actor("approver", ("approver",))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with everything approved; its local Procore is gone."""
    home = tmp_path_factory.mktemp("walked") / "home"
    with Sample(home) as sample:
        sample.load()
        sample.pull()
        sample.reconcile()
        sample.plan()
        sample.submit()
        shutil.copytree(home, home.parent / "submitted")
        sample.approve()
    return home


class _Dies:
    """A client whose process ends when it is to send."""

    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> object:
        if name == "post_issued_payment":
            raise ZeroDivisionError
        return getattr(self._client, name)


class Bench:
    """A copy of an approved home with a fresh local Procore beside it."""

    def __init__(self, home: Path, sample: Sample) -> None:
        self.home, self.sample, self.procore = home, sample, sample.procore

    @property
    def settings(self) -> Settings:
        return self.sample.settings

    def client(self, control: Control) -> ProcoreClient:
        return ProcoreClient(self.settings, gate=control.gate(self.settings.procore.api_url))

    def push(self, **how: Any) -> Outcome:
        """One push, as the command does it."""
        with Control.open(self.settings) as control, self.client(control) as client:
            return push(control, self.settings, client, APPROVER, **how)

    def die_sending(self, sync_id: str) -> None:
        """A push that ends between its intent and the first byte: the sync is left in `sending`."""
        with Control.open(self.settings) as control, self.client(control) as client, pytest.raises(ZeroDivisionError):
            push(control, self.settings, _Dies(client), APPROVER, ids=[sync_id])

    def verify(self, **how: Any) -> Outcome:
        with Control.open(self.settings) as control, self.client(control) as client:
            return verify(control, self.settings, client, APPROVER, **how)

    def fault(self, kind: str, **how: Any) -> None:
        """What happens to the next request that creates an issued payment."""
        self.procore.faults.add(Fault("POST", PAYMENTS, kind, **how))

    def one(self) -> str:
        """The sync of check 010472 over 27,315.50."""
        with Control.open(self.settings) as control:
            return next(sync.sync_id for sync in control.syncs(states=["approved"]) if sync.invoice_number == "PA-0042")

    def sync(self, sync_id: str) -> Sync:
        with Control.open(self.settings) as control:
            return control.sync(sync_id)

    def rows(self, sync_id: str) -> list[dict[str, Any]]:
        """What stands in Procore under this reference."""
        return [row for row in self.procore.state.payments.values() if row.get("origin_id") == sync_id]

    def load_options(self, **how: Any) -> LoadOptions:
        return LoadOptions(company="Larkspur Builders LLC", **how)

    def posts(self) -> int:
        return self.procore.requests.count(("POST", PAYMENTS))

    def quick(self, **keys: object) -> None:
        """Set keys of [procore]; the quiet window is short unless said."""
        said = {"quiet_window_seconds": 0.0, "listing_gap_seconds": 0.0} | keys
        lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in said.items())
        path = self.home / "tieout.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("project_ids = []\n", f"project_ids = []\n{lines}"), encoding="utf-8")


@pytest.fixture
def bench(walked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Embedded):
    """Everything approved, nothing sent."""
    with Sample(tmp_path / "home") as sample:
        toml = (sample.home / "tieout.toml").read_text(encoding="utf-8")
        shutil.rmtree(sample.home)
        shutil.copytree(walked, sample.home)
        (sample.home / "tieout.toml").write_text(toml, encoding="utf-8")
        store.settle(sample.home)
        monkeypatch.setenv("TIEOUT_HOME", str(sample.home))
        yield Bench(sample.home, sample)


@pytest.fixture
def submitted(walked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Embedded) -> Settings:
    """Everything submitted by the analyst, nothing approved."""
    from toolkit.settings import load_settings

    home = tmp_path / "home"
    shutil.copytree(walked.parent / "submitted", home)
    store.settle(home)
    monkeypatch.setenv("TIEOUT_HOME", str(home))
    return load_settings(home)


# -- a home of three simulated payments on two commitments, and a Procore that is a script ---------
ONE = "p1-simulated00000000"


@pytest.fixture(scope="session")
def three_approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("simulated") / "home")


@pytest.fixture
def settings(three_approved: Path, tmp_path: Path) -> Settings:
    shutil.copytree(three_approved, tmp_path / "home")
    return load_settings(tmp_path / "home")


@pytest.fixture
def world() -> World:
    return World(Random(1), CALM, CLAIMS)  # noqa: S311 (no secret)


def simulated_push(settings: Settings, world: World, **how: Any) -> Outcome:
    with Control.open(settings) as control:
        return push(control, settings, world, SIMULATED, **{"clock": world.clock} | how)
