"""Tables of sums: every set of claims that somebody asks for, counted by hand and against brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.matching import sums


def _pool(days: list[int], amounts: list[int]) -> sums.Pool:
    day, amount = np.array(days), np.array(amounts)
    line = sums.STRIDE + day
    end = np.searchsorted(line, line + sums.SPAN, side="right")
    return sums.Pool(np.arange(day.size), np.ones(day.size, np.int64), day, amount, line, end)


def _sets(pool: sums.Pool, wanted: int, cap: int = 10_000) -> set[tuple[int, ...]]:
    keys = sums.Wanted(np.array([wanted]), np.array([1]))
    most = np.full(pool.size, wanted)
    return {tuple(row) for sets in sums.tables(pool, keys, most, cap) for row in sets.member.tolist()}


def test_every_set_with_the_sum_is_found() -> None:
    # 30 = 10 + 20 = 30 alone; 15 + 15 does not stand here.
    assert _sets(_pool([1, 2, 3], [10, 20, 30]), 30) == {(0, 1), (2,)}


def test_claims_billed_further_apart_than_the_span_are_in_no_set() -> None:
    assert _sets(_pool([0, sums.SPAN], [10, 20]), 30) == {(0, 1)}
    assert _sets(_pool([0, sums.SPAN + 1], [10, 20]), 30) == set()


def test_a_cap_tries_the_claims_nearest_in_time() -> None:
    pool = _pool([1, 2, 3, 4], [1, 10, 100, 1000])
    # One partner per first claim: neighbours alone.
    assert _sets(pool, 11, cap=1) == {(0, 1)}
    assert _sets(pool, 101, cap=1) == set()


def _counted(pool: sums.Pool, size: int, begin: int, end: int) -> float:
    return float(sums.counted(pool, size, np.array([begin]), np.array([end]))[0])


def test_how_many_sets_begin_between_two_places_is_counted() -> None:
    # Four claims in one window: 3 + 2 + 1 + 0 pairs.
    four = _pool([1, 1, 1, 1], [1, 1, 1, 1])
    assert [_counted(four, 2, 0, end) for end in range(5)] == [0, 3, 5, 6, 6]


def test_how_many_sets_there_are_does_not_depend_on_the_other_vendors() -> None:
    # 200 claims of one day: so many sets of twelve that their number is no exact float.
    many, few = [0] * 200, [5000, 5001, 5002]
    alone, beside = _pool(few, [1] * 3), _pool(many + few, [1] * 203)
    assert _counted(alone, 2, 0, 3) == _counted(beside, 2, 200, 203) == 3
    assert _counted(beside, 12, 200, 203) == _counted(alone, 12, 0, 3) == 0
    assert _counted(beside, 12, 0, 200) == _counted(_pool(many, [1] * 200), 12, 0, 200) > sums.EXACT


def test_nobody_wants_more_than_the_largest_payment_about_these_days() -> None:
    pool = _pool([10, 500], [1, 1])
    ones = np.ones(1, np.int64)
    most = sums.bounds(pool, ones, np.array([0]), np.array([40]), np.array([77]))
    assert most.tolist() == [77, 0]


CLAIMS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), min_size=1, max_size=9)


@settings(deadline=None, max_examples=60)
@given(CLAIMS, st.integers(1, 40))
def test_the_tables_find_what_trying_every_set_finds(claims: list[tuple[int, int]], wanted: int) -> None:
    days, amounts = zip(*sorted(claims), strict=True)
    every = {
        some
        for size in range(1, len(claims) + 1)
        for some in combinations(range(len(claims)), size)
        if sum(amounts[n] for n in some) == wanted and days[some[-1]] - days[some[0]] <= sums.SPAN
    }
    assert _sets(_pool(list(days), list(amounts)), wanted) == every


def test_an_empty_pool_has_no_sets() -> None:
    assert _sets(_pool([], []), 5) == set()
    assert _counted(_pool([], []), 2, 0, 0) == 0
