"""Sums of claims, as tables: every set of one vendor's open claims within a few weeks, up to a bound.

The tables belong to the claims, not to the payments: each claim is the first of its sets, sets of k
claims grow from sets of k - 1, and a set is looked at again only where some payment asks for its sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import comb
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from toolkit.matching.board import GOLDEN, UNKNOWN_DAY, Board, Floats
from toolkit.matching.tokens import Bools, Hashes, Ints

# Claims that one check pays were billed within so many days.
SPAN = 25
LARGEST = 12
# Slots of the filter for each sum that is asked for, as a power of two; no more than so many bits of address.
ROOM, MOST_BITS = 6, 22
# So many sums are grown at once, so that they stay in the processor's cache.
BLOCK = 1 << 16
NONE = -1
Places = npt.NDArray[np.int32]
# One number line for vendor and day: no vendor's window reaches into the next.
STRIDE = 1 << 20
MONTH = 32


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


class _Level(NamedTuple):
    """Sets of one size: first and last claim, their sum, and the place of the set without the last claim."""

    first: Places
    last: Places
    total: Ints
    parent: Places


@dataclass(frozen=True)
class Sets:
    """Sets of `size` claims that somebody asks for, one row each.

    `wish` is the place of the sum among those wanted, `begin` and `end` are the days of first and last claim.
    """

    size: int
    wish: Ints
    begin: Ints
    end: Ints
    at: Ints
    levels: tuple[_Level, ...]

    def member(self, row: Ints) -> npt.NDArray[np.int64]:
        """Places in the pool of the claims of some rows, walked back from the last to the first."""
        found = np.empty((row.size, self.size), np.int64)
        place: npt.NDArray[np.signedinteger] = self.at[row]
        for number in range(self.size - 1, -1, -1):
            level = self.levels[number]
            found[:, number] = level.last[place]
            place = level.parent[place]
        return found


@dataclass(frozen=True)
class Wanted:
    """Sums that payments ask for, each once, each of one claim vendor."""

    amount: Ints
    vendor: Ints


class _Asked:
    """Which of the wanted sums a sum is: a table by its hash, and for those of one slot a chain."""

    def __init__(self, wanted: Wanted, of: Pool) -> None:
        self._wanted = wanted
        self._bits = min(max(int(wanted.amount.size).bit_length() + ROOM, 8), MOST_BITS)
        self._salt = of.vendor.astype(np.uint64) * GOLDEN * GOLDEN
        slot = self._slot(wanted.amount, wanted.vendor.astype(np.uint64) * GOLDEN * GOLDEN)
        order = np.argsort(slot, kind="stable").astype(np.int32)
        self._next = np.full(slot.size, NONE, np.int32)
        same = slot[order[1:]] == slot[order[:-1]]
        self._next[order[1:][same]] = order[:-1][same]
        self._head = np.full(1 << self._bits, NONE, np.int32)
        # Of equal slots the last one stays: the end of the order, where the chain begins.
        self._head[slot[order]] = order

    def _slot(self, amount: Ints, salt: Hashes) -> Hashes:
        return (amount.astype(np.uint64) * GOLDEN + salt) >> np.uint64(64 - self._bits)

    def wishes(self, of: Pool, total: Ints, first: Places) -> tuple[Ints, Ints]:
        """Places of the sums that somebody wants, and which of the wanted ones each is."""
        head = self._head[self._slot(total, self._salt[first])]
        place = np.flatnonzero(head >= 0)
        wish, amount, vendor = head[place], total[place], of.vendor[first[place]]
        while True:
            wrong = (wish >= 0) & ((self._wanted.amount[wish] != amount) | (self._wanted.vendor[wish] != vendor))
            if not wrong.any():
                break
            wish[wrong] = self._next[wish[wrong]]
        found = wish >= 0
        return place[found], wish[found].astype(np.int64)


def pool(on: Board, usable: Bools) -> Pool:
    """Claims that are usable and dated, ready for the tables."""
    claims = on.claims
    place = np.flatnonzero(usable & (claims.day != UNKNOWN_DAY))
    place = place[np.lexsort((place, claims.day[place], claims.vendor[place]))]
    line = claims.vendor[place] * STRIDE + claims.day[place]
    end = np.searchsorted(line, line + SPAN, side="right")
    return Pool(place, claims.vendor[place], claims.day[place], claims.due[place], line, end)


def bounds(of: Pool, vendor: Ints, low: Ints, high: Ints, amount: Ints) -> Ints:
    """Per claim of the pool the largest amount that some payment wants about its days (days low to high); 0: nobody."""
    spans = (high - low) // MONTH + 2
    place = np.repeat(np.arange(low.size), spans)
    step = np.arange(place.size) - np.repeat(np.cumsum(spans) - spans, spans)
    month = (vendor[place] * STRIDE + low[place]) // MONTH + step
    order = np.lexsort((amount[place], month))
    months, wanted = month[order], amount[place][order]
    last = np.append(months[1:] != months[:-1], True)[: months.size]
    months, wanted = months[last], wanted[last]
    at = np.minimum(np.searchsorted(months, of.line // MONTH), max(months.size - 1, 0))
    return np.where(months[at] == of.line // MONTH, wanted[at], 0) if months.size else np.zeros(of.size, np.int64)


def partners(size: int, cap: int) -> int:
    """How many claims after the first may be tried, so that the sets of this size stay under the cap."""
    tried = size - 1
    while comb(tried + 1, size - 1) <= cap and tried < cap:
        tried += 1
    return tried


def tables(of: Pool, wanted: Wanted, most: Ints, cap: int) -> Iterator[Sets]:
    """Every set whose sum some payment wants; `most` bounds the sums per claim.

    `cap` bounds the sets per first claim and size: beyond it only the claims nearest in time are tried.
    """
    asked = _Asked(wanted, of)
    first = np.flatnonzero(of.amount <= most).astype(np.int32)
    levels = [_Level(first, first, of.amount[first], first)]
    for size in range(1, LARGEST + 1):
        if size > 1:
            levels.append(_grown(of, partners(size, cap), levels[-1], most))
        level = levels[-1]
        if not level.first.size:
            return
        begins = range(0, level.first.size, BLOCK)
        found = [asked.wishes(of, level.total[at : at + BLOCK], level.first[at : at + BLOCK]) for at in begins]
        at = np.concatenate([place + begin for begin, (place, _) in zip(begins, found, strict=True)])
        if at.size:
            wish = np.concatenate([wish for _, wish in found])
            yield Sets(size, wish, of.day[level.first[at]], of.day[level.last[at]], at, tuple(levels))


def _grown(of: Pool, reach: int, smaller: _Level, most: Ints) -> _Level:
    """Sets of one claim more."""
    limit = np.minimum(of.end, np.arange(of.size) + reach + 1).astype(np.int32)
    count = np.maximum(limit[smaller.first] - smaller.last - 1, 0)
    cuts = np.searchsorted(np.cumsum(count, dtype=np.int64), np.arange(BLOCK, int(count.sum()) + BLOCK, BLOCK))
    edges = [0, *(cuts + 1).clip(max=count.size).tolist()]
    parts = [_block(of, smaller, count, most, range(a, b)) for a, b in pairwise(edges) if b > a]
    if not parts:
        return _Level(smaller.first[:0], smaller.last[:0], smaller.total[:0], smaller.parent[:0])
    first, last, total, parent = zip(*parts, strict=True)
    return _Level(np.concatenate(first), np.concatenate(last), np.concatenate(total), np.concatenate(parent))


def _block(of: Pool, smaller: _Level, count: Places, most: Ints, places: range) -> _Level:
    """The same of the smaller sets at `places`, each with `count` claims after its last."""
    some = slice(places.start, places.stop)
    count, begins = count[some], smaller.first[some]
    parent = np.repeat(np.arange(count.size, dtype=np.int32), count)
    # The places of the claims after the last one are a ramp that begins anew per set.
    shift = smaller.last[some] + 1 - (np.cumsum(count, dtype=np.int32) - count)
    added = np.arange(parent.size, dtype=np.int32) + shift[parent]
    total = smaller.total[some][parent] + of.amount[added]
    kept = np.flatnonzero(total <= most[begins][parent])
    parent = parent[kept]
    return _Level(begins[parent], added[kept], total[kept], parent + np.int32(places.start))


def counted(of: Pool, size: int) -> Floats:
    """How many sets of this size begin before each place of the pool (one longer than the pool)."""
    others = (of.end - np.arange(of.size) - 1).astype(np.float64)
    ways = np.ones(of.size)
    for step in range(size - 1):
        ways *= np.maximum(others - step, 0) / (step + 1)
    return np.concatenate([[0.0], np.cumsum(ways)])
