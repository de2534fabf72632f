"""What a cluster cannot do, and what is no payment or claim: one plain sentence, and nothing written."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.matching.test_match_files import CLAIMS, PAYMENTS
from toolkit.cli import app
from toolkit.errors import InputError, RemoteError, TieoutError
from toolkit.scale import cluster

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def refusal(folder: Path, remote: str, payments: pl.DataFrame = PAYMENTS, tables: tuple[str, ...] = ()) -> str:
    for name, frame in (("payments", payments), ("claims", CLAIMS)):
        frame.write_parquet(folder / f"{name}.parquet")
    asked = tables or (str(folder / "payments.parquet"), str(folder / "claims.parquet"))
    done = CliRunner().invoke(app, ["match", *asked, "-o", str(folder / "out"), "--on", "spark", "--remote", remote])
    assert isinstance(done.exception, TieoutError)
    assert not (folder / "out").exists()
    assert "\n" not in str(done.exception)
    return str(done.exception)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"payment_amount": "12.00"}, 'column "payment_amount": is string there, and must be a number'),
        ({"payment_date": datetime(2026, 3, 1)}, 'column "payment_date": is timestamp_ntz there, and must be a DATE'),  # noqa: DTZ001 (a column without a zone)
        ({"reference": pl.lit(["7001"])}, 'column "reference": is array<string> there, and must be text'),
        ({"payment_amount": 12.345}, 'payment_id "1", column "payment_amount": "12.345" is finer than 2 decimals'),
        ({"payment_date": "3/4/26"}, 'payment_id "1", column "payment_date": "3/4/26" is no day'),
        ({"payment_id": "7"}, 'column "payment_id": "7" stands there twice'),
        ({"payment_id": pl.lit(None, pl.String)}, 'column "payment_id": nothing stands there'),
        ({"erp": "sap"}, 'column "erp": an ERP is one of workday'),
    ],
)
def test_a_table_of_another_schema_names_column_and_id(
    remote: str, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    changed = {name: value if isinstance(value, pl.Expr) else pl.lit(value) for name, value in change.items()}
    assert f"payments.parquet, {said}" in refusal(tmp_path, remote, PAYMENTS.with_columns(**changed))


def test_a_table_without_a_column_that_is_needed_is_refused(remote: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, remote, PAYMENTS.drop("payment_date"))
    assert 'payments.parquet, column "payment_date": there is no such column' in said


def test_what_the_cluster_does_not_see_is_named(remote: str, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.parquet")
    assert "no_table: the cluster cannot read a table of that name" in refusal(
        tmp_path, remote, tables=("no_table",) * 2
    )
    assert "gone.parquet: the cluster sees nothing there" in refusal(tmp_path, remote, tables=(gone, gone))


def test_a_server_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"sc://127.0.0.1:{free.getsockname()[1]}"
    assert f"{address}: cannot be reached (Connection refused)" in refusal(tmp_path, f"{address}/;token=secret")
    assert "secret" not in refusal(tmp_path, f"{address}/;token=secret")


def test_the_address_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:1")
    asked = ["match", "a", "b", "-o", str(tmp_path / "out"), "--on", "spark"]
    assert "sc://127.0.0.1:1: cannot be reached" in str(CliRunner().invoke(app, asked).exception)


def test_something_else_that_listens_is_no_spark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        said = refusal(tmp_path, f"sc://127.0.0.1:{mute.getsockname()[1]}")
    assert "does not speak Spark Connect" in said


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "sc://", "127.0.0.1:15002", "sc://host:port"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    assert "write sc://host:port" in refusal(tmp_path, address)


@contextmanager
def old_server(remote: str) -> Iterator[str]:
    """The server at `remote`, but one that knows no functions over grouped Arrow tables."""
    import grpc
    from pyspark.sql.connect.proto import base_pb2_grpc

    stub = base_pb2_grpc.SparkConnectServiceStub(grpc.insecure_channel(remote.removeprefix("sc://")))

    class Old(base_pb2_grpc.SparkConnectServiceServicer):  # type: ignore[misc]
        def Config(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's names)
            del context
            return stub.Config(request)

        def AnalyzePlan(self, request: Any, context: Any) -> Any:  # noqa: N802
            del context
            return stub.AnalyzePlan(request)

        def ExecutePlan(self, request: Any, context: Any) -> Any:  # noqa: N802
            if "group_map" in str(request.plan):
                context.abort(grpc.StatusCode.UNIMPLEMENTED, "unknown function type: SQL_GROUPED_MAP_ARROW_UDF")
            yield from stub.ExecutePlan(request)

    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        base_pb2_grpc.add_SparkConnectServiceServicer_to_server(Old(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield f"sc://127.0.0.1:{port}"
        server.stop(0).wait()


def test_a_server_without_functions_over_grouped_tables_is_found_out_before_anything_is_read(
    remote: str, tmp_path: Path
) -> None:
    with old_server(remote) as address:
        said = refusal(tmp_path, address, tables=("not_even_looked_for", "nor_this"))
    assert "cannot run Tieout's functions over grouped Arrow tables" in said
    assert "It needs Spark 4 or Sail" in said


def test_another_tieout_on_the_workers_is_refused(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    real = cluster.version
    monkeypatch.setattr(cluster, "here", lambda name: "0.0.9" if name == "tieout" else real(name))
    with pytest.raises(RemoteError, match=r"has tieout .*, and here is 0\.0\.9"):
        cluster.check(spark, "sc://there")


def test_a_worker_that_fails_is_one_sentence(remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("no room left on this worker")

    # Sail's workers are threads of this process.
    monkeypatch.setattr("toolkit.match.found.one", broken)
    assert "no room left on this worker" in refusal(tmp_path, remote)


def test_flags_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    for flags in (["--remote", "sc://x:1"], ["--parts", "3"], ["--on", "spark"], ["--on", "dask", "--remote", "x"]):
        done = CliRunner().invoke(app, ["match", "a.parquet", "b.parquet", "-o", str(tmp_path / "out"), *flags])
        assert isinstance(done.exception, InputError)
        assert not (tmp_path / "out").exists()
