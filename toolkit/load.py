"""The load step: source files into the warehouse, all or nothing, each kept under its SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from toolkit import erps
from toolkit.erps.base import Extract, LoadOptions, SourceFile
from toolkit.errors import InputError, RefusedFile
from toolkit.settings import ErpSection, Settings
from toolkit.warehouse import LoadReport, Warehouse
from toolkit.warehouse.kept import keep

Told = Callable[[str], None]


def load_paths(
    paths: Sequence[Path], options: LoadOptions, settings: Settings, now: datetime, told: Told = lambda _: None
) -> list[LoadReport]:
    """Load files and folders of files. Every file is read before any is written.

    A refused file (InputError) means that nothing of any was loaded. `told` hears each file's name.
    """
    read: list[tuple[SourceFile, Extract]] = []
    for path in _files(paths):
        told(path.name)
        file = source_file(path)
        read.append((file, _read(file, options, settings)))
    with Warehouse.open(settings) as warehouse:
        for file, _ in read:
            keep(settings.files, file.sha256, file.content)
        reports = [warehouse.load(extract, file, options, now) for file, extract in read]
        warehouse.publish_loads()
    return reports


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(inner for inner in path.iterdir() if inner.is_file() and not inner.name.startswith("."))
        elif path.exists():
            found.append(path)
        else:
            raise InputError(f"{path}: no such file or folder.")
    if not found:
        raise InputError("There is no file to load there.")
    return found


def source_file(path: Path) -> SourceFile:
    """A file as it lies on disk."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RefusedFile(path.name, f"cannot be read ({error.strerror}).") from error
    return SourceFile(path.name, content, hashlib.sha256(content).hexdigest())


def _read(file: SourceFile, options: LoadOptions, settings: Settings) -> Extract:
    export = erps.identify(file, options)
    ours = settings.erp.get(export.erp, ErpSection())
    said = replace(
        options,
        date_order=options.date_order or ours.date_order,
        company=options.company or ours.company,
    )
    return export.read(file, said)
