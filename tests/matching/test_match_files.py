"""`tieout match`: files in, files out, no settings, and bad input in one plain sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.bench.generator import problem
from toolkit.cli import app
from toolkit.errors import TieoutError
from toolkit.match import match_files

PAYMENTS = pl.DataFrame(
    {
        "payment_id": ["1", "2", "3", "4"],
        "vendor_name": ["Aster Steel LLC"] * 4,
        "payment_date": [date(2026, 3, day) for day in (1, 2, 3, 4)],
        "payment_amount": [Decimal("500.00"), Decimal("700.25"), Decimal("200.00"), Decimal("9.99")],
        "reference": ["INV-7001", "INV-7001", "inv 7002", "RENT"],
        "status": ["cleared", "issued", "issued", "voided"],
    },
    schema_overrides={"payment_amount": pl.Decimal(38, 2)},
)
CLAIMS = pl.DataFrame(
    {
        "claim_id": ["c", "d"],
        "vendor_name": ["ASTER STEEL", "Aster Steel"],
        "invoice_number": ["7001", "7002"],
        "due_amount": [Decimal("500.00"), Decimal("200.00")],
        "status": ["approved", "paid"],
    },
    schema_overrides={"due_amount": pl.Decimal(38, 2)},
)


def _kept(folder: Path, payments: pl.DataFrame, claims: pl.DataFrame, kind: str) -> list[str]:
    paths = []
    for name, frame in (("payments", payments), ("claims", claims)):
        path = folder / f"{name}.{kind}"
        (frame.write_csv if kind == "csv" else frame.write_parquet)(path)
        paths.append(str(path))
    return paths


def _run(folder: Path, payments: pl.DataFrame, claims: pl.DataFrame, kind: str = "parquet", *more: str) -> Any:
    return CliRunner().invoke(app, ["match", *_kept(folder, payments, claims, kind), "-o", str(folder / "out"), *more])


def _refusal(folder: Path, payments: pl.DataFrame, claims: pl.DataFrame = CLAIMS) -> str:
    done = _run(folder, payments, claims, "csv")
    assert isinstance(done.exception, TieoutError)
    assert not (folder / "out").exists()
    return str(done.exception)


def _matches(folder: Path) -> list[tuple[Any, ...]]:
    return pl.read_parquet(folder / "out" / "matches.parquet")["payment_id", "claim_id", "matched_amount"].rows()


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_parquet_and_csv_give_the_same_matches(tmp_path: Path, kind: str) -> None:
    assert _run(tmp_path, PAYMENTS, CLAIMS, kind).exit_code == 0
    assert _matches(tmp_path) == [("1", "c", Decimal("500.00")), ("3", "d", Decimal("200.00"))]


def test_shuffled_rows_give_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for seed in (1, 2, 3):
        folder = tmp_path / str(seed)
        folder.mkdir()
        both = (frame.sample(fraction=1, shuffle=True, seed=seed) for frame in (PAYMENTS, CLAIMS))
        assert _run(folder, *both).exit_code == 0
        written.append([(folder / "out" / f"{name}.parquet").read_bytes() for name in ("matches", "mismatches")])
    assert written[0] == written[1] == written[2]


def test_many_payments_go_through_in_parts_and_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = problem(400, seed=12).write(tmp_path)
    files = [folder / f"{name}.parquet" for name in ("payments", "claims", "applications")]
    written = []
    for part in (10_000, 60):
        monkeypatch.setattr("toolkit.match.AT_ONCE", part)
        monkeypatch.setattr("toolkit.match.PART", part)
        match_files(*files, folder / "out")
        written.append([(folder / "out" / f"{name}.parquet").read_bytes() for name in ("matches", "mismatches")])
    assert written[0] == written[1]


def test_the_columns_are_those_of_the_contract_and_more(tmp_path: Path) -> None:
    _run(tmp_path, PAYMENTS, CLAIMS)
    found = pl.read_parquet(tmp_path / "out" / "matches.parquet")
    asked = ["payment_id", "application_id", "claim_id", "matched_amount", "rule", "band", "confidence", "reason"]
    assert found.columns[:8] == asked


def test_what_does_not_agree_is_said_beside(tmp_path: Path) -> None:
    _run(tmp_path, PAYMENTS, CLAIMS)
    found = pl.read_parquet(tmp_path / "out" / "mismatches.parquet")
    assert ("voided_payment", "4") in found["code", "payment_id"].rows()
    assert ("payment_no_invoice", "2") in found["code", "payment_id"].rows()


def test_applications_lead_where_a_payment_has_some(tmp_path: Path) -> None:
    applications = tmp_path / "applications.csv"
    applications.write_text("payment_id,application_id,invoice_number,applied_amount\n2,2-1,7002,700.25\n")
    assert _run(tmp_path, PAYMENTS, CLAIMS, "parquet", "--applications", str(applications)).exit_code == 0
    found = pl.read_parquet(tmp_path / "out" / "matches.parquet").filter(pl.col("payment_id") == "2")
    assert found["claim_id", "matched_amount"].rows() == [("d", Decimal("700.25"))]


def test_columns_that_are_not_needed_may_be_missing(tmp_path: Path) -> None:
    done = _run(tmp_path, PAYMENTS.drop("reference", "status"), CLAIMS.drop("status", "invoice_number"))
    assert done.exit_code == 0
    assert _matches(tmp_path)[0][:2] == ("1", "c")


def test_a_due_that_is_missing_is_what_gross_retainage_and_tax_come_to(tmp_path: Path) -> None:
    claims = CLAIMS.with_columns(due_amount=None, gross_amount=Decimal(540), retainage_amount=Decimal(54))
    # 540.00 - 54.00 + 14.00 of tax is the 500.00 that was paid.
    _run(tmp_path, PAYMENTS.head(1), claims.head(1).with_columns(tax_amount=Decimal(14)), "csv")
    assert _matches(tmp_path) == [("1", "c", Decimal("500.00"))]


def test_a_status_that_nobody_knows_is_said_and_matches_nothing(tmp_path: Path) -> None:
    done = _run(tmp_path, PAYMENTS.with_columns(status=pl.lit("Parked")), CLAIMS)
    assert 'have the status "Parked"' in done.output
    assert _matches(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"payment_amount": "12.345"}, 'row 1, column "payment_amount": "12.345" is finer than 2 decimals'),
        ({"payment_amount": "twelve"}, 'row 1, column "payment_amount": "twelve" is not an amount'),
        ({"payment_amount": None}, 'row 1, column "payment_amount": nothing stands there'),
        ({"payment_date": "3/4/26"}, 'row 1, column "payment_date": "3/4/26" is no day'),
        ({"payment_id": "7"}, 'row 2, column "payment_id": "7" stands there twice'),
        ({"payment_id": None}, 'row 1, column "payment_id": nothing stands there'),
    ],
)
def test_bad_input_is_one_sentence_with_row_and_column(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    bad = PAYMENTS.with_columns(pl.lit(value).alias(name) for name, value in change.items())
    assert f"payments.csv, {said}" in _refusal(tmp_path, bad)


def test_a_file_without_a_column_that_is_needed_is_refused(tmp_path: Path) -> None:
    assert 'claims.csv, column "due_amount": there is no such column' in _refusal(
        tmp_path, PAYMENTS, CLAIMS.drop("due_amount")
    )


def test_a_file_that_is_not_there_or_not_a_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"no parquet")
    (claims,) = _kept(tmp_path, PAYMENTS, CLAIMS, "csv")[1:]
    for name, said in (("bad.parquet", "neither Parquet nor CSV"), ("gone.csv", "it is not there")):
        done = CliRunner().invoke(app, ["match", str(tmp_path / name), claims, "-o", str(tmp_path / "out")])
        assert said in str(done.exception)


def test_money_in_floats_is_taken_to_the_cent_or_refused(tmp_path: Path) -> None:
    exact = PAYMENTS.with_columns(pl.col("payment_amount").cast(pl.Float64))
    assert _run(tmp_path, exact, CLAIMS).exit_code == 0
    summed = exact.with_columns(payment_amount=pl.lit(0.1) + 0.2)
    done = _run(tmp_path, summed, CLAIMS)
    assert "finer than 2 decimals" in str(done.exception)


def test_a_currency_without_decimals_keeps_its_amounts(tmp_path: Path) -> None:
    yen = PAYMENTS.with_columns(pl.col("payment_amount").round(0), currency_code=pl.lit("JPY"))
    done = _run(tmp_path, yen, CLAIMS.with_columns(currency_code=pl.lit("JPY")), "parquet", "--statement")
    assert done.exit_code == 0
    assert _matches(tmp_path) == [("1", "c", Decimal(500)), ("3", "d", Decimal(200))]
    named = pl.read_parquet(tmp_path / "out" / "mismatches.parquet").filter(pl.col("payment_id") == "2")
    assert named["amount"].unique().to_list() == [Decimal(700)]
    sums = pl.read_parquet(tmp_path / "out" / "statement.parquet")
    # 500 + 700 + 200; the voided payment is no cash.
    assert sums["amount"][0] == Decimal(1400)
