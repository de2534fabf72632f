"""A local Procore over HTTP: what the demo and the tests push into."""

from __future__ import annotations

from pathlib import Path

from toolkit.errors import NotFound
from toolkit.sandbox.faults import Fault, Faults
from toolkit.sandbox.proxy import BreakingProxy
from toolkit.sandbox.server import LocalProcore

__all__ = ["BreakingProxy", "Fault", "Faults", "LocalProcore", "sample_data"]


def sample_data() -> Path:
    """The folder of sample data: `data/` in a checkout, `toolkit/sample_data` in an installed wheel."""
    toolkit = Path(__file__).parent.parent
    for place in (toolkit / "sample_data", toolkit.parent / "data"):
        if (place / "procore" / "company.json").exists():
            return place
    raise NotFound("The sample data is missing from this installation; install Tieout again.")
