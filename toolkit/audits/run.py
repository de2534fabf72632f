"""The audit notebooks run for one run of this working folder, kept beside its data: executed, and as plain HTML."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

from toolkit.audits import trail
from toolkit.audits.evidence import Evidence
from toolkit.errors import InputError, NotFound

# What was shown to a person in a notebook may hold names and amounts: it stays in the working folder.
FOLDER = "audits"
OF_A_MONTH = "period_close"
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1f2328}"
    "table{border-collapse:collapse;margin:.5rem 0}td,th{padding:.15rem .6rem;border-bottom:1px solid #d8dee4;"
    "text-align:left;white-space:pre-wrap}pre{background:#f6f8fa;padding:.6rem;overflow-x:auto;white-space:pre-wrap}"
    "img{max-width:100%}.anchor-link,.jp-InputPrompt,.jp-OutputPrompt,.prompt{display:none}"
)


def notebooks() -> list[Path]:
    """The audits: in the package where it is installed, in `notebooks/audits` of a checkout."""
    here = Path(__file__).parent
    for place in (here / "notebooks", here.parent.parent / "notebooks" / FOLDER):
        if found := sorted(place.glob("*.ipynb")):
            return found
    raise NotFound("The audit notebooks are missing from this installation; install Tieout again.")


def run(
    home: Path, evidence: Evidence, period: str | None = None, told: Callable[[str], None] = lambda _: None
) -> list[Path]:
    """Execute each audit for the run of the evidence; returns the HTML files, each beside its notebook.

    `period` is the month whose close is looked at: by default the run's own, else the one that was
    signed last; where none was, that audit is left out. InputError where notebooks cannot be run here.
    """
    folder = home / FOLDER / evidence.snapshot.run_id
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    month = period or evidence.snapshot.facts()["period"] or trail.last_signed(evidence)
    # Relative to the notebook's folder, so that no path of this machine stands in what is handed on.
    said = {"home": "../..", "run_id": evidence.snapshot.run_id, "position": evidence.position}
    pages = []
    for source in notebooks():
        more = {"period": month} if source.stem == OF_A_MONTH else {}
        if source.stem == OF_A_MONTH and trail.signed_run(evidence, month or "") is None:
            continue
        told(source.stem)
        place = folder / source.name
        _execute(source, place, said | more)
        pages.append(place.with_suffix(".html"))
        pages[-1].write_text(as_html(place), encoding="utf-8")
        pages[-1].chmod(0o600)
    return pages


def _execute(source: Path, place: Path, said: dict[str, object]) -> None:
    try:
        import papermill
        from papermill.exceptions import PapermillExecutionError
    except ImportError as error:
        raise InputError("Notebooks are not installed here: pip install 'tieout[lab]'.") from error
    # What the kernel says of itself is no part of the audit.
    quiet = {"progress_bar": False, "log_output": False, "extra_arguments": ["--IPKernelApp.log_level=40"]}
    try:
        papermill.execute_notebook(str(source), str(place), parameters=said, cwd=str(place.parent), **quiet)
    except PapermillExecutionError as error:
        raise InputError(f"The audit {source.stem} stopped: {error.evalue}") from error
    finally:
        if place.exists():
            place.chmod(0o600)


def as_html(place: Path) -> str:
    """An executed notebook as one page without scripts: pictures stand in it, and nothing is fetched.

    The cells of parameters are left out: what a page is about its first sentences say.
    """
    try:
        import nbformat
        from nbconvert import HTMLExporter
    except ImportError as error:
        raise InputError("Notebooks are not installed here: pip install 'tieout[lab]'.") from error
    book: Any = nbformat.read(place, as_version=4)  # type: ignore[no-untyped-call]
    hidden = {"parameters", "injected-parameters"}
    book.cells = [cell for cell in book.cells if not hidden & set(cell.metadata.get("tags", []))]
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"
    exporter: Any = HTMLExporter(template_name="basic")  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(book)
    title = html.escape(place.stem.replace("_", " "))
    return f"<!doctype html>\n<meta charset='utf-8'>\n<title>{title}</title>\n<style>{STYLE}</style>\n{body}\n"
