"""Procore's API: client, sign-in, pace (rate budget), replies -> canonical rows."""

from toolkit.procore.client import Listing, ProcoreClient
from toolkit.procore.pace import Gate, MemoryGate

__all__ = ["Gate", "Listing", "MemoryGate", "ProcoreClient"]
