"""How well and how fast payments meet claims, beside its peers: `python -m tests.bench.matching`.

Every case is made anew from its seed (`generator`) and measured in processes of its own, in turn with
the same files: the engine from Parquet to matches, `tieout match` as a command, an exact polars
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
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tests.bench.generator import problem
from tests.bench.score import kinds, score

if TYPE_CHECKING:
    from toolkit.matching.model import Inputs

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Case:
    """One problem. `applications`: the ERP says of half of the payments what they settle."""

    name: str
    size: int
    seed: int
    kinds: str = "usual"
    applications: bool = False


# Seeds that no rule was written on: 1 to 5 were for that.
CASES = (
    Case("10k", 10_000, 2001),
    Case("100k", 100_000, 2002),
    Case("100k-hard", 100_000, 2003, "hard"),
    Case("100k-plain", 100_000, 2005, "plain"),
    Case("100k-applications", 100_000, 2002, applications=True),
    Case("1M", 1_000_000, 2004),
    Case("10M", 10_000_000, 2006),
)
# What is measured where no case is named.
USUAL = 100_000
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
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 (our own)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found | {"process": time.perf_counter() - begun}


def one(what: str, folder: Path) -> dict[str, float]:
    """What a child measures: `exact`, `match` (files to matches), `files` (with mismatches, written)."""
    from toolkit.match import match_files, read

    lines = folder / "applications.parquet"
    paths = (folder / "payments.parquet", folder / "claims.parquet", lines if lines.exists() else None)
    begun, worked = time.perf_counter(), time.process_time()
    if what == "exact":
        found = exact(folder)
    elif what == "files":
        found = match_files(*paths, folder / "out").found.matches
    else:
        found = matched(read(*paths))
    wall, worked = time.perf_counter() - begun, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    truth, second = (pl.read_parquet(folder / f"{name}.parquet") for name in ("truth", "second"))
    pairs = found if what == "exact" else found.filter(pl.col("rule") != "paid_again")
    said = {"seconds": wall, "processor": worked, "megabytes": peak}
    return said | score(pairs, truth) | kinds(pairs, truth, second)


def matched(inputs: Inputs) -> pl.DataFrame:
    """The matches alone, many payments in parts, as `tieout match` takes them."""
    from toolkit.match import SCOPE, in_parts
    from toolkit.matching.engine import match

    cut = in_parts(inputs)
    del inputs
    return pl.concat(match(part, SCOPE, vendors=some)[0] for part, some in cut)


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


def written(case: Case, folder: Path) -> None:
    """Write one problem."""
    problem(case.size, case.seed, case.kinds).write(folder)
    if not case.applications:
        (folder / "applications.parquet").unlink()


HEADS = (
    "problem", "F1", "precision", "recall", "auto precision", "auto covers", "first of two", "reissues",
    "second decided", "seconds (processor)", "with mismatches and files", "MB", "exact join", "datacompy",
)  # fmt: skip


def row(case: Case, folder: Path, repeats: int) -> str:
    """One line of the table: ours beside its peers, alternating, the quickest of each."""
    whats = ["files", "match", "exact"] + (["datacompy"] if PEERS.exists() else [])
    best: dict[str, dict[str, float]] = {}
    for _ in range(repeats):
        for what in whats:
            found = measured(folder, what)
            if what not in best or found["seconds"] < best[what]["seconds"]:
                best[what] = found
    ours, whole, floor, peer = (best.get(what) for what in ("match", "files", "exact", "datacompy"))
    beside = f"{peer['seconds']:.2f} s, ours {ours['seconds'] / peer['seconds']:.1f} times" if peer else "not installed"
    cells = (
        case.name,
        *(f"{whole[name]:.4f}" for name in ("f1", "precision", "recall")),
        f"{whole['auto_precision']:.5f}",
        *(f"{whole[name]:.4f}" for name in ("auto_cover", "dup", "void_reissue", "second")),
        f"{ours['seconds']:.2f} ({ours['processor']:.2f})",
        f"{whole['seconds']:.2f} ({whole['processor']:.2f}), as a process {whole['process']:.2f}",
        f"{whole['megabytes']:.0f}",
        f"F1 {floor['f1']:.3f}, {floor['seconds']:.2f} s",
        beside,
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--one", nargs=2, metavar=("WHAT", "FOLDER"))
    asked.add_argument("--case", action="append", choices=[case.name for case in CASES], help="only this; repeatable")
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
    sys.stdout.write(f"{os.cpu_count()} cores\n| {' | '.join(HEADS)} |\n{'|---' * len(HEADS)}|\n")
    chosen = told.case or [case.name for case in CASES if case.size <= USUAL]
    for case in (case for case in CASES if case.name in chosen):
        with tempfile.TemporaryDirectory() as folder:
            # In a process of its own: what making ten million leaves behind would stand beside matching them.
            maker = get_context("spawn").Process(target=written, args=(case, Path(folder)))
            maker.start()
            maker.join()
            if maker.exitcode:
                raise SystemExit(f"{case.name} could not be made: {maker.exitcode}")
            sys.stdout.write(row(case, Path(folder), told.repeats) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
