"""The match step where the data lies: the same engine inside Spark or Sail, one pure function for each part.

First the vendors: a distributed count of the pairs that meet on number and cents gives the crosswalk,
which is small. It says which vendors hang together, and each of those groups lies whole in one part,
by a hash that never changes. Then each part is matched by itself, as `toolkit.match` does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import polars as pl

from toolkit import schemas
from toolkit.errors import InputError
from toolkit.match import MatchReport, found, given, write
from toolkit.matching import vendors
from toolkit.matching.parts import Places, places
from toolkit.scale import steps
from toolkit.scale.cluster import plainly, session
from toolkit.scale.shapes import FOUND, FOUND_TABLES, LEARNT, PLACED, SIDES, Shape, arrow, ddl, frame, grouped, rows
from toolkit.scale.sources import label, source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa
    from pyspark.sql import Column, DataFrame, SparkSession

# Payments of one part: fewer cost more for each, more need more memory and leave workers idle.
PART = 12_500
MOST_PARTS = 4096
CLUSTER = "The cluster"


@dataclass(frozen=True)
class OnCluster:
    """What was found, as one table of the cluster (`shapes.FOUND`, hundredths), and what to know of the input."""

    table: DataFrame
    notes: tuple[str, ...]

    def collected(self) -> found.Found:
        """Matches, mismatches and statement here, exactly as one process gives them."""
        with plainly(CLUSTER):
            whole = frame(self.table.toArrow())
        named = {name: schemas.conform(table, rows(whole, name)) for name, table in FOUND_TABLES.items()}
        return found.whole([found.Found(**named)])

    def tables(self) -> dict[str, DataFrame]:
        """The same as tables of the cluster, amounts as DECIMAL(18,2); each is worked out when it is read or saved."""
        from pyspark.sql import functions as f

        def decimals(amount: str) -> Column:
            return (f.col(amount).cast("decimal(20,2)") / 100).cast("decimal(18,2)")

        found_ = {
            name: self.table.filter(f.col("what") == name).select(*schemas.columns(table))
            for name, table in FOUND_TABLES.items()
        }
        # Each part has a statement of its own, and every line of the whole is the sum of theirs.
        sums = found_["statement"].groupBy("erp_company", "currency_code", "label")
        lines = sums.agg(f.sum("amount").alias("amount"), f.sum("row_count").alias("row_count"))
        return {
            "matches": found_["matches"].withColumn("matched_amount", decimals("matched_amount")),
            "mismatches": found_["mismatches"].withColumn("amount", decimals("amount")),
            "statement": lines.withColumn("amount", decimals("amount")),
        }


def match_on(
    remote: str,
    tables: tuple[str, str, str | None],
    folder: Path,
    parts: int | None = None,
    statement: bool = False,
) -> MatchReport:
    """Match `tables` (payments, claims, applications or None) at `remote`; what comes back is written into `folder`."""
    with session(remote) as spark:
        told = match(spark, *tables, parts=parts)
        report = MatchReport(told.collected(), told.notes)
    write(folder, report.found, statement)
    return report


def match(
    spark: SparkSession, payments: str, claims: str, applications: str | None = None, parts: int | None = None
) -> OnCluster:
    """Match tables of the cluster, each a path that it can read as Parquet or a table's name. Nothing is written.

    InputError names table, id and column of what is refused; RemoteError says what the cluster could not do.
    """
    tables = {"payments": payments, "claims": claims} | ({"applications": applications} if applications else {})
    with plainly(CLUSTER):
        count = parts or _count(spark, payments)
        sides = _sides(spark, tables, count)
        learnt = _learnt(sides, tables, count)
        known, where = _known(learnt, count)
        return OnCluster(_matched(sides, where, known), _notes(learnt))


def _count(spark: SparkSession, payments: str) -> int:
    """How many parts: more payments, more parts."""
    height = source(spark, "payments", payments, 1).count()
    return min(max(-(-height // PART), 1), MOST_PARTS)


def _sides(spark: SparkSession, tables: Mapping[str, str], count: int) -> DataFrame:
    """Both sides as one table (`SIDES`)."""
    sides = [
        source(spark, name, where, count).mapInArrow(partial(_typed, name, label(where)), ddl(SIDES))
        for name, where in tables.items()
    ]
    return reduce(lambda one, other: one.union(other), sides)


def _typed(name: str, where: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows:
            yield from arrow(steps.typed(name, where, frame(batch)), SIDES).to_batches()


def _apply(table: DataFrame, by: str, step: Callable[[pl.DataFrame], pl.DataFrame], shape: Shape) -> DataFrame:
    # Spark's client reads a function's signature, which `partial` hides.
    return table.groupBy(by).applyInArrow(lambda group: grouped(step, shape, group), ddl(shape))


def _learnt(sides: DataFrame, tables: Mapping[str, str], count: int) -> pl.DataFrame:
    """Names, words and the tally of meetings; InputError where a row is refused."""
    labels = {name: label(where) for name, where in tables.items()}
    said = _apply(sides, "bucket", partial(steps.read, labels), LEARNT)
    # Of a bill there is no key yet, but its text.
    met = _apply(said.withColumn("place", _modulo("coalesce(key, crc32(said))", count)), "place", steps.meet, LEARNT)
    told = _apply(met.withColumn("place", _modulo("unit", count)), "place", steps.count, LEARNT).toArrow()
    learnt = frame(told)
    faults = rows(learnt, "fault")["said"]
    if len(faults):
        # The same one whatever came first.
        raise InputError(str(faults.min()))
    return learnt


def _modulo(column: str, count: int) -> Any:
    from pyspark.sql import functions as f

    return f.expr(f"pmod({column}, {count})")


def _known(learnt: pl.DataFrame, count: int) -> tuple[pl.DataFrame, Places]:
    """The crosswalk of the whole, and the parts that it allows."""
    ours = rows(learnt, "vendor").select(*vendors.VENDOR, "vendor_id", "vendor_key").unique()
    theirs = rows(learnt, "claimed").select("procore_vendor", "vendor_key").unique()
    tallied = vendors.summed(rows(learnt, "tally"))
    known = vendors.decided(ours, theirs, schemas.empty(schemas.Vendors), tallied)
    tied = rows(learnt, "tie").select(*vendors.VENDOR, "procore_vendor").unique()
    return known, places(known, ours, theirs, tied, count)


def _matched(sides: DataFrame, where: Places, known: pl.DataFrame) -> DataFrame:
    places_, crosswalk = steps.handed(where, known)
    placed = _apply(sides, "bucket", partial(steps.placed, places_, where.nameless), PLACED)
    return _apply(placed, "part", partial(steps.matched, crosswalk), FOUND)


def _notes(learnt: pl.DataFrame) -> tuple[str, ...]:
    words = rows(learnt, "word").group_by("said").agg(pl.col("count").sum()).sort("said")
    return given.notes(words, int(rows(learnt, "lost")["count"].sum()))
