"""The load step: source files into the warehouse, all or nothing in one transaction."""

from __future__ import annotations

import hashlib
import stat
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from toolkit import erps
from toolkit.erps.apart import apart
from toolkit.erps.base import ColumnMap, LoadOptions, SourceFile
from toolkit.errors import InputError, RefusedFile
from toolkit.settings import ErpSection, LoadingSection, Settings
from toolkit.warehouse import Load, LoadReport, Warehouse

# A larger file is read from the disk, a part at a time.
HELD = 16 * 1024**2
Told = Callable[[str], None]


def load_paths(
    paths: Sequence[Path], options: LoadOptions, settings: Settings, now: datetime, told: Told = lambda _: None
) -> list[LoadReport]:
    """Load files and folders of files. Every file is read before any is written.

    A refused file (InputError) means that nothing of any was loaded. `told` hears each file's name.
    """
    loads = []
    with tempfile.TemporaryDirectory(prefix="tieout-") as spool:
        for number, path in enumerate(_files(paths)):
            told(path.name)
            place = Path(spool) / str(number)
            place.mkdir()
            loads.append(_read(replace(source_file(path, settings.loading), spool=place), options, settings))
        with Warehouse.open(settings) as warehouse:
            reports = warehouse.load(loads, now)
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


def source_file(path: Path, limits: LoadingSection | None = None) -> SourceFile:
    """A file as it lies on disk; what is no plain file, or too large, is refused before it is read."""
    most, name = (limits or LoadingSection()).file_megabytes, _seen(path.name)
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise RefusedFile(name, "is a link; name the file itself.")
        if not stat.S_ISREG(found.st_mode):
            raise RefusedFile(name, "is no plain file.")
        if found.st_size > most * 1024**2:
            raise RefusedFile(
                name,
                f"is larger than {most} MB; split the export by period, or raise [loading] file_megabytes.",
            )
        if found.st_size <= HELD:
            content = path.read_bytes()
            return SourceFile(name, content, hashlib.sha256(content).hexdigest())
        with path.open("rb") as stream:
            return SourceFile(name, path, hashlib.file_digest(stream, "sha256").hexdigest())
    except OSError as error:
        raise RefusedFile(name, f"cannot be read ({error.strerror}).") from error


def _seen(name: str) -> str:
    """A file's name on one line, its invisible characters as their codes."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in name)


def _read(file: SourceFile, options: LoadOptions, settings: Settings) -> Load:
    spoken = {
        erp: ErpSection(date_order=section.date_order, company=section.company) for erp, section in settings.erp.items()
    }
    return apart(file.name, settings.loading, _parse, file, options, spoken, settings.company.currency)


def _parse(file: SourceFile, options: LoadOptions, sections: Mapping[str, ErpSection], currency: str | None) -> Load:
    export = erps.identify(file, options)
    ours = sections.get(export.erp, ErpSection())
    site = options.mapping or ColumnMap(export.erp)
    said = replace(
        options,
        date_order=options.date_order or site.date_order or ours.date_order,
        company=options.company or site.company or ours.company,
        currency=options.currency or currency,
    )
    extract = export.read(file, said)
    counts = extract.counts
    if counts.rows_seen == counts.furniture + counts.blank > 0 and said.expect_rows != 0 and not said.complete:
        why = "has a header but no row under it; export the report again, or say that this is right: --expect-rows 0."
        raise RefusedFile(file.name, why)
    return Load(file, extract, said)
