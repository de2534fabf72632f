"""How well and how fast payments meet claims: `make bench`. Invented problems, each beside its peers in the same run.

Every measurement is a fresh process that reads the same Parquet files; the peers are an exact polars
join on vendor, number and amount, and datacompy where `.venv/peers` has it (`--peers` makes it).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from tests.bench.generator import problem
from tests.bench.score import score

ROOT = Path(__file__).parent.parent.parent
# Seeds that no rule was written on: 1 and 2 were for that.
CASES = (
    ("10 k", 10_000, 2001, False, False),
    ("100 k", 100_000, 2002, False, False),
    ("100 k, hard mix", 100_000, 2003, True, False),
    ("100 k, applications on half", 100_000, 2002, False, True),
)
LARGE = (("1 M", 1_000_000, 2004, False, False),)
PEERS = ROOT / ".venv" / "peers" / "bin" / "python"
DATACOMPY = """
import sys, time, json, polars as pl
from datacompy import PolarsCompare
a = time.perf_counter()
p, c = pl.read_parquet(sys.argv[1] + "/payments.parquet"), pl.read_parquet(sys.argv[1] + "/claims.parquet")
p = p.select("vendor_name", number="reference", amount="payment_amount")
c = c.select("vendor_name", number="invoice_number", amount="due_amount")
r = PolarsCompare(p, c, join_columns=["vendor_name", "number"], df1_name="a", df2_name="b")
n = r.intersect_rows.height
print(json.dumps({"seconds": time.perf_counter() - a, "pairs": n}))
"""


def measured(folder: Path, what: str) -> dict[str, float]:
    """One fresh process over the files of a folder; seconds are wall and processor time without imports."""
    here = [sys.executable, "-m", "tests.bench.matching", "--one", what, str(folder)]
    command = [str(PEERS), "-c", DATACOMPY, str(folder)] if what == "datacompy" else here
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 (our own)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def one(what: str, folder: Path) -> dict[str, float]:
    """What a child measures: `exact`, `match` (files to matches), `files` (`tieout match` as a whole)."""
    from toolkit.match import match_files, read
    from toolkit.matching.engine import match
    from toolkit.matching.model import Scope

    lines = folder / "applications.parquet"
    paths = (folder / "payments.parquet", folder / "claims.parquet", lines if lines.exists() else None)
    begun, worked = time.perf_counter(), time.process_time()
    if what == "exact":
        found = exact(folder)
    elif what == "files":
        found = match_files(*paths, folder / "out").matches
    else:
        inputs = read(*paths)
        found = match(inputs, Scope(as_of=inputs.payments["payment_date"].max()))[0]
    wall, worked = time.perf_counter() - begun, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = {"seconds": wall, "processor": worked, "megabytes": peak}
    truth = pl.read_parquet(folder / "truth.parquet")
    return said | (
        score(found.filter(pl.col("rule") != "paid_again"), truth) if what != "exact" else score(found, truth)
    )


def exact(folder: Path) -> pl.DataFrame:
    """The floor: vendor, number and amount are the same text."""
    payments = pl.read_parquet(folder / "payments.parquet").filter(pl.col("status") != "voided")
    claims = pl.read_parquet(folder / "claims.parquet")
    pairs = payments.join(
        claims,
        left_on=["vendor_name", "reference", "payment_amount"],
        right_on=["vendor_name", "invoice_number", "due_amount"],
    )
    return pairs.select("payment_id", "claim_id", band=pl.lit("auto"))


def case(folder: Path, size: int, seed: int, hard: bool, applications: bool) -> None:
    """Write one problem."""
    made = problem(size, seed, hard)
    made.write(folder)
    if not applications:
        (folder / "applications.parquet").unlink()


def row(name: str, folder: Path, repeats: int) -> str:
    """One line of the table: ours beside the floor, alternating, the quickest of each."""
    whats = ["match", "files", "exact"] + (["datacompy"] if PEERS.exists() else [])
    best: dict[str, dict[str, float]] = {}
    for _ in range(repeats):
        for what in whats:
            found = measured(folder, what)
            if what not in best or found["seconds"] < best[what]["seconds"]:
                best[what] = found
    ours, floor = best["match"], best["exact"]
    peer = best.get("datacompy")
    beside = f"{peer['seconds']:.2f} s, ours {ours['seconds'] / peer['seconds']:.1f} times" if peer else "not installed"
    return (
        f"| {name} | {ours['f1']:.4f} | {ours['precision']:.4f} | {ours['recall']:.4f} | {ours['auto_precision']:.5f} "
        f"| {ours['auto_cover']:.4f} | {ours['seconds']:.2f} ({ours['processor']:.2f}) "
        f"| {best['files']['seconds']:.2f} "
        f"| {ours['megabytes']:.0f} | {floor['f1']:.3f}, {floor['seconds']:.2f} s | {beside} |"
    )


HEAD = """\
| problem | F1 | precision | recall | auto precision | auto covers | seconds (processor) | with files and mismatches | MB | exact join | datacompy |
|---|---|---|---|---|---|---|---|---|---|---|"""  # noqa: E501


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--one", nargs=2, metavar=("WHAT", "FOLDER"))
    asked.add_argument("--large", action="store_true", help="one million payments too")
    asked.add_argument("--peers", action="store_true", help="put datacompy into an environment of its own")
    asked.add_argument("--repeats", type=int, default=2)
    told = asked.parse_args()
    if told.one:
        sys.stdout.write(json.dumps(one(told.one[0], Path(told.one[1]))) + "\n")
        return
    if told.peers and not PEERS.exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "-q", str(PEERS.parent.parent)], check=True)  # noqa: S603 (our own)
        subprocess.run([uv, "pip", "install", "-q", "--python", str(PEERS), "datacompy"], check=True)  # noqa: S603
    sys.stdout.write(f"{os.cpu_count()} cores\n{HEAD}\n")
    for name, size, seed, hard, applications in CASES + (LARGE if told.large else ()):
        with tempfile.TemporaryDirectory() as folder:
            case(Path(folder), size, seed, hard, applications)
            sys.stdout.write(row(name, Path(folder), told.repeats) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
