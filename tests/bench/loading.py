"""How long a large export takes from file to the warehouse, beside DuckDB's own reading of the same file.

`python -m tests.bench.loading --rows 1000000`. Invented rows in three shapes: a plain search (NetSuite),
a register with blank repeated cells and a total under each payment (Yardi), a list under group headings
(QuickBooks). Each run is a process of its own, whose processor time (its reader's with it) and peak memory are
measured; the median of several counts. On a shared machine processor time is what can be compared.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
from loky import get_reusable_executor

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
# The third and later bills of a payment are short of none: payments of one, two and three bills in turn.
BILLS = 2


def _lines(rows: int) -> pl.DataFrame:
    """`rows` applications: payment, bill, cents, the payment's total, its day, its vendor; one in fifty a credit."""
    every = pl.int_range(rows, eager=True)
    frame = pl.DataFrame({"bill": every, "payment": every // BILLS})
    credit = (pl.col("bill") % BILLS == 1) & (pl.col("payment") % 50 == 0)
    cents = 100_000 + (pl.col("bill") * 7919) % 9_000_000
    frame = frame.with_columns(
        cents=pl.when(credit).then(-pl.lit(2_500)).otherwise(cents), vendor=pl.col("payment") % 977
    )
    return frame.with_columns(
        total=pl.col("cents").sum().over("payment"),
        first=pl.col("bill") % BILLS == 0,
        void=pl.col("payment") % 100 == 7,
        day=pl.col("payment") % 28 + 1,
        month=pl.col("payment") % 9 + 1,
    )


def _money(name: str) -> pl.Expr:
    """Cents as people export them: thousands parted by commas, negative in parentheses."""
    size = pl.col(name).abs()
    whole = (size // 100).cast(pl.String).str.reverse().str.replace_all(r"([0-9]{3})", "${1},").str.strip_chars_end(",")
    text = whole.str.reverse() + "." + (size % 100).cast(pl.String).str.zfill(2)
    return pl.when(pl.col(name) < 0).then(pl.concat_str(pl.lit("("), text, pl.lit(")"))).otherwise(text)


def _text(*parts: str | pl.Expr) -> pl.Expr:
    return pl.concat_str([pl.lit(part) if isinstance(part, str) else part for part in parts])


DATE = _text(pl.col("month").cast(pl.String), "/", pl.col("day").cast(pl.String), "/2026")
VENDOR = _text("Invented Vendor ", pl.col("vendor").cast(pl.String), ", Inc.")


def plain(rows: int, path: Path) -> None:
    """A NetSuite saved search: every row says everything."""
    own = {
        "Internal ID": pl.col("payment").cast(pl.String),
        "Date": DATE,
        "Document Number": _text("CHK", pl.col("payment").cast(pl.String).str.zfill(8)),
        "Name": _text("V-", pl.col("vendor").cast(pl.String).str.zfill(4), " ", VENDOR),
        "Type": pl.lit("Bill Payment"),
        "Status": pl.when("void").then(pl.lit("Voided")).otherwise(None),
        "Account": pl.lit("1010 Operating"),
        "Amount": _money("total"),
        "Applied To Transaction": _text("Bill #INV-", pl.col("bill").cast(pl.String)),
        "Applied To Link Amount": _money("cents"),
        "Memo": _text("Progress claim ", pl.col("month").cast(pl.String)),
    }
    _lines(rows).with_columns(total=pl.col("total").abs()).select(**own).write_csv(path)


def blanks(rows: int, path: Path) -> None:
    """A Yardi register: a payment's own cells on its first row only, its total below, the grand total last."""
    # Half of the records are lines, the others totals and further lines: as many records as asked.
    frame = _lines(rows * BILLS // (BILLS + 1)).with_columns(total=pl.col("total").abs())
    control = _text("K-", pl.col("payment").cast(pl.String))

    def head(text: pl.Expr) -> pl.Expr:
        return pl.when("first").then(text).otherwise(None)

    lines = frame.select(
        "payment",
        order=pl.lit(0),
        Control=head(control),
        Bank=head(pl.lit("oper")),
        **{
            "Check#": head(pl.col("payment").cast(pl.String).str.zfill(8)),
            "Check Date": head(DATE),
            "Vendor": head(_text("v", pl.col("vendor").cast(pl.String))),
            "Vendor Name": head(VENDOR),
            "Invoice #": _text("INV-", pl.col("bill").cast(pl.String)),
            "Payable Control": _text("P-", pl.col("bill").cast(pl.String)),
            "Amount": _money("cents"),
        },
    )
    names = [name for name in lines.columns if name not in ("payment", "order")]
    said = {"Payable Control": _text("Total ", control), "Amount": _money("sum")}
    sums = frame.group_by("payment", maintain_order=True).agg(sum=pl.col("cents").sum())
    totals = sums.select(
        "payment", order=pl.lit(1), **{name: said.get(name, pl.lit(None, pl.String)) for name in names}
    )
    grand = sums.select(payment=pl.col("payment").max() + 1, sum=pl.col("sum").sum()).with_columns(order=pl.lit(2))
    last = {"Payable Control": pl.lit("Grand Total"), "Amount": _money("sum")}
    end = grand.select("payment", "order", **{name: last.get(name, pl.lit(None, pl.String)) for name in names})
    pl.concat([lines, totals, end]).sort("payment", "order", maintain_order=True).select(names).write_csv(path)


def groups(rows: int, path: Path) -> None:
    """A QuickBooks list: a vendor's heading, its payments with the first cell blank, the vendor's total."""
    each = 20
    frame = _lines(rows * each // (each + 2)).with_columns(group=pl.col("bill") // each)
    names = ["", "Date", "Transaction Type", "Num", "Posting", "Memo/Description", "Account", "Amount"]
    cells: dict[str, pl.Expr] = {
        "Date": DATE,
        "Transaction Type": pl.lit("Bill Payment (Check)"),
        "Num": pl.col("bill").cast(pl.String).str.zfill(8),
        "Posting": pl.lit("Yes"),
        "Account": pl.lit("Operating 1010"),
        "Amount": _text("-", _money("cents")),
    }
    frame = frame.with_columns(cents=pl.col("cents").abs())
    lines = frame.select("group", order=pl.lit(1), **{name: cells.get(name, pl.lit(None, pl.String)) for name in names})
    vendor = _text("Invented Vendor ", pl.col("group").cast(pl.String))
    each_group = frame.select("group").unique(maintain_order=True)

    def furniture(order: int, text: pl.Expr, amount: str) -> pl.DataFrame:
        said = {"": text, "Amount": pl.lit(amount or None, pl.String)}
        return each_group.select(
            "group", order=pl.lit(order), **{name: said.get(name, pl.lit(None, pl.String)) for name in names}
        )

    parts = [furniture(0, vendor, ""), lines, furniture(2, _text("Total for ", vendor), "$0.00")]
    pl.concat(parts).sort("group", "order", maintain_order=True).select(names).write_csv(path)


SHAPES: dict[str, Callable[[int, Path], None]] = {"plain": plain, "blanks": blanks, "groups": groups}


def by_duckdb(path: Path, home: Path) -> None:
    """What we are measured by: every cell as text, into a table of a new file."""
    with duckdb.connect(str(home / "raw.duckdb")) as connection:
        connection.execute("CREATE TABLE raw AS SELECT * FROM read_csv(?, all_varchar=true)", [str(path)])


def by_tieout(path: Path, home: Path) -> None:
    """The step that `tieout load` takes, publishing included."""
    from toolkit.erps.base import LoadOptions
    from toolkit.load import load_paths
    from toolkit.settings import load_settings

    (report,) = load_paths([path], LoadOptions(date_order="mdy"), load_settings(home), NOW)
    if report.counts.quarantined:
        sys.exit(f"{path.name}: {report.counts}")


READERS: dict[str, Callable[[Path, Path], None]] = {"duckdb": by_duckdb, "tieout": by_tieout}


def _measured(reader: str, path: Path) -> None:
    """In a process of its own: seconds, processor seconds, and peak memory in MB, the reader beside it counted in."""
    with tempfile.TemporaryDirectory(dir=path.parent) as home:
        begun = time.perf_counter()
        READERS[reader](path, Path(home))
        seconds = time.perf_counter() - begun
    # Only a child that has ended is counted.
    get_reusable_executor(reuse=True).shutdown()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    worked = sum(one.ru_utime + one.ru_stime for one in used)
    peak = sum(one.ru_maxrss for one in used) / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "processor": worked, "megabytes": peak}))


def _median(reader: str, path: Path, times: int) -> tuple[float, float, float]:
    found = []
    for _ in range(times):
        words = [sys.executable, "-m", "tests.bench.loading", "--only", reader, str(path)]
        done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603 (our own words)
        found.append(json.loads(done.stdout))
    seconds, worked = (statistics.median(one[name] for one in found) for name in ("seconds", "processor"))
    return seconds, worked, max(one["megabytes"] for one in found)


def main() -> None:
    """Print seconds of processor and clock, their ratios and the peak memory of each shape."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--shapes", nargs="*", default=[*SHAPES], choices=[*SHAPES])
    parser.add_argument("--only", nargs=2, metavar=("READER", "FILE"))
    said = parser.parse_args()
    if said.only:
        return _measured(said.only[0], Path(said.only[1]))
    for shape in said.shapes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{shape}.csv"
            SHAPES[shape](said.rows, path)
            theirs, ours = (_median(reader, path, said.times) for reader in READERS)
            sys.stdout.write(
                f"{shape:<7} {said.rows:>9,} rows {path.stat().st_size / 1e6:6.1f} MB   {ours[2]:6,.0f} MB at most\n"
            )
            for name, one, other in zip(("clock", "processor"), theirs, ours, strict=False):
                sys.stdout.write(
                    f"        {name:<9} DuckDB {one:7.2f} s   Tieout {other:7.2f} s   {other / one:5.1f} times\n"
                )
            sys.stdout.flush()
    return None


if __name__ == "__main__":
    main()
