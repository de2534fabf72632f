"""Nothing passes between rooms but the canonical tables."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest

from toolkit import schemas

TABLES = [
    table
    for table in vars(schemas).values()
    if isinstance(table, type) and issubclass(table, schemas.Table) and table is not schemas.Table
]
MATCH = {
    "erp": "netsuite",
    "erp_company": "default",
    "payment_id": "1",
    "claim_id": "7",
    "matched_amount": 100,
    "rule": "r",
    "band": "auto",
    "confidence": 1.0,
    "reason": "same invoice number",
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_an_empty_table_is_valid_and_has_its_columns(table: type[schemas.Table]) -> None:
    good, bad = schemas.validate(table, schemas.empty(table))
    assert list(good.columns) == list(schemas.columns(table))
    assert bad.is_empty()


def test_amounts_are_whole_minor_units_in_every_table() -> None:
    amounts = {
        (table.__name__, name): kind
        for table in TABLES
        for name, kind in schemas.columns(table).items()
        if name.endswith("amount")
    }
    assert amounts
    assert set(amounts.values()) == {pl.Int64()}


def test_conform_orders_columns_and_fills_the_missing_with_null() -> None:
    frame = schemas.conform(schemas.Matches, pl.DataFrame([MATCH]).reverse())
    assert frame.columns == list(schemas.columns(schemas.Matches))
    assert frame["application_id"].to_list() == [None]


def test_conform_never_casts_with_loss() -> None:
    with pytest.raises(pl.exceptions.InvalidOperationError):
        schemas.conform(schemas.Matches, pl.DataFrame([MATCH | {"matched_amount": "12.5"}]))


def test_a_bad_row_is_split_off_with_every_reason() -> None:
    rows = [MATCH, MATCH | {"payment_id": "2", "band": "maybe", "confidence": 2.0}]
    good, bad = schemas.validate(schemas.Matches, schemas.conform(schemas.Matches, pl.DataFrame(rows)))
    assert good["payment_id"].to_list() == ["1"]
    assert bad["payment_id"].to_list() == ["2"]
    assert "band" in bad["reasons"][0]
    assert "confidence" in bad["reasons"][0]


def test_an_empty_key_is_no_key() -> None:
    frame = schemas.conform(schemas.Matches, pl.DataFrame([MATCH | {"claim_id": ""}]))
    assert schemas.validate(schemas.Matches, frame)[0].is_empty()


def test_a_frame_of_another_shape_is_an_error_of_ours() -> None:
    with pytest.raises(schemas._pandera()[1].SchemaErrors):
        schemas.validate(schemas.Matches, pl.DataFrame([MATCH]))


@pytest.mark.parametrize("before", ["", "import pyspark; "])
def test_checking_a_table_loads_no_spark_and_hides_none(before: str) -> None:
    said = (
        "from toolkit import schemas; schemas.Payments.validate(schemas.empty(schemas.Payments));"
        "import sys; assert 'pyspark.pandas' not in sys.modules;"
        "assert bool('BEFORE') == ('pyspark' in sys.modules); import pyspark.sql"
    )
    command = [sys.executable, "-W", "error", "-c", before + said.replace("BEFORE", before)]
    assert subprocess.run(command, check=False).returncode == 0  # noqa: S603 (our own interpreter)
