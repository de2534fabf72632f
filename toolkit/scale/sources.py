"""Payments, claims and applications where the cluster has them: Parquet that it can read, or a table by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from toolkit import schemas
from toolkit.errors import RefusedFile
from toolkit.match import given

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# What a column may be there, by the canonical type that it becomes; text amounts would need the whole column's marks.
NUMBERS = ("decimal", "bigint", "int", "smallint", "tinyint", "double", "float")
ALLOWED = {
    pl.Int64: (NUMBERS, "a number; cast it to DECIMAL(18,2)"),
    pl.Date: (("date", "string"), "a DATE"),
    pl.String: (("string", "char", "varchar", *NUMBERS), "text"),
}


def label(source: str) -> str:
    """How a source is named to people: a file by its last name."""
    return source.rstrip("/").rsplit("/", maxsplit=1)[-1]


def source(spark: SparkSession, name: str, where: str, buckets: int) -> DataFrame:
    """One table with the columns that Tieout knows, and `bucket` by its first id; RefusedFile if it is not that."""
    from pyspark.sql import functions as f

    found = _opened(spark, where)
    types = dict(found.dtypes)
    given.check_columns(name, types, label(where))
    wanted = {column: dtype for column, dtype in schemas.columns(given.TABLES[name]).items() if column in types}
    for column, dtype in wanted.items():
        allowed, needed = ALLOWED[type(dtype)]
        if not types[column].startswith(allowed):
            raise RefusedFile(label(where), f"is {types[column]} there, and must be {needed}.", column=column)
    key = given.NEEDED[name][0]
    bucket = f.expr(f"pmod(crc32(coalesce(cast(`{key}` as string), '')), {buckets})").cast("bigint")
    return found.select(*wanted, bucket.alias("bucket"))


def _opened(spark: SparkSession, where: str) -> DataFrame:
    from pyspark.errors import PySparkException

    try:
        found = spark.read.parquet(where) if is_file(where) else spark.read.table(where)
        columns = found.columns
    except PySparkException as error:
        kind = "Parquet" if is_file(where) else "a table"
        raise RefusedFile(label(where), f"the cluster cannot read {kind} of that name.") from error
    if not columns:
        raise RefusedFile(label(where), "the cluster sees nothing there.")
    return found


def is_file(where: str) -> bool:
    """A path or an address; anything else is a table's name."""
    return "/" in where or where.endswith((".parquet", ".pq"))
