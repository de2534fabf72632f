"""What of a load becomes current: gathered part by part, inserted at once; a newer bill replaces the older."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Self

import duckdb
import polars as pl

from toolkit.erps.base import Extract
from toolkit.warehouse.reading import frame
from toolkit.warehouse.versions import BOOKKEEPING, KEY, naive, supersede


class Fresh:
    """Rows of a load that become current, gathered on the disk part by part and inserted at once.

    Parts that are inserted one by one stay in memory until the transaction ends, all of them.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, load_id: str, when: datetime) -> None:
        self._connection, self.load_id, self.when = connection, load_id, when
        self._folder = tempfile.TemporaryDirectory(prefix="tieout-")
        self._parts = dict.fromkeys(("payments", "applications"), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def keep(self, table: str, rows: pl.DataFrame) -> None:
        """Lay rows of one part aside."""
        if rows.height:
            rows.write_parquet(self._place(table, f"{self._parts[table]:06d}"), compression="lz4")
            self._parts[table] += 1

    def insert(self) -> None:
        """Make all of them current, in the order of the file."""
        for table, parts in self._parts.items():
            if parts:
                self._connection.execute(
                    f"INSERT INTO core.{table} SELECT *, ?, ?, true FROM read_parquet(?)",
                    [self.load_id, naive(self.when), str(self._place(table, "*"))],
                )

    def _place(self, table: str, name: str) -> Path:
        return Path(self._folder.name) / f"{table}-{name}.parquet"


def take(connection: duckdb.DuckDBPyConnection, extract: Extract, compared: pl.DataFrame, fresh: Fresh) -> None:
    """Make what is new or changed the current version once it is inserted, and the newer bills at once."""
    taken = compared.filter(pl.col("verdict").is_in(["new", "changed"]))
    changed = taken.filter(pl.col("verdict") == "changed")
    if changed.height:
        supersede(connection, changed)
    for table, rows in (("payments", extract.payments), ("applications", extract.applications)):
        mine = rows if taken.height == compared.height else rows.join(taken, on=KEY, how="semi", maintain_order="left")
        fresh.keep(table, mine)
    _bills(connection, extract.bills, fresh.load_id, fresh.when)


def _bills(connection: duckdb.DuckDBPyConnection, bills: pl.DataFrame, load_id: str, when: datetime) -> None:
    """A newer extract's bill replaces the older, which stays as a version; what it leaves out is kept."""
    key = ["erp", "erp_company", "document_id"]
    told = [name for name in bills.columns if name not in (*key, *BOOKKEEPING)]
    current = frame(connection, "SELECT * FROM core.bills WHERE current").select(*key, *told, "extracted_at")
    both = bills.join(current, on=key, how="left", suffix="_old")
    both = both.filter(pl.col("extracted_at").is_null() | (pl.col("extracted_at") <= naive(when)))
    merged = both.with_columns(pl.coalesce(name, f"{name}_old").alias(name) for name in told)
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_old")) for name in told)
    newer = merged.filter(pl.col("extracted_at").is_null() | ~same).select(bills.columns)
    connection.register("newer", newer)
    connection.execute(
        "UPDATE core.bills SET current = false WHERE current AND (erp, erp_company, document_id) IN "
        "(SELECT (erp, erp_company, document_id) FROM newer)"
    )
    connection.execute("INSERT INTO core.bills SELECT *, ?, ?, true FROM newer ORDER BY ALL", [load_id, naive(when)])
    connection.unregister("newer")
