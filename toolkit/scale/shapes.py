"""The tables between the steps on a cluster, and their ways into Arrow and out of it.

One grouped function takes one table there, so what a step needs of both sides travels in one wide
table whose `what` says what a row is; columns that a row does not need are null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BytesIO
from typing import cast

import polars as pl
import pyarrow as pa

from toolkit import schemas
from toolkit.match.given import TABLES

Shape = Mapping[str, pl.DataType]

# Both sides, row by row: canonical columns, a payment's own word for its status, or a fault that was met.
SIDES: Shape = {
    "what": pl.String(),
    "bucket": pl.Int64(),
    **{name: dtype for table in TABLES.values() for name, dtype in schemas.columns(table).items()},
    "said": pl.String(),
}
PLACED: Shape = {**SIDES, "part": pl.Int64()}
# What is learnt before anything is matched: names, words, faults, and keys that become meetings that become tallies.
LEARNT: Shape = {
    "what": pl.String(),
    "key": pl.Int64(),
    "unit": pl.Int64(),
    "claim": pl.Int64(),
    "shared": pl.Int64(),
    "size": pl.Int64(),
    "amount": pl.Int64(),
    **dict.fromkeys(("erp", "erp_company", "vendor", "vendor_id", "vendor_key", "procore_vendor"), pl.String()),
    **dict.fromkeys(("votes", "long", "odd"), pl.Int64()),
    **dict.fromkeys(("ours", "theirs", "said"), pl.String()),
    "count": pl.Int64(),
}
FOUND_TABLES: Mapping[str, type[schemas.Table]] = {
    "matches": schemas.Matches,
    "mismatches": schemas.Mismatches,
    "statement": schemas.StatementLines,
}
FOUND: Shape = {
    "what": pl.String(),
    **{name: dtype for table in FOUND_TABLES.values() for name, dtype in schemas.columns(table).items()},
}
_SPARK = {pl.String: "string", pl.Int64: "bigint", pl.Float64: "double", pl.Date: "date"}
_ARROW = {pl.String: pa.string(), pl.Int64: pa.int64(), pl.Float64: pa.float64(), pl.Date: pa.date32()}


def ddl(shape: Shape) -> str:
    """A shape as Spark writes one."""
    return ", ".join(f"`{name}` {_SPARK[type(dtype)]}" for name, dtype in shape.items())


def fit(frame: pl.DataFrame, shape: Shape, what: str | None = None) -> pl.DataFrame:
    """The shape's columns, missing ones null; `what` names the rows."""
    if what is not None:
        frame = frame.with_columns(what=pl.lit(what))
    have = set(frame.columns)
    return frame.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(dtype).alias(name) for name, dtype in shape.items()
    )


def rows(frame: pl.DataFrame, what: str) -> pl.DataFrame:
    """The rows of one kind."""
    return frame.filter(pl.col("what") == what)


def table(frame: pl.DataFrame, what: str) -> pl.DataFrame:
    """The rows of one side as the canonical table."""
    return schemas.conform(TABLES[what], rows(frame, what))


def frame(arrow: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    """Arrow as polars."""
    return cast("pl.DataFrame", pl.from_arrow(arrow))


def arrow(frame: pl.DataFrame, shape: Shape) -> pa.Table:
    """Polars as Arrow of exactly the shape: Spark refuses other widths of text than its own."""
    return frame.to_arrow().cast(pa.schema([(name, _ARROW[type(dtype)]) for name, dtype in shape.items()]))


def packed(frame: pl.DataFrame) -> bytes:
    """A frame as small as it gets: what every task is handed stands in a job's plan, which holds 128 MB at most."""
    room = BytesIO()
    frame.write_ipc(room, compression="zstd")
    return room.getvalue()


# A task calls its step once for each group.
@lru_cache(maxsize=8)
def unpacked(handed: bytes) -> pl.DataFrame:
    """The frame again."""
    return pl.read_ipc(BytesIO(handed))


def grouped(step: Callable[[pl.DataFrame], pl.DataFrame], shape: Shape, table: pa.Table) -> pa.Table:
    """A step over the rows of one group, as `applyInArrow` calls it."""
    return arrow(step(frame(table)), shape)
