"""The house's rules that a machine can keep."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from toolkit.cli import VERBS, LazyGroup, app

ROOT = Path(__file__).parent.parent
TEXT = (".py", ".md", ".toml", ".sh", ".yaml", ".cfg", ".json", ".csv", ".lock", ".html", ".svg", "")
TRACKED = sorted(
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
)
PRODUCT = [path for path in TRACKED if path.suffix == ".py" and path.parts[len(ROOT.parts)] in ("toolkit", "dashboard")]
# Templates are executed when they are filled.
NOTEBOOKS = [path for path in TRACKED if path.suffix == ".ipynb" and "templates" not in path.parts]
VERB_OF = LazyGroup().get_command
# The verb modules that stand; a verb whose room is not built answers "no such command".
STANDING = [verb for verb in VERBS if VERB_OF(None, verb) is not None]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _texts() -> list[tuple[Path, str]]:
    return [(path, path.read_text(encoding="utf-8")) for path in TRACKED if path.suffix in TEXT and path.is_file()]


@pytest.mark.parametrize("path", PRODUCT, ids=_name)
def test_a_long_module_says_why_in_its_docstring(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if len(source.splitlines()) > 250:
        assert "longer than" in (ast.get_docstring(ast.parse(source)) or "").lower()


@pytest.mark.parametrize("path", PRODUCT, ids=_name)
def test_every_module_says_what_it_is(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not source.strip() or ast.get_docstring(ast.parse(source))


def test_nothing_is_left_to_do_in_main() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert [_name(path) for path, text in _texts() if marks.search(text)] == []


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile(r"pypi\.org|python" + r"hosted\.org|registry\.npm" + r"js|proxy\.gol" + r"ang")
    hits = [_name(path) for path, text in _texts() if path != Path(__file__) and hosts.search(text)]
    assert hits == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    paths = re.compile(r"/(work|home|Users|root)/[a-z]")
    assert [_name(path) for path, text in _texts() if path != Path(__file__) and paths.search(text)] == []


@pytest.mark.parametrize("path", [path for path in TRACKED if path.suffix == ".md"], ids=_name)
def test_every_link_in_the_documents_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    lost = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert lost == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_name)
def test_every_notebook_was_executed_from_top_to_bottom(path: Path) -> None:
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert any(cell["outputs"] for cell in cells)


@pytest.mark.parametrize("verb", STANDING)
def test_the_help_of_every_verb_has_an_example(verb: str) -> None:
    module = VERB_OF(None, verb)
    for words in [[name] for name in getattr(module, "commands", [])] or [[]]:
        shown = CliRunner().invoke(app, [verb, *words, "--help"])
        assert shown.exit_code == 0
        assert "Example: tieout" in " ".join(shown.output.split())


def test_the_lock_pins_every_package_that_is_asked_for() -> None:
    pinned = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    asked = re.findall(r'^  "([a-z0-9-]+)(?:\[[a-z]+\])?>=', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert set(asked) - {"jupyterlab"} <= pinned


@pytest.mark.slow
def test_imports_point_one_way() -> None:
    done = subprocess.run(  # noqa: S603 (our own command)
        [str(Path(sys.executable).parent / "lint-imports"), "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
