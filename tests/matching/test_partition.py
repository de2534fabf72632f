"""The engine over the whole and over 64 parts of it: the same bytes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.bench.generator import problem
from tests.rules.small import claim, company, payment, pays
from toolkit.match import read
from toolkit.match.found import Found, one, whole
from toolkit.matching.engine import learnt, match
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.parts import groups, parts, places, stable

SCOPE = Scope(as_of=date.max)
KEY = ["erp", "erp_company", "payment_id", "application_id", "claim_id"]


# In the problem of seed 12 an earlier payment takes a later one's claim while others only have a suggestion.
@pytest.mark.parametrize(("applications", "seed"), [(False, 11), (True, 11), (False, 12)])
def test_64_parts_match_as_the_whole_does(tmp_path: Path, applications: bool, seed: int) -> None:
    folder = problem(1500, seed=seed).write(tmp_path)
    lines = folder / "applications.parquet" if applications else None
    given = read(folder / "payments.parquet", folder / "claims.parquet", lines)
    vendors = learnt(given, SCOPE)
    alone = [match(part, SCOPE, vendors=some)[0] for part, some in parts(given, SCOPE, vendors, 64)]
    together = match(given, SCOPE)[0]
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
    nothing = few.clear()
    before = places(few, names(("a", "A")), claimed("X"), nothing, 64)
    after = places(many, names(("a", "A"), ("b", "B")), claimed("X", "Y"), nothing, 64)
    assert after.theirs.join(before.theirs, on=["procore_vendor", "part"]).height == 1


def match_and_rules(given: Inputs, count: int) -> Found:
    """What `count` parts come to."""
    alone = parts(given, SCOPE, learnt(given, SCOPE), count)
    assert sum(bool(part.payments.height) for part, _ in alone) > 1
    return whole([one(part, share) for part, share in alone])


def odd_company() -> Inputs:
    """What holds vendors together though no crosswalk ties them: a name, a bill's key; and what does not."""
    days = {n: {"payment_date": date(2026, 10, n)} for n in range(1, 29)}
    plain = {"origin_id": None, "commitment_id": "(none)"}
    vendors = [{"vendor_id": f"V-{n}", "vendor_name": f"Trader {n}"} for n in range(30)]
    theirs = [{**plain, "vendor_id": f"9{n}", "vendor_name": f"Trader {n} Inc"} for n in range(30)]
    payments = [
        # A void and its reissue under another id of the same name.
        payment("v1", 500, **vendors[1], status="voided", **days[1]),
        payment("v2", 500, vendor_id="V-1b", vendor_name="Trader 1", memo="reissue of check v1", **days[9]),
        # The ERP's key of a bill leads to the claim of a vendor that nothing else leads to.
        payment("k1", 712.34, **vendors[2]),
        # Two vendors number a bill alike; a credit without cash settles a part of the one.
        payment("c1", 400, **vendors[3]),
        payment("c2", 0, document_kind="credit_application", **vendors[3]),
        payment("c3", 450, **vendors[4]),
        # A tenth more than is due, once and twice with vendors that neither side names.
        payment("n1", 550, vendor_id="V-5", vendor_name=None),
        payment("n2", 660, vendor_id="V-6", vendor_name=None),
        payment("n3", 770, vendor_id="V-6", vendor_name=None),
        *(payment(f"p{n}", 100 + n, **vendors[n]) for n in range(7, 30)),
    ]
    lines = [
        pays("k1", "K-77", 712.34, document_id="bill-77"),
        pays("c1", "S-1", 400),
        pays("c2", "S-1", 100, document_number="S-1"),
        pays("c3", "S-1", 450),
        pays("n1", "N-1", 550),
        pays("n2", "N-2", 660),
        pays("n3", "N-3", 770),
    ]
    claims = [
        claim("1", "K-77", 712.34, **theirs[20] | {"origin_id": "bill-77", "vendor_name": "Elsewhere"}),
        claim("3", "S-1", 500, **theirs[3]),
        claim("4", "S-1", 500, **theirs[4]),
        claim("5", "N-1", 500, **theirs[5] | {"vendor_name": None}),
        claim("6", "N-2", 600, **theirs[6] | {"vendor_name": None}),
        claim("7", "N-3", 700, **theirs[6] | {"vendor_name": None}),
        *(claim(f"c{n}", f"X-{n}", 100 + n, **theirs[n]) for n in range(7, 20)),
    ]
    known = [{"vendor_id": f"9{n}", "vendor_name": f"Trader {n} Inc", "origin_code": f"V-{n}"} for n in (5, 6)]
    return company(payments, lines, claims, commitments=[], projects=[], vendors=known)


@pytest.mark.parametrize("count", [2, 7, 64])
def test_what_holds_vendors_together_is_never_cut(count: int) -> None:
    given = odd_company()
    here, there = whole([one(given)]), match_and_rules(given, count)
    assert here.matches.filter(pl.col("payment_id") == "k1")["claim_id"].to_list() == ["1"]
    assert "void_and_reissue" in here.mismatches["code"]
    for name in ("matches", "mismatches", "statement"):
        assert getattr(there, name).equals(getattr(here, name))


def test_vendors_that_nobody_names_do_not_explain_each_others_tax() -> None:
    found = whole([one(odd_company())]).mismatches
    assert found.filter(pl.col("code") == "tax_basis_difference")["claim_id"].to_list() == ["6", "7"]
    assert found.filter(pl.col("code") == "overpayment")["claim_id"].to_list() == ["5"]


def test_a_credit_settles_nothing_of_another_vendors_bill_with_the_same_number() -> None:
    short = whole([one(odd_company())]).mismatches.filter(pl.col("code").is_in(["short_pay", "partial_payment"]))
    assert short["claim_id"].to_list() == ["4"]
