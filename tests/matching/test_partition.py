"""The engine over the whole and over 64 parts of it: the same bytes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.bench.generator import problem
from toolkit.match import read
from toolkit.matching.engine import learnt, match
from toolkit.matching.model import Scope
from toolkit.matching.parts import groups, parts

SCOPE = Scope(as_of=date.max)
KEY = ["erp", "erp_company", "payment_id", "application_id", "claim_id"]


@pytest.mark.parametrize("applications", [False, True])
def test_64_parts_match_as_the_whole_does(tmp_path: Path, applications: bool) -> None:
    folder = problem(1500, seed=11).write(tmp_path)
    lines = folder / "applications.parquet" if applications else None
    whole = read(folder / "payments.parquet", folder / "claims.parquet", lines)
    vendors = learnt(whole, SCOPE)
    alone = [match(part, SCOPE, vendors=some)[0] for part, some in parts(whole, vendors, 64)]
    together = match(whole, SCOPE)[0]
    assert len([found for found in alone if found.height]) > 10
    assert pl.concat(alone).sort(KEY, nulls_last=True).write_csv() == together.write_csv()


def test_vendors_tied_over_others_are_one_group() -> None:
    edges = [("a", "X"), ("b", "X"), ("b", "Y"), ("c", "Z"), ("d", "Y"), ("e", "W")]
    vendors = pl.DataFrame(
        {
            "erp": "netsuite",
            "erp_company": "default",
            "vendor": [ours for ours, _ in edges],
            "procore_vendor": [theirs for _, theirs in edges],
            "by": "name",
            "sure": True,
        }
    )
    found = dict(groups(vendors).select("vendor", "group").iter_rows())
    # a - X - b - Y - d hang together; c and e stand alone.
    assert found["a"] == found["b"] == found["d"]
    assert len(set(found.values())) == 3
