"""Tolerances and policies: read from tieout.toml, refused where nobody can follow them, kept with the run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from toolkit.errors import SettingsError
from toolkit.rules.policy import Policy
from toolkit.settings import load_settings


def _told(home: Path, text: str) -> Policy:
    (home / "tieout.toml").write_text(text, encoding="utf-8")
    return Policy.of(load_settings(home))


def test_what_the_file_does_not_say_is_usual(tmp_path: Path) -> None:
    assert _told(tmp_path, "") == Policy()


def test_tolerances_and_policies_are_read_exactly(tmp_path: Path) -> None:
    said = '[tolerances]\nrounding = "1.50"\n[policy]\ntax_rates = ["12.5", 15]\nlocked_through = 2026-09-30\n'
    assert _told(tmp_path, said) == Policy(150, (125, 150), 60, date(2026, 9, 30))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[tolerances]\nroundng = "1"', "unknown key tolerances.roundng; did you mean rounding"),
        ('[tolerances]\nrounding = "-1"', "tolerances.rounding"),
        ('[policy]\ntax_rates = ["a lot"]', "is no amount or rate"),
        ("[policy]\nshort_pay_days = 0", "policy.short_pay_days"),
    ],
)
def test_what_nobody_can_follow_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        _told(tmp_path, text)


def test_a_run_keeps_what_it_was_told() -> None:
    assert Policy(locked_through=date(2026, 9, 30)).told() == {
        "rounding": "0.02",
        "tax_rates": ["5", "10", "13", "15", "20"],
        "short_pay_days": 60,
        "locked_through": "2026-09-30",
        "amount_basis": "cash",
        "tax_basis": "as_is",
    }
