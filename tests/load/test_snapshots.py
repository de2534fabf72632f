"""What a run publishes: the same findings have the same hashes, and a published run never changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.load.conftest import Desk, netsuite, paid
from toolkit.errors import NotFound
from toolkit.matching.model import Scope
from toolkit.reconcile import run
from toolkit.settings import load_settings
from toolkit.warehouse import Snapshot, Warehouse, latest, published_runs

SCOPE, NOW = Scope(as_of=date(2026, 10, 31)), datetime(2026, 11, 2, 9, tzinfo=UTC)


def _run(desk: Desk, now: datetime = NOW) -> Snapshot:
    return Snapshot.open(run(load_settings(desk.home), SCOPE, now, "somebody").path)


def test_two_runs_that_find_the_same_have_the_same_hashes(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00"), paid("8", "20.00")))
    one, two = _run(desk), _run(desk, NOW + timedelta(days=3))
    assert one.run_id != two.run_id
    assert one.facts()["content"] == two.facts()["content"]


def test_one_cent_more_changes_the_hashes_of_what_it_touches(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00")))
    one = _run(desk).facts()["content"]
    desk.load(netsuite(paid("7", "50.01")))
    two = _run(desk, NOW + timedelta(hours=1)).facts()["content"]
    assert {name for name in one if one[name] != two[name]} >= {"payments", "applications", "statement"}
    assert one["claims"] == two["claims"]


def test_a_snapshot_holds_what_the_warehouse_held(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00"), paid("8", "20.00")))
    snapshot = _run(desk)
    with Warehouse.open(load_settings(desk.home)) as warehouse:
        for name in ("payments", "applications", "mismatches", "statement"):
            assert snapshot.table(name).equals(warehouse.table(name)), name


def test_an_old_run_stays_as_it_was_published(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00")))
    old = _run(desk)
    before = old.path.read_bytes()
    desk.load(netsuite(paid("7", "60.00")))
    new = _run(desk, NOW + timedelta(hours=1))
    assert old.path.read_bytes() == before
    assert published_runs(load_settings(desk.home)) == [new.run_id, old.run_id]
    assert latest(load_settings(desk.home)).run_id == new.run_id


def test_a_view_is_asked_by_name_and_value_only(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00"), paid("8", "20.00")))
    snapshot = _run(desk)
    assert snapshot.view("payments", {"payment_id": "8"})["payment_amount"].to_list()[0] * 100 == 2000
    assert snapshot.view("payments", order=["-payment_id"], limit=1)["payment_id"].to_list() == ["8"]
    assert snapshot.count("payments") == 2
    for wrong in ({"where": {"no_such": 1}}, {"order": ["payment_id; DROP"]}):
        with pytest.raises(NotFound, match="has no column"):
            snapshot.view("payments", **wrong)


def test_what_was_loaded_can_be_read_before_any_run(desk: Desk) -> None:
    desk.load(netsuite(paid("7", "50.00")))
    assert desk.payments() == [("7", "50.00", "issued")]
    with pytest.raises(NotFound, match="No run yet"):
        latest(load_settings(desk.home))


def test_a_second_writer_is_told_who_holds_the_file(desk: Desk) -> None:
    import subprocess
    import sys

    from toolkit.errors import StoreError

    desk.load(netsuite(paid("7", "50.00")))
    path = desk.home / "warehouse.duckdb"
    hold = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:  # noqa: S603
        assert holder.stdout.readline()
        with (
            pytest.raises(StoreError, match=f"process {holder.pid}"),
            Warehouse.open(load_settings(desk.home), wait_seconds=0.2),
        ):
            pass
        holder.stdin.close()
        holder.wait(10)
