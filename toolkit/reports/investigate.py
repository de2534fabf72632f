"""An investigation of one payment as an executed notebook, written beside the data it is about."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from toolkit.errors import InputError
from toolkit.rules.explain import explain
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot

TEMPLATES = Path(__file__).parent / "templates"
# What was shown to a person in a notebook may hold names and amounts: it stays in the working folder.
FOLDER = "investigations"


def investigate(
    settings: Settings, snapshot: Snapshot, payment: str, erp: str | None = None, company: str | None = None
) -> Path:
    """Write and execute the notebook of one payment; returns where it lies in `TIEOUT_HOME`.

    NotFound where the run knows no such payment, InputError where notebooks cannot be run here.
    """
    found = explain(snapshot.table, payment, erp, company).payment.row(0, named=True)
    key = {name: found[name] for name in ("erp", "erp_company", "payment_id")}
    words = {
        "number": found["check_number"] or found["payment_id"],
        "payment": found["payment_id"],
        "vendor": found["vendor_name"] or "",
        "run_id": snapshot.run_id,
        "key": ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in key.items()),
    }
    folder = settings.home / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in words["payment"])
    place = folder / f"{safe}-{snapshot.run_id}.ipynb"
    _execute(TEMPLATES / "investigation.ipynb", words, place)
    return place


def _execute(template: Path, words: dict[str, str], place: Path) -> None:
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
    except ImportError as error:
        raise InputError("Notebooks are not installed here: pip install 'tieout[lab]'.") from error
    # nbformat has no types of its own.
    book: Any = nbformat.read(template, as_version=4)  # type: ignore[no-untyped-call]
    for cell in book.cells:
        cell.source = _filled(cell.source, words, quoted=cell.cell_type == "code")
    try:
        client = NotebookClient(book, timeout=300, resources={"metadata": {"path": str(place.parent)}})
        # What the kernel says of itself is no part of the case.
        client.execute(stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        raise InputError(f"The notebook stopped: {error.evalue}") from error
    place.touch(mode=0o600)
    nbformat.write(book, place)  # type: ignore[no-untyped-call]


def _filled(source: str, words: dict[str, str], *, quoted: bool) -> str:
    """Put words in their places; inside code they are the inside of a string, whatever they hold."""
    for name, word in words.items():
        text = json.dumps(word, ensure_ascii=False)[1:-1] if quoted and name != "key" else word
        source = source.replace("{{" + name + "}}", text)
    return source
