"""The list of known defects stays one of this code: a place that moved would be found only after an hour."""

from __future__ import annotations

import pytest

from . import plant


@pytest.mark.parametrize("defect", plant.DEFECTS, ids=lambda defect: defect.name)
def test_each_defect_has_its_place_and_the_tests_that_should_see_it(defect: plant.Defect) -> None:
    text = (plant.ROOT / defect.file).read_text(encoding="utf-8")
    for old, _ in plant.exchanges(defect):
        assert text.count(old) == 1, old
    tests = (plant.ROOT / defect.tests[0]).read_text(encoding="utf-8")
    assert all(word in tests for word in defect.tests[1].replace(" and ", " or ").split(" or "))
