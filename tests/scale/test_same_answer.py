"""On Sail as in one process: the same bytes, whatever the parts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.bench.generator import problem
from toolkit import scale
from toolkit.cli import app
from toolkit.match import found, match_files, read

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAMES = ("matches", "mismatches", "statement")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return problem(1200, seed=31, kinds="hard").write(tmp_path_factory.mktemp("problem"))


def paths(folder: Path, applications: bool) -> list[str]:
    names = ["payments", "claims", *(["applications"] if applications else [])]
    return [str(folder / f"{name}.parquet") for name in names]


def written(folder: Path) -> list[bytes]:
    return [(folder / f"{name}.parquet").read_bytes() for name in NAMES]


def writes_the_same_bytes(remote: str, files: Path, folder: Path, applications: bool, parts: int) -> None:
    """The command against `remote`, in so many parts, writes what one process writes."""
    here = [*map(Path, paths(files, applications)), None][:3]
    match_files(*here, folder / "here", statement=True)
    payments, claims, *lines = paths(files, applications)
    asked = ["match", payments, claims, *(["--applications", *lines] if lines else []), "-o", str(folder / "there")]
    more = ["--statement", "--on", "spark", "--remote", remote, "--parts", str(parts)]
    done = CliRunner().invoke(app, [*asked, *more], catch_exceptions=False)
    assert done.exit_code == 0
    assert written(folder / "there") == written(folder / "here")


@pytest.mark.slow
@pytest.mark.parametrize(("applications", "parts"), [(False, 1), (False, 7), (True, 7), (True, 64)])
def test_the_command_writes_the_bytes_of_one_process(
    remote: str, files: Path, tmp_path: Path, applications: bool, parts: int
) -> None:
    writes_the_same_bytes(remote, files, tmp_path, applications, parts)


def test_tables_by_name_give_what_their_files_give(spark: SparkSession, files: Path) -> None:
    names = []
    for path in map(Path, paths(files, applications=True)):
        spark.read.parquet(str(path)).createOrReplaceTempView(f"t_{path.stem}")
        names.append(f"t_{path.stem}")
    told = scale.match(spark, *names, parts=3).collected()
    here = found.whole([found.one(read(*map(Path, paths(files, applications=True))))])
    assert all(getattr(told, name).equals(getattr(here, name)) for name in NAMES)


def by_key_of_bill(files: Path, folder: Path) -> list[str]:
    """The problem with the ERP's keys on both sides, and 40 claims whose vendor nothing but such a key leads to."""
    claims, lines = (pl.read_parquet(files / f"{name}.parquet") for name in ("claims", "applications"))
    numbered = lines["invoice_number"].drop_nulls().unique().sort().head(40).implode()
    strange = pl.col("invoice_number").is_in(numbered) & pl.col("invoice_number").is_unique()
    vendor = pl.when(strange).then(pl.format("Elsewhere {}", "claim_id")).otherwise("vendor_name")
    key = pl.format("k{}", "invoice_number")
    claims.with_columns(vendor_name=vendor, origin_id=key).write_parquet(folder / "claims.parquet")
    unknown = lines.head(3).with_columns(payment_id=pl.format("gone {}", "payment_id"))
    pl.concat([lines, unknown]).with_columns(document_id=key).write_parquet(folder / "applications.parquet")
    paid = pl.read_parquet(files / "payments.parquet")
    odd = pl.when(pl.col("payment_id").is_in(["7", "8"])).then(pl.lit("Parked")).otherwise("status")
    paid.with_columns(status=odd).write_parquet(folder / "payments.parquet")
    return paths(folder, applications=True)


def test_keys_of_bills_lead_to_other_vendors_there_too_and_the_notes_are_the_same(
    spark: SparkSession, files: Path, tmp_path: Path
) -> None:
    tables = by_key_of_bill(files, tmp_path)
    told = scale.match(spark, *tables, parts=7)
    there, here = told.collected(), match_files(*map(Path, tables), tmp_path / "here", statement=True)
    claims = pl.read_parquet(tables[1]).filter(pl.col("vendor_name").str.starts_with("Elsewhere"))
    assert here.found.matches.join(claims, on="claim_id", how="semi").filter(pl.col("rule") == "origin_id").height > 3
    assert all(getattr(there, name).equals(getattr(here.found, name)) for name in NAMES)
    assert told.notes == here.notes
    assert len(told.notes) == 2


@pytest.mark.parametrize("name", NAMES)
def test_what_is_found_is_a_table_of_the_cluster(spark: SparkSession, files: Path, name: str) -> None:
    told = scale.match(spark, *paths(files, applications=False), parts=3)
    here, there = getattr(told.collected(), name), pl.from_arrow(told.tables()[name].toArrow())
    shared = [column for column in here.columns if column in there.columns]
    assert there.select(shared).sort(shared).equals(here.select(shared).sort(shared))
    assert set(here.columns) - set(shared) <= {"position"}


def test_the_statement_of_all_parts_leaves_nothing_unexplained(spark: SparkSession, files: Path) -> None:
    sums = scale.match(spark, *paths(files, applications=False), parts=5).collected().statement
    paid = pl.read_parquet(files / "payments.parquet").filter(pl.col("status") != "voided")["payment_amount"].sum()
    assert sums.filter(pl.col("position") == 1)["amount"].sum() == paid
    assert sums.filter(pl.col("label") == "unexplained")["amount"].sum() == 0


def test_without_on_spark_nothing_of_it_is_loaded(files: Path, tmp_path: Path) -> None:
    asked = ["match", *paths(files, applications=False), "-o", str(tmp_path / "out")]
    said = (
        "import sys; from typer.testing import CliRunner; from toolkit.cli import app;"
        f"runs = [CliRunner().invoke(app, words) for words in (['--help'], ['match', '--help'], {asked!r})];"
        "assert [run.exit_code for run in runs] == [0, 0, 0];"
        "assert not {'pyspark', 'grpc', 'pysail'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", said], check=False)  # noqa: S603 (our own interpreter)
    assert done.returncode == 0
