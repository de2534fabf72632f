"""Runs in an object store: what one host published another reads, and nothing is ever half there."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import fsspec
import polars as pl
import pytest
import s3fs
from typer.testing import CliRunner

import toolkit as tt
from tests.load.bucket import Bucket, running
from tests.load.conftest import Desk, netsuite, paid
from toolkit.cli import app
from toolkit.errors import InputError, NotFound, SettingsError, StoreError
from toolkit.matching.model import Scope
from toolkit.reconcile import run
from toolkit.settings import load_settings
from toolkit.warehouse import Snapshot, afar, latest, published_runs
from toolkit.warehouse.schema import SNAPSHOT
from toolkit.warehouse.views import VIEWS

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with running() as made:
        yield made


@pytest.fixture
def s3(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[s3fs.S3FileSystem]:
    """The bucket, emptied, for whoever has the right environment."""
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TIEOUT_RUNS_URL", bucket.url)
    _forget()
    store = s3fs.S3FileSystem(use_listings_cache=False)
    if store.exists(bucket.url):
        store.rm(bucket.url, recursive=True)
    yield store
    _forget()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store that is a folder, as a shared disk is."""
    monkeypatch.setenv("TIEOUT_RUNS_URL", f"file://{tmp_path / 'store'}")
    _forget()
    return tmp_path / "store"


def _forget() -> None:
    """As a new process, which has neither a client of the store nor its list."""
    s3fs.S3FileSystem.clear_instance_cache()
    afar._listed.clear()


def _run(desk: Desk, now: datetime = NOW) -> Snapshot:
    desk.load(netsuite(paid("7", "50.00"), paid("8", "20.00")))
    return Snapshot.open(run(load_settings(desk.home), Scope(as_of=date(2026, 10, 31)), now, "somebody").path)


@pytest.mark.slow
def test_another_host_reads_from_s3_what_this_one_published(s3: s3fs.S3FileSystem, desk: Desk, tmp_path: Path) -> None:
    mine = _run(desk)
    theirs = latest(load_settings(tmp_path / "other"))
    assert (theirs.run_id, published_runs(load_settings(tmp_path / "other"))) == (mine.run_id, [mine.run_id])
    assert theirs.path != mine.path
    assert all(theirs.view(name).equals(mine.view(name)) for name in VIEWS)
    assert all(theirs.table(name).equals(mine.table(name)) for name in SNAPSHOT)
    assert (theirs.content(), theirs.facts(), theirs.scope()) == (mine.content(), mine.facts(), mine.scope())
    assert tt.open_run(home=tmp_path / "other").payments().equals(mine.view("payments"))
    table = s3.cat_file(f"runs/tieout/tables/{mine.run_id}/report/payments.parquet")
    assert pl.read_parquet(io.BytesIO(table)).equals(mine.view("payments"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "did not accept our credentials"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "did not accept our credentials"),
        ({"TIEOUT_RUNS_URL": "s3://elsewhere/tieout"}, "make the bucket, or correct"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "cannot be used"),
    ],
)
@pytest.mark.usefixtures("s3")
def test_a_store_that_cannot_be_used_is_one_sentence_and_nothing_is_recorded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], said: str
) -> None:
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    _forget()
    with pytest.raises(StoreError, match=said) as refused:
        _run(desk)
    assert "\n" not in str(refused.value)
    assert desk.core("SELECT * FROM core.runs") == []


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("step", "nth"), [("put_file", 1), ("put_file", 20), ("mv", 1)])
def test_what_breaks_off_is_no_run_there_and_publish_brings_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, nth: int
) -> None:
    local = type(fsspec.filesystem("file"))
    real, left = getattr(local, step), [nth]

    def breaks_off(*args: object, **how: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise TimeoutError("the line went dead")
        real(*args, **how)

    monkeypatch.setattr(local, step, breaks_off)
    with pytest.raises(StoreError, match=r"recorded here, but nobody else sees it yet.*line went dead.*tieout publish"):
        _run(desk)
    _forget()
    with pytest.raises(NotFound, match="No run yet in file:"):
        latest(load_settings(tmp_path / "other"))
    monkeypatch.setenv("TIEOUT_HOME", str(desk.home))
    for count in (1, 0):
        done = CliRunner().invoke(app, ["publish", "--json"], catch_exceptions=False)
        assert len(json.loads(done.output)["runs"]) == count
    assert latest(load_settings(tmp_path / "other")).view("payments").height == 2


def test_a_table_that_is_not_what_was_published_is_refused(folder: Path, desk: Desk, tmp_path: Path) -> None:
    mine = _run(desk)
    table = folder / "tables" / mine.run_id / "report" / "payments.parquet"
    mine.view("payments").head(1).write_parquet(table)
    with pytest.raises(StoreError, match="is damaged: payments is not what was published"):
        latest(load_settings(tmp_path / "other"))
    assert list((tmp_path / "other" / "published").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "by a newer Tieout"),
        ({"run_id": "20261102-090000-abcdef"}, "its marker is none"),
        ({"files": [{"schema": "report", "table": "x; DROP TABLE y", "bytes": 1, "sha256": ""}]}, "what is no table"),
        ({"files": [{"schema": "../..", "table": "payments", "bytes": 1, "sha256": ""}]}, "what is no table"),
    ],
)
def test_a_marker_that_is_none_of_ours_is_refused(
    folder: Path, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    run_id = "20261102-090000-012345"
    marker = folder / "runs" / f"{run_id}.json"
    marker.parent.mkdir(parents=True)
    marker.write_text(json.dumps({"format": 1, "run_id": run_id, "files": []} | change), encoding="utf-8")
    with pytest.raises(StoreError, match=said):
        latest(load_settings(tmp_path / "other"))


@pytest.mark.usefixtures("folder")
def test_the_newest_of_all_hosts_is_the_newest(desk: Desk, tmp_path: Path) -> None:
    first = _run(desk)
    second = _run(Desk(tmp_path / "second"), NOW + timedelta(hours=1))
    assert latest(load_settings(desk.home)).run_id == second.run_id
    assert published_runs(load_settings(desk.home)) == [second.run_id, first.run_id]
    assert latest(load_settings(tmp_path / "second"), first.run_id).content() == first.content()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("asked", ["20260101-000000-abcdef", "../../secret"])
def test_a_run_that_is_not_there_is_named(tmp_path: Path, asked: str) -> None:
    with pytest.raises(NotFound, match="There is no published run"):
        latest(load_settings(tmp_path), asked)


@pytest.mark.parametrize(("url", "said"), [("bucket/folder", "is no address"), ("s3://a:b@c/d", "holds a sign-in")])
def test_an_address_of_no_store_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("TIEOUT_RUNS_URL", url)
    with pytest.raises(SettingsError, match=said):
        load_settings(tmp_path)


def test_a_store_without_its_client_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_RUNS_URL", "gs://bucket/tieout")
    with pytest.raises(InputError, match="pip install"):
        latest(load_settings(tmp_path))


def test_without_a_store_publish_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path))
    assert "set [runs] url" in str(CliRunner().invoke(app, ["publish"]).exception)


@pytest.mark.usefixtures("folder")
def test_a_run_that_is_damaged_here_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(tmp_path))
    broken = tmp_path / "published" / "20261102-090000-012345.duckdb"
    broken.parent.mkdir()
    broken.write_text("half a file")
    assert f"{broken.name} cannot be read" in str(CliRunner().invoke(app, ["publish"]).exception)
    assert published_runs(load_settings(tmp_path)) == []
