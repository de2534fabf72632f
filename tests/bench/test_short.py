"""A small problem of the benchmark, on a seed that no rule was written on: what is decided is right."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tests.bench.generator import problem
from tests.bench.score import kinds, score
from toolkit.match import SCOPE, read
from toolkit.matching.engine import match


def test_what_is_decided_is_right_and_most_is_found(tmp_path: Path) -> None:
    made = problem(2_000, seed=3001)
    made.write(tmp_path)
    inputs = read(*(tmp_path / f"{name}.parquet" for name in ("payments", "claims")))
    found = match(inputs, SCOPE)[0].filter(pl.col("rule") != "paid_again")
    said = score(found, made.truth) | kinds(found, made.truth, made.second)
    # About 2,300 decided pairs: one may be wrong.
    assert said["auto_precision"] >= 0.999
    assert said["f1"] >= 0.94
    assert said["void_reissue"] == 1.0
    assert said["second"] <= 0.1
