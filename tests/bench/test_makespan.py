"""How parts are dealt to workers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.makespan import Cost, dealt, makespan


@pytest.mark.parametrize(("workers", "seconds"), [(1, 12), (2, 7), (3, 5), (5, 3), (1000, 3)])
def test_the_longest_part_goes_first_to_whoever_is_free(workers: int, seconds: float) -> None:
    # The best for two would be 6: longest first is no optimum, but what a scheduler does.
    assert makespan(np.array([2.0, 3, 2, 3, 2]), workers) == seconds


def test_every_payment_lies_in_a_part_and_an_empty_part_costs_nothing() -> None:
    heights, largest = dealt(1_000_000, np.random.default_rng(1))
    assert (heights.size, round(heights.sum())) == (80, 1_000_000)
    assert 100 < largest < 20_000
    assert Cost(0.5, 0.001, 0).of(np.array([0.0, 1000])).tolist() == [0, 1.5]
