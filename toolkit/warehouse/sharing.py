"""Runs of this host for the others: where `[runs] url` names a store, what is published here is published there."""

from __future__ import annotations

from pathlib import Path

from toolkit.errors import InputError, StoreError
from toolkit.settings import Settings
from toolkit.warehouse import afar


def ready_to_share(settings: Settings) -> None:
    """StoreError where a store is named that cannot be read: asked before a run begins."""
    if settings.runs.url:
        afar.runs(settings.runs.url)


def share(settings: Settings, snapshot: Path) -> None:
    """Publish one run in the store, if there is one; StoreError says that the run is whole here all the same."""
    if not settings.runs.url:
        return
    try:
        afar.put(settings.runs.url, snapshot)
    except StoreError as error:
        raise StoreError(
            f"Run {snapshot.stem} is recorded here, but nobody else sees it yet: {error} "
            "`tieout publish` brings it there."
        ) from error


def share_all(settings: Settings) -> list[str]:
    """Publish every run of this host that the store has not, the oldest first; their ids."""
    if not settings.runs.url:
        raise InputError("No store is named: set [runs] url in tieout.toml, or TIEOUT_RUNS_URL.")
    there = set(afar.runs(settings.runs.url))
    mine = sorted(settings.published.glob("????????-*.duckdb"))
    return [path.stem for path in mine if path.stem not in there and afar.put(settings.runs.url, path)]
