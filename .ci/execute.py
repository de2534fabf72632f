"""Run every notebook of `notebooks/` from top to bottom and write its outputs into it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nbformat
from nbclient import NotebookClient

for path in sorted(Path("notebooks").rglob("*.ipynb")):
    book = nbformat.read(path, as_version=4)
    metadata = dict(book.metadata)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute(
        stderr=subprocess.DEVNULL
    )
    # The machine's own Python is no part of the book.
    book.metadata = nbformat.from_dict(metadata)
    nbformat.write(book, path)
    print(path)  # noqa: T201 (says how far it is)
