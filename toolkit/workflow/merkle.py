"""The Merkle tree of RFC 6962 over the log: one root for all events, a short proof for each. Pure.

A leaf is the hash of an event (32 bytes), so a proof leads from an event to a signed root without the
rest of the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return int(1 << ((size - 1).bit_length() - 1))


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over all leaves, in order."""
    if not leaves:
        return hashlib.sha256().digest()
    level = [_leaf(data) for data in leaves]
    while len(level) > 1:
        # A node without a neighbour goes up as it is: the same tree as RFC 6962's split at a power of two.
        level = [_node(*level[at : at + 2]) if at + 1 < len(level) else level[at] for at in range(0, len(level), 2)]
    return level[0]


def prove(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes beside the way from leaf `index` (0-based) up to the root."""
    if len(leaves) <= 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*prove(leaves[:middle], index), root(leaves[middle:])]
    return [*prove(leaves[middle:], index - middle), root(leaves[:middle])]


def proved(data: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root to which the path leads from this leaf; equal to the true one only for the true leaf."""
    if size <= 1 or not path:
        return _leaf(data)
    middle = _split(size)
    if index < middle:
        return _node(proved(data, index, middle, path[:-1]), path[-1])
    return _node(path[-1], proved(data, index - middle, size - middle, path[:-1]))
