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

from toolkit.matching.board import GOLDEN, UNKNOWN_DAY, Board, Floats
from toolkit.matching.tokens import Bools, Hashes, Ints

# Claims that one check pays were billed within so many days.
SPAN = 25
LARGEST = 12
# Slots of the filter for each sum that is asked for, as a power of two; no more than so many bits of address.
ROOM, MOST_BITS = 6, 22
# About so many sets of one size are grown at once, so that they stay in the processor's cache.
BLOCK = 1 << 16
NONE = -1
# Below it every whole number is a float.
EXACT = 2.0**53
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


@dataclass(frozen=True)
class Sets:
    """Sets of `size` claims that somebody asks for: `member` are their places in the pool, one row per set.

    `wish` is the place of the sum among those wanted, `begin` and `end` are the days of first and last claim.
    """

    size: int
    wish: Places
    member: Places
    begin: Places
    end: Places


@dataclass(frozen=True)
class Wanted:
    """Sums that payments ask for, each once, each of one claim vendor."""

    amount: Ints
    vendor: Ints


class _Asked:
    """Which of the wanted sums a sum is: a table by its hash, and for those of one slot a chain.

    The hash of a sum is the sum of hashes, so that it grows with the set.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        bits = min(max(int(wanted.amount.size).bit_length() + ROOM, 8), MOST_BITS)
        self._shift = np.uint64(64 - bits)
        slot = (hashed(wanted.amount) + salt(wanted.vendor)) >> self._shift
        order = np.argsort(slot, kind="stable").astype(np.int32)
        self._next = np.full(slot.size, NONE, np.int32)
        same = slot[order[1:]] == slot[order[:-1]]
        self._next[order[1:][same]] = order[:-1][same]
        self._head = np.full(1 << bits, NONE, np.int32)
        # Of equal slots the last one stays: the end of the order, where the chain begins.
        self._head[slot[order]] = order
        # A byte each, because most sums are looked up here and nowhere else.
        self._taken = self._head >= 0

    def maybe(self, hashes: Hashes) -> Ints:
        """Places of the sums that somebody may want."""
        return np.flatnonzero(self._taken.take((hashes >> self._shift).view(np.int64)))

    def wish(self, hashes: Hashes, amount: Ints, vendor: Ints) -> Ints:
        """Which of the wanted sums each is, or `NONE`."""
        wish: Ints = self._head[hashes >> self._shift].astype(np.int64)
        while True:
            other = (self._wanted.amount[wish] != amount) | (self._wanted.vendor[wish] != vendor)
            wrong = (wish >= 0) & other
            if not wrong.any():
                return wish
            wish[wrong] = self._next[wish[wrong]]


def hashed(amount: Ints) -> Hashes:
    """Hashes of amounts, which add up as the amounts do."""
    return amount.astype(np.uint64) * GOLDEN


def salt(vendor: Ints) -> Hashes:
    """What sets the sums of one vendor apart from those of another."""
    return vendor.astype(np.uint64) * GOLDEN * GOLDEN


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


def tables(of: Pool, wanted: Wanted, most: Ints, cap: int) -> list[Sets]:
    """Every set whose sum some payment wants; `most` bounds the sums per claim.

    `cap` bounds the sets per first claim and size: beyond it only the claims nearest in time are tried.
    """
    asked = _Asked(wanted)
    limits = [np.minimum(of.end, np.arange(of.size) + partners(size, cap) + 1) for size in range(2, LARGEST + 1)]
    found: dict[int, list[Sets]] = {}
    grow = _Growth(of, most, hashed(of.amount), limits)
    for first in _blocks(of, most, cap):
        for sets in grow.sets(first, asked):
            found.setdefault(sets.size, []).append(sets)
    return [_joined(found.pop(size)) for size in sorted(found)]


def _blocks(of: Pool, most: Ints, cap: int) -> list[Ints]:
    """First claims, so many at once that about `BLOCK` sets of one size begin with them."""
    first = np.flatnonzero(of.amount <= most)
    others = np.minimum(of.end[first] - first - 1, 62)
    sets = np.minimum(2.0**others, cap)
    return np.split(first, np.flatnonzero(np.diff(np.cumsum(sets) // BLOCK)) + 1) if first.size else []


def _joined(parts: list[Sets]) -> Sets:
    names = ("wish", "member", "begin", "end")
    return Sets(parts[0].size, *(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True)
class _Growth:
    """How sets grow over a pool: the hashes of its amounts, and per size where the claims end that may be added."""

    of: Pool
    most: Ints
    hashes: Hashes
    limits: list[Ints]

    def sets(self, first: Ints, asked: _Asked) -> Iterator[Sets]:
        """Every set that begins with some claims and that somebody asks for, by size."""
        last, room = first, (self.most - self.of.amount)[first]
        hashes = self.hashes[first] + salt(self.of.vendor[first])
        parents, lasts = [first], [last]
        for size in range(1, LARGEST + 1):
            if size > 1:
                parent, last, room, hashes = self._more(size, first, last, room, hashes)
                first = first.take(parent)
                parents.append(parent)
                lasts.append(last)
            if not first.size:
                return
            hit = asked.maybe(hashes)
            begin = first[hit]
            wish = asked.wish(hashes[hit], self.most[begin] - room[hit], self.of.vendor[begin])
            hit, wish = hit[wish != NONE], wish[wish != NONE]
            if hit.size:
                member = _members(hit, parents, lasts)
                days = self.of.day[member[:, 0]], self.of.day[member[:, -1]]
                yield Sets(size, wish.astype(np.int32), member, *(day.astype(np.int32) for day in days))

    def _more(self, size: int, first: Ints, last: Ints, room: Ints, hashes: Hashes) -> tuple[Ints, Ints, Ints, Hashes]:
        """Sets of one claim more: the place of the smaller set, the claim added, room under `most`, the hash."""
        count = np.maximum(self.limits[size - 2].take(first) - last - 1, 0)
        parent = np.repeat(np.arange(first.size), count)
        # Each small set meets the claims after its last one: their places are a ramp that begins anew per set.
        added = np.arange(parent.size)
        added += np.repeat(last + 1 - (np.cumsum(count) - count), count)
        left = np.repeat(room, count)
        left -= self.of.amount.take(added)
        kept = np.flatnonzero(left >= 0)
        if kept.size < parent.size:
            parent, added, left = parent.take(kept), added.take(kept), left.take(kept)
        return parent, added, left, hashes.take(parent) + self.hashes.take(added)


def _members(hit: Ints, parents: list[Ints], lasts: list[Ints]) -> Places:
    """Walk the sets back to their first claim."""
    member = np.empty((hit.size, len(lasts)), np.int32)
    place = hit
    for level in range(len(lasts) - 1, -1, -1):
        member[:, level] = lasts[level].take(place)
        place = parents[level].take(place) if level else place
    return member


def counted(of: Pool, size: int, begin: Ints, end: Ints) -> Floats:
    """How many sets of this size begin at the places from `begin` to `end` of the pool, which are of one vendor.

    The same whatever other vendors the pool holds: whole numbers are added, and only while a sum of them is exact.
    """
    others = (of.end - np.arange(of.size) - 1).astype(np.float64)
    ways = np.ones(of.size)
    for step in range(size - 1):
        ways *= np.maximum(others - step, 0) / (step + 1)
    ways = np.rint(ways)
    if ways.sum() < EXACT:
        before: Floats = np.concatenate([[0.0], np.cumsum(ways)])
        return before[end] - before[begin]
    return np.array([ways[one:other].sum() for one, other in zip(begin, end, strict=True)], np.float64)
