"""Notebooks stay thin, whole and readable without code: what a machine can see of that."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent / "notebooks"
BOOKS = sorted(ROOT.rglob("*.ipynb"))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _cells(path: Path, kind: str) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells if cell["cell_type"] == kind]


@pytest.mark.parametrize("path", BOOKS, ids=_name)
def test_no_cell_is_over_ten_lines_and_no_function_is_defined(path: Path) -> None:
    for cell in _cells(path, "code"):
        assert len(cell["source"].splitlines()) <= 10, cell["source"]
        kinds = {type(node) for node in ast.walk(ast.parse(cell["source"]))}
        assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While}


@pytest.mark.parametrize("path", BOOKS, ids=_name)
def test_a_notebook_begins_with_a_title_and_shows_something_after_each_sentence(path: Path) -> None:
    words = _cells(path, "markdown")
    assert words[0]["source"].startswith("# ")
    shown = [cell for cell in _cells(path, "code") if cell["outputs"]]
    assert len(shown) >= len(words) / 2
    assert not [cell for cell in shown for output in cell["outputs"] if output["output_type"] == "error"]


@pytest.mark.parametrize("path", BOOKS, ids=_name)
def test_every_picture_is_stored_as_a_picture_and_nothing_needs_a_script(path: Path) -> None:
    outputs = [output.get("data", {}) for cell in _cells(path, "code") for output in cell["outputs"]]
    for data in outputs:
        assert not [kind for kind in data if "javascript" in kind or "vegalite" in kind]
        if "alt.LayerChart" in "".join(data.get("text/plain", "")):
            assert data["image/png"]
        assert "<script" not in "".join(data.get("text/html", ""))


@pytest.mark.parametrize("path", BOOKS, ids=_name)
def test_no_path_of_a_machine_is_printed(path: Path) -> None:
    shown = json.dumps([cell["outputs"] for cell in _cells(path, "code")])
    assert not re.search(r"/(tmp|var|private)/", shown)


def test_there_is_one_sanitize_file_with_at_most_three_entries() -> None:
    found = [path for path in ROOT.parent.rglob("sanitize*") if ".venv" not in path.parts]
    assert found == [ROOT / "sanitize.cfg"]
    text = found[0].read_text(encoding="utf-8")
    assert text.count("regex:") == text.count("replace:") <= 3


def test_the_audits_and_ten_kinds_of_case_are_told() -> None:
    told = {path.stem for path in BOOKS}
    assert {"reperformance", "completeness", "approvals", "log", "period_close"} <= told
    assert len(list((ROOT / "investigations").glob("*.ipynb"))) == 10
