"""The list of rules: each code once, each with its page and its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.rules import RULES, Rule
from toolkit.schemas import SEVERITIES

PAGES = Path(__file__).parent.parent.parent / "docs" / "mismatches"
CODES = [rule.code for rule in RULES]


def test_each_code_stands_once() -> None:
    assert len(set(CODES)) == len(CODES)


def test_each_rule_has_a_page_and_each_page_a_rule() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {*CODES, "README"}


@pytest.mark.parametrize("rule", RULES, ids=CODES)
def test_a_page_says_cause_detection_and_what_to_do_on_both_sides(rule: Rule) -> None:
    text = (PAGES / f"{rule.code}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {rule.code}\n")
    assert f"Severity: {rule.severity}" in text
    for heading in ("## Cause", "## How it is found", "## In the ERP", "## In Procore"):
        assert heading in text, heading
    assert 10 <= len(text.splitlines()) <= 32


def test_the_index_leads_to_every_page() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert [code for code in CODES if f"]({code}.md)" not in index] == []


@pytest.mark.parametrize("rule", RULES, ids=CODES)
def test_severity_and_words_are_whole(rule: Rule) -> None:
    assert rule.severity in SEVERITIES
    assert rule.meaning.endswith(".")
    assert rule.action.endswith((".", "`."))
