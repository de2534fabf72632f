"""The match step: payments and claims from files, the engine alone, what it found into files.

Parquet or CSV in (`given` says what they may look like), Parquet out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from toolkit import schemas
from toolkit.errors import InputError, RefusedFile
from toolkit.match import found, given
from toolkit.match.found import SCOPE, Found
from toolkit.matching.engine import learnt
from toolkit.matching.model import Inputs
from toolkit.matching.parts import parts

__all__ = ["SCOPE", "MatchReport", "in_parts", "match_files", "read", "write"]

# So many payments at once need no parts; of more, a part has about half of that, which keeps memory small.
AT_ONCE, PART = 125_000, 62_500


@dataclass(frozen=True)
class MatchReport:
    """What was found, as written: amounts are decimals; `notes` say what the reader should know of the input."""

    found: Found
    notes: tuple[str, ...]


def match_files(
    payments: Path, claims: Path, applications: Path | None, folder: Path, statement: bool = False
) -> MatchReport:
    """Match, and write what was found into `folder` (`write`); InputError names file, row, column."""
    frames = _frames(payments, claims, applications)
    notes = given.notes(given.unknown_words(frames["payments"]), given.lost(frames["payments"], frames["applications"]))
    inputs = given.inputs(frames)
    cut = in_parts(inputs)
    # Once they are cut, only the parts are kept.
    del frames, inputs
    report = MatchReport(found.whole([found.one(part, some, statement) for part, some in cut]), notes)
    write(folder, report.found, statement)
    return report


def in_parts(inputs: Inputs) -> Iterator[tuple[Inputs, pl.DataFrame | None]]:
    """Many payments as parts that never touch, each with its share of the crosswalk; what was given out is let go."""
    if inputs.payments.height <= AT_ONCE:
        yield inputs, None
        return
    cut = parts(inputs, SCOPE, learnt(inputs, SCOPE), -(-inputs.payments.height // PART))
    del inputs
    while cut:
        yield cut.pop()


def read(payments: Path, claims: Path, applications: Path | None = None) -> Inputs:
    """Both sides from files, ready for the engine."""
    return given.inputs(_frames(payments, claims, applications))


def _frames(payments: Path, claims: Path, applications: Path | None) -> Mapping[str, pl.DataFrame]:
    files = {"payments": payments, "claims": claims}
    frames = {name: given.canonical(name, _table(path), path.name) for name, path in files.items()}
    if applications is None:
        return {**frames, "applications": schemas.empty(schemas.Applications)}
    return {**frames, "applications": given.canonical("applications", _table(applications), applications.name)}


def _table(path: Path) -> pl.DataFrame:
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = "it is not there" if not path.exists() else "it is neither Parquet nor CSV in UTF-8 with a header"
        raise RefusedFile(path.name, f"cannot be read: {reason}; give payments and claims as such files.") from error


def write(folder: Path, what: Found, statement: bool = False) -> None:
    """`matches.parquet`, `mismatches.parquet`, if asked `statement.parquet`; each is whole, or not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("matches", "mismatches", *(["statement"] if statement else [])):
            half = folder / f".{name}.half"
            getattr(what, name).rechunk().write_parquet(half)
            half.replace(folder / f"{name}.parquet")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); name another folder with -o.") from error
