"""DuckDB, the only analytical SQL: load journal, quarantine, runs, published snapshots."""

from toolkit.warehouse.cursors import Cursor
from toolkit.warehouse.model import Change, Load, LoadReport, ProcoreRows, PullReport, Run
from toolkit.warehouse.said import read as kept_options
from toolkit.warehouse.sharing import ready_to_share, share, share_all
from toolkit.warehouse.snapshot import Snapshot, latest, published_runs
from toolkit.warehouse.store import Warehouse

__all__ = [
    "Change",
    "Cursor",
    "Load",
    "LoadReport",
    "ProcoreRows",
    "PullReport",
    "Run",
    "Snapshot",
    "Warehouse",
    "kept_options",
    "latest",
    "published_runs",
    "ready_to_share",
    "share",
    "share_all",
]
