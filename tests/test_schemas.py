"""Nothing passes between rooms but the canonical tables."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

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
        # Only a frame that breaks a rule makes pandera start.
        "from toolkit import schemas; f = schemas.conform(schemas.Projects, schemas.empty(schemas.Projects).clear(1));"
        "assert schemas.validate(schemas.Projects, f)[1].height == 1;"
        "import sys; assert 'pandera' in sys.modules; assert 'pyspark.pandas' not in sys.modules;"
        "assert bool('BEFORE') == ('pyspark' in sys.modules); import pyspark.sql"
    )
    command = [sys.executable, "-W", "error", "-c", before + said.replace("BEFORE", before)]
    assert subprocess.run(command, check=False).returncode == 0  # noqa: S603 (our own interpreter)


SAMPLES = {pl.String: "x", pl.Int64: 1, pl.Date: date(2026, 9, 14), pl.Boolean: True, pl.Float64: 0.5}


def _broken_in_each_way(table: type[schemas.Table]) -> list[tuple[str, object]]:
    """A column and a value that breaks its rule, for every rule of the table."""
    rules = {name: getattr(table, name) for name in schemas.columns(table)}
    wrong: list[tuple[str, object]] = [(name, None) for name, rule in rules.items() if not rule.nullable]
    wrong += [(name, "") for name, rule in rules.items() if rule.shortest]
    wrong += [(name, "~") for name, rule in rules.items() if rule.isin]
    return wrong + [(name, rule.within[1] + 1) for name, rule in rules.items() if rule.within]


@pytest.mark.parametrize("table", [schemas.Payments, schemas.Applications, schemas.Claims, schemas.Matches])
def test_every_rule_of_a_table_is_asked(table: type[schemas.Table]) -> None:
    types = schemas.columns(table)
    sound = {
        name: rule.isin[0] if (rule := getattr(table, name)).isin else SAMPLES.get(kind.base_type())
        for name, kind in types.items()
    }
    good = pl.DataFrame([sound], schema=types)
    assert schemas.validate(table, good)[1].is_empty()
    for name, value in _broken_in_each_way(table):
        both = pl.concat([good, pl.DataFrame([sound | {name: value}], schema=types)])
        kept, bad = schemas.validate(table, both)
        assert (kept.height, bad.height) == (1, 1), (name, value)
