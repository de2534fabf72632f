"""An investigation is an executed notebook beside its data, whatever the data holds."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.demo import Sample
from toolkit.errors import NotFound
from toolkit.reports.investigate import TEMPLATES, _filled, investigate


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory):
    with Sample(tmp_path_factory.mktemp("investigate") / "home") as opened:
        opened.load()
        opened.pull()
        opened.reconcile()
        yield opened


@given(word=st.text(max_size=30))
def test_a_word_in_code_is_a_string_whatever_it_holds(word: str) -> None:
    filled = _filled('run.vendor("{{vendor}}")', {"vendor": word}, quoted=True)
    call = ast.parse(filled).body[0].value
    assert isinstance(call.args[0], ast.Constant)
    assert call.args[0].value == word


def test_the_template_is_not_executed_and_asks_only_for_known_words() -> None:
    cells = json.loads((TEMPLATES / "investigation.ipynb").read_text(encoding="utf-8"))["cells"]
    assert {cell["execution_count"] for cell in cells if cell["cell_type"] == "code"} == {None}
    words = dict.fromkeys(("number", "payment", "vendor", "run_id", "key"), "x")
    assert not [cell for cell in cells if "{{" in _filled(cell["source"], words, quoted=False)]


@pytest.mark.slow
def test_the_notebook_of_a_payment_is_executed_and_kept_in_the_working_folder(sample: Sample) -> None:
    place = investigate(sample.settings, sample.run, "010480")
    cells = [cell for cell in json.loads(place.read_text())["cells"] if cell["cell_type"] == "code"]
    assert place.parent == sample.home / "investigations"
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    shown = json.dumps([cell["outputs"] for cell in cells])
    assert "paid twice" in shown
    assert "image/png" in shown


def test_an_unknown_payment_writes_nothing(sample: Sample) -> None:
    before = sorted(Path(sample.home).rglob("*.ipynb"))
    with pytest.raises(NotFound, match="does not know it"):
        investigate(sample.settings, sample.run, "nobody")
    assert sorted(Path(sample.home).rglob("*.ipynb")) == before
