"""Procore's API: client, sign-in, pace (rate budget), replies -> canonical rows."""

from toolkit.procore.client import ProcoreClient
from toolkit.procore.kept import KeptClient, KeptReplies
from toolkit.procore.listing import Listing
from toolkit.procore.pace import Gate, MemoryGate

__all__ = ["Gate", "KeptClient", "KeptReplies", "Listing", "MemoryGate", "ProcoreClient"]
