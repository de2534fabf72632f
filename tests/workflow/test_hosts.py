"""Several hosts, one control database on PostgreSQL: who sends, who decides, and what a lost connection may not do."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.simulation.hosts import at_once, decides, pushes
from tests.simulation.kills import SEED, Campaign, settle_in
from tests.simulation.run import Run, prepare
from tests.simulation.world import Weather
from tests.stores import Embedded, OnPostgres, raw
from toolkit.cli import app
from toolkit.errors import SettingsError, StoreError
from toolkit.sandbox import LocalProcore
from toolkit.settings import load_settings
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.move import move
from toolkit.workflow.outcome import Selection

from .conftest import ANALYST, APPROVER, NOW, Bench

OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def store(postgres, monkeypatch: pytest.MonkeyPatch) -> Embedded:
    """These tests are about PostgreSQL."""
    return OnPostgres(postgres, monkeypatch)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("hosts") / "home")


def _cut(settings) -> None:
    """Every connection to the database is lost but the one that says so."""
    with raw(settings) as connection:
        connection.exec_driver_sql(OTHERS)


@pytest.mark.slow
def test_a_sender_that_lost_its_lock_on_the_way_sends_nothing_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = bench.procore.state.create_payment

    def cut(*args: object) -> dict:
        _cut(bench.settings)
        return create(*args)

    monkeypatch.setattr(bench.procore.state, "create_payment", cut)
    with pytest.raises(StoreError, match="give the same command again"):
        bench.push()
    assert bench.posts() == 1
    monkeypatch.setattr(bench.procore.state, "create_payment", create)
    bench.quick()
    bench.push(wait=True)
    references = [row["origin_id"] for row in bench.procore.state.payments.values() if row.get("origin_id")]
    assert len(references) == len(set(references)) > 1


@pytest.mark.slow
def test_a_lock_that_is_gone_before_the_first_byte_leaves_the_payment_approved(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolkit.workflow.database._AdvisoryLock.held", lambda _: False)
    sync = bench.push(ids=[bench.one()]).touched[-1]
    assert (sync.state, bench.posts()) == ("approved", 0)
    assert "lock was lost" in str(sync.reason)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["readback", "strict"])
def test_what_was_taken_over_is_not_sent_again_until_a_person_says_so(bench: Bench, mode: str) -> None:
    one = bench.one()
    bench.quick(push_mode=mode)
    bench.die_sending(one)
    bench.push(ids=[one])
    assert (bench.sync(one).state, bench.posts()) == ("needs_review", 0)
    with Control.open(bench.settings) as control:
        approve.resolve(control, APPROVER, one, "resend", datetime.now(UTC), "that host is switched off")
    assert bench.push(ids=[one]).touched[-1].state == "posted"


def _approve_while_it_goes_away(settings) -> None:
    with Control.open(settings) as control, control.change(APPROVER, "approve", NOW) as change:
        change.move(change.syncs(states=["submitted"])[0], "approved", approved_by="approver")
        _cut(settings)


@pytest.mark.slow
def test_a_database_that_goes_away_in_the_middle_of_a_decision_leaves_nothing_half_written(submitted) -> None:
    with pytest.raises(StoreError, match="give the same command again"):
        _approve_while_it_goes_away(submitted)
    with Control.open(submitted) as control:
        assert ({sync.state for sync in control.syncs()} & {"approved"}, control.verdict().status) == (set(), 0)
        first = Selection(ids=(control.syncs(states=["submitted"])[0].sync_id,))
        assert approve.approve(control, submitted, APPROVER, first, NOW).touched[0].state == "approved"


def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_CONTROL_URL", "postgresql+psycopg://tieout@127.0.0.1:9/away")
    with pytest.raises(StoreError, match=r"^The control database away at 127\.0\.0\.1 failed: .*refused") as said:
        Control.open(load_settings(tmp_path)).__enter__()
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("url", ["postgresql:/tieout", "mysql+pymysql://a@b/c", "nonsense"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TIEOUT_CONTROL_URL", url)
    with pytest.raises(StoreError), Control.open(load_settings(tmp_path)):
        pass


def test_a_password_does_not_stand_in_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "tieout.toml").write_text('[control]\nurl = "postgresql+psycopg://a:b@host/c"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="holds a password"):
        load_settings(tmp_path)


@pytest.mark.slow
def test_the_log_goes_on_where_it_was_after_the_move(submitted, postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    with Control.open(submitted) as control:
        before = control.events()
    url = postgres.database().render_as_string(hide_password=False)
    done = CliRunner().invoke(app, ["move", url])
    assert (done.exit_code, done.output.split(" events")[0]) == (0, str(len(before)))
    monkeypatch.setenv("TIEOUT_CONTROL_URL", url)
    with Control.open(load_settings(submitted.home)) as control:
        assert (control.events(), control.verdict().status) == (before, 0)
        one = Selection(ids=(control.syncs(states=["submitted"])[0].sync_id,))
        assert approve.approve(control, submitted, APPROVER, one, NOW).touched[0].state == "approved"
    with pytest.raises(StoreError, match="holds a log already"):
        move(submitted.control_url, url)


def _hosts(template: Path, folder: Path, store: Embedded, procore: LocalProcore) -> tuple[Path, Path]:
    """Two working folders that share nothing but the control database."""
    first, second = folder / "first", folder / "second"
    shutil.copytree(template, first)
    store.settle(first)
    settle_in(first, procore, "readback")
    (first / "control.sqlite").unlink()
    shutil.copytree(first, second)
    return first, second


@pytest.mark.slow
def test_two_hosts_that_approve_and_push_at_once_do_each_payment_once(
    template: Path, tmp_path: Path, store: Embedded
) -> None:
    with LocalProcore(SEED) as procore:
        homes = _hosts(template, tmp_path, store, procore)
        with Control.open(load_settings(homes[0])) as control:
            approve.withdraw(control, ANALYST, Selection(all=True), NOW, "again")
            approve.submit(control, ANALYST, Selection(all=True), NOW)
        said = at_once(decides, *homes)
        approved = [word for word in said if word.startswith("approved")]
        assert len(approved) == len(set(approved)) == 3
        said = at_once(pushes, *homes, TIEOUT_PROCORE_CLIENT_SECRET=procore.client_secret)
        assert Counter(word for word in said if word.startswith("posted")).total() == 3
        assert Counter(row["origin_id"] for row in procore.state.payments.values()).most_common(1)[0][1] == 1
    with Control.open(load_settings(homes[1])) as control:
        assert control.verdict().status == 0


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["strict", "readback", "unique"])
def test_bad_weather_over_postgresql_doubles_and_loses_nothing(
    template: Path, tmp_path: Path, store: Embedded, mode: str
) -> None:
    for seed in range(8):
        home = tmp_path / f"home-{seed}"
        shutil.copytree(template, home)
        store.settle(home)
        result = Run(template, home, seed, mode, Weather(unique=mode == "unique")).go()
        assert (result.doubles, result.lost, result.wrong, result.broken) == (0, 0, 0, []), seed


@pytest.mark.slow
def test_a_host_killed_mid_push_is_followed_by_another(template: Path, tmp_path: Path, store: Embedded) -> None:
    campaign = Campaign(template, tmp_path, "readback", 3, store)
    campaign.batch()
    found = campaign.found
    assert found["kills"] >= 4
    assert (found["finished"], found["doubles"], found["lost"], found["hung"], found["log broken"]) == (3, 0, 0, 0, 0)
