"""A small run of `make fuzz`: no crash, no row lost, every refusal with its place."""

from __future__ import annotations

import pytest

from tests.erps.fuzz import fault


@pytest.mark.slow
def test_broken_exports_are_refused_in_a_sentence_or_accounted_for() -> None:
    assert [said for seed in range(400) if (said := fault(seed))] == []
