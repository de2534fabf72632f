"""Tieout: do the payments in our ERP and the payments in Procore agree, and if not, why, to the cent?

The front door for notebooks (`import toolkit as tt`); nothing inside imports it, and nothing is
imported before it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polars import col

    from toolkit.analyst import OpenRun, open_run
    from toolkit.audits.front import Audit, open_audit
    from toolkit.demo import Sample, begin_sample
    from toolkit.errors import NotAllowed
    from toolkit.reports.frames import loads, syncs
    from toolkit.reports.notebook import say
    from toolkit.warehouse import Snapshot, latest

DOORS = {
    "OpenRun": "toolkit.analyst",
    "open_run": "toolkit.analyst",
    "Audit": "toolkit.audits.front",
    "open_audit": "toolkit.audits.front",
    "Sample": "toolkit.demo",
    "begin_sample": "toolkit.demo",
    "NotAllowed": "toolkit.errors",
    "say": "toolkit.reports.notebook",
    "loads": "toolkit.reports.frames",
    "syncs": "toolkit.reports.frames",
    "col": "polars",
    "Snapshot": "toolkit.warehouse",
    "latest": "toolkit.warehouse",
}

__all__ = [
    "Audit",
    "NotAllowed",
    "OpenRun",
    "Sample",
    "Snapshot",
    "begin_sample",
    "col",
    "latest",
    "loads",
    "open_audit",
    "open_run",
    "say",
    "syncs",
]


def __getattr__(name: str) -> Any:
    if name not in DOORS:
        raise AttributeError(f"module 'toolkit' has no attribute {name!r}")
    return getattr(importlib.import_module(DOORS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
