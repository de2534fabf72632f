"""What it costs to match inside Sail instead of in one process: `python -m tests.bench.scale [--size N]`.

One problem, one server in this process, warm: each way runs once before it is timed, then both in turn,
the quickest of each. Whatever they write must be the same bytes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
from pysail.spark import SparkConnectServer

from tests.bench.generator import problem
from toolkit import scale
from toolkit.match import match_files, write
from toolkit.scale.cluster import session

NAMES = ("matches", "mismatches", "statement")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds of one run; Sail's workers are threads of this process."""
    begun, worked = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - worked


def same(one: Path, other: Path) -> bool:
    """Are the three files the same bytes in both folders?"""
    return all((one / f"{name}.parquet").read_bytes() == (other / f"{name}.parquet").read_bytes() for name in NAMES)


def compared(folder: Path, remote: str, parts: int | None, repeats: int) -> str:
    """The row of one number of parts."""
    payments, claims = folder / "payments.parquet", folder / "claims.parquet"

    def here() -> None:
        match_files(payments, claims, None, folder / "here", statement=True)

    with session(remote) as spark:

        def there() -> None:
            write(folder / "there", scale.match(spark, str(payments), str(claims), parts=parts).collected(), True)

        here()
        there()
        runs = [(timed(here), timed(there)) for _ in range(repeats)]
    one, sail = min(run[0] for run in runs), min(run[1] for run in runs)
    agree = "yes" if same(folder / "here", folder / "there") else "NO"
    return (
        f"| {parts or 'by size'} | {one[0]:.1f} ({one[1]:.1f}) | {sail[0]:.1f} ({sail[1]:.1f}) "
        f"| {sail[0] / one[0]:.2f} ({sail[1] / one[1]:.2f}) | {agree} |"
    )


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, default=100_000)
    asked.add_argument("--parts", type=int, action="append", help="repeatable; by size unless given")
    asked.add_argument("--repeats", type=int, default=2)
    told = asked.parse_args()
    server = SparkConnectServer(ip="127.0.0.1", port=0)
    server.start(background=True)
    host, port = server.listening_address
    with tempfile.TemporaryDirectory() as made:
        folder = problem(told.size, seed=2002).write(Path(made))
        height = pl.scan_parquet(folder / "payments.parquet").select(pl.len()).collect().item()
        sys.stdout.write(f"{height:,} payments, {os.cpu_count()} cores; wall seconds (processor seconds)\n")
        sys.stdout.write("| parts | one process | Sail | times | same bytes |\n|---|---|---|---|---|\n")
        for parts in told.parts or [None]:
            sys.stdout.write(compared(folder, f"sc://{host}:{port}", parts, told.repeats) + "\n")
            sys.stdout.flush()
    server.stop()


if __name__ == "__main__":
    main()
