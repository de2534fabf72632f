"""Sums of claims, as tables: every set of one vendor's open claims within a few weeks, up to a bound.

The tables belong to the claims, not to the payments: each claim is the first of its sets, sets of k
claims grow from sets of k - 1, and a set is looked at again only where some payment asks for its sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

from toolkit.matching.board import UNKNOWN_DAY, Board, Floats, salted
from toolkit.matching.tokens import Bools, Hashes, Ints

# Claims that one check pays were billed within so many days.
SPAN = 25
LARGEST = 12
# Sets per first claim and size; where more would stand, only the claims nearest in time are tried.
CAP = 2000
FILTER_BITS = 22
# One number line for vendor and day: no vendor's window reaches into the next.
STRIDE = 1 << 20


@dataclass(frozen=True)
class Pool:
    """Open claims sorted by vendor, day and id; `end` is where the window of each ends."""

    claim: Ints
    vendor: Ints
    day: Ints
    amount: Ints
    line: Ints
    end: Ints

    @property
    def size(self) -> int:
        return self.claim.size


@dataclass(frozen=True)
class Sets:
    """Sets of `size` claims that somebody asks for: `member` are places in the pool, one row per set, and its `key`."""

    size: int
    member: npt.NDArray[np.int64]
    key: Hashes


def pool(on: Board, usable: Bools) -> Pool:
    """Claims that are usable and dated, ready for the tables."""
    claims = on.claims
    place = np.flatnonzero(usable & (claims.day != UNKNOWN_DAY))
    place = place[np.lexsort((place, claims.day[place], claims.vendor[place]))]
    line = claims.vendor[place] * STRIDE + claims.day[place]
    end = np.searchsorted(line, line + SPAN, side="right")
    return Pool(place, claims.vendor[place], claims.day[place], claims.due[place], line, end)


def partners(size: int) -> int:
    """How many claims after the first may be tried, so that the sets of this size stay under the cap."""
    tried = size - 1
    while comb(tried + 1, size - 1) <= CAP and tried < CAP:
        tried += 1
    return tried


def tables(of: Pool, wanted: Hashes, most: Ints) -> Iterator[Sets]:
    """Every set whose sum some payment wants (`wanted`: keys of sum and vendor); `most` bounds the sums per claim."""
    asked = np.zeros(1 << FILTER_BITS, np.bool_)
    shift = np.uint64(64 - FILTER_BITS)
    asked[(wanted >> shift).astype(np.int64)] = True
    first = np.arange(of.size)
    last, total = first, of.amount
    parents: list[Ints] = []
    lasts: list[Ints] = [last]
    for size in range(1, LARGEST + 1):
        if size > 1:
            grown = _grown(of, size, first, last, total, most)
            parent, last, total = grown
            first = first[parent]
            parents.append(parent)
            lasts.append(last)
        if not first.size:
            return
        key = salted(total, of.vendor[first])
        hit = np.flatnonzero(asked[(key >> shift).astype(np.int64)])
        hit = hit[np.isin(key[hit], wanted)]
        if hit.size:
            yield Sets(size, _members(hit, parents, lasts), key[hit])


def _grown(of: Pool, size: int, first: Ints, last: Ints, total: Ints, most: Ints) -> tuple[Ints, Ints, Ints]:
    """Sets of one claim more: the place of the smaller set, the claim added, and the sum."""
    limit = np.minimum(of.end, np.arange(of.size) + partners(size) + 1)
    count = np.maximum(limit[first] - last - 1, 0)
    parent = np.repeat(np.arange(first.size), count)
    step = np.arange(parent.size) - np.repeat(np.cumsum(count) - count, count)
    added = last[parent] + 1 + step
    grown = total[parent] + of.amount[added]
    kept = np.flatnonzero(grown <= most[first[parent]])
    return parent[kept], added[kept], grown[kept]


def _members(hit: Ints, parents: list[Ints], lasts: list[Ints]) -> npt.NDArray[np.int64]:
    """Walk the sets back to their first claim."""
    member = np.empty((hit.size, len(lasts)), np.int64)
    place = hit
    for level in range(len(lasts) - 1, 0, -1):
        member[:, level] = lasts[level][place]
        place = parents[level - 1][place]
    member[:, 0] = place
    return member


def counted(of: Pool, size: int) -> Floats:
    """How many sets of this size begin before each place of the pool (one longer than the pool)."""
    others = (of.end - np.arange(of.size) - 1).astype(np.float64)
    ways = np.ones(of.size)
    for step in range(size - 1):
        ways *= np.maximum(others - step, 0) / (step + 1)
    return np.concatenate([[0.0], np.cumsum(ways)])
