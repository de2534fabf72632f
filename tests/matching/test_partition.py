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
from toolkit.matching.parts import groups, parts, places, stable

SCOPE = Scope(as_of=date.max)
KEY = ["erp", "erp_company", "payment_id", "application_id", "claim_id"]


# In the problem of seed 12 an earlier payment takes a later one's claim while others only have a suggestion.
@pytest.mark.parametrize(("applications", "seed"), [(False, 11), (True, 11), (False, 12)])
def test_64_parts_match_as_the_whole_does(tmp_path: Path, applications: bool, seed: int) -> None:
    folder = problem(1500, seed=seed).write(tmp_path)
    lines = folder / "applications.parquet" if applications else None
    whole = read(folder / "payments.parquet", folder / "claims.parquet", lines)
    vendors = learnt(whole, SCOPE)
    alone = [match(part, SCOPE, vendors=some)[0] for part, some in parts(whole, vendors, 64)]
    together = match(whole, SCOPE)[0]
    assert len([found for found in alone if found.height]) > 10
    assert pl.concat(alone).sort(KEY, nulls_last=True).write_csv() == together.write_csv()


def crosswalk(*edges: tuple[str, str]) -> pl.DataFrame:
    said = {"erp": "netsuite", "erp_company": "default", "by": "name", "sure": True}
    pairs = {"vendor": [ours for ours, _ in edges], "procore_vendor": [theirs for _, theirs in edges]}
    return pl.DataFrame(pairs).with_columns(pl.lit(value).alias(name) for name, value in said.items())


def names(*ours: tuple[str, str]) -> pl.DataFrame:
    """The ERP's vendors as (id, name)."""
    said = {"vendor": [one for one, _ in ours], "vendor_key": [name for _, name in ours]}
    return pl.DataFrame(said).with_columns(erp=pl.lit("netsuite"), erp_company=pl.lit("default"))


def claimed(*theirs: str) -> pl.DataFrame:
    return pl.DataFrame({"procore_vendor": theirs, "vendor_key": theirs})


def test_vendors_tied_over_others_are_one_group() -> None:
    edges = crosswalk(("a", "X"), ("b", "X"), ("b", "Y"), ("c", "Z"), ("d", "Y"), ("e", "W"))
    found = groups(edges, names(*((one, one) for one in "abcde")), claimed("X", "Y", "Z", "W"))
    ours = dict(found.filter(pl.col("procore_vendor").is_null()).select("vendor", "group").iter_rows())
    # a - X - b - Y - d hang together; c and e stand alone.
    assert ours["a"] == ours["b"] == ours["d"]
    assert len(set(ours.values())) == 3


def test_vendors_of_one_name_are_one_group_with_or_without_a_claim() -> None:
    found = groups(crosswalk(), names(("1", "ASTER"), ("2", "ASTER"), ("3", "BIRCH")), claimed())
    ours = dict(found.select("vendor", "group").iter_rows())
    assert ours["1"] == ours["2"] != ours["3"]


def test_the_part_of_a_group_is_the_same_for_ever() -> None:
    # A change here sends the same vendors elsewhere: results that were kept by part would no longer fit.
    assert [stable(text, 64) for text in ("", "a", "b")] == [52, 47, 53]
    few, many = crosswalk(("a", "X")), crosswalk(("a", "X"), ("b", "Y"))
    before = places(few, names(("a", "A")), claimed("X"), 64)
    after = places(many, names(("a", "A"), ("b", "B")), claimed("X", "Y"), 64)
    assert after.theirs.join(before.theirs, on=["procore_vendor", "part"]).height == 1
