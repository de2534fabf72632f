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

from toolkit.matching.board import GOLDEN, UNKNOWN_DAY, Board, Floats, salted
from toolkit.matching.tokens import Bools, Hashes, Ints

# Claims that one check pays were billed within so many days.
SPAN = 25
LARGEST = 12
FILTER_BITS = 22
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
    """Sets of `size` claims that somebody asks for: `member` are places in the pool, one row per set, and its `key`."""

    size: int
    member: npt.NDArray[np.int64]
    key: Hashes


@dataclass(frozen=True)
class Wanted:
    """Sums that payments ask for, each of one claim vendor."""

    amount: Ints
    vendor: Ints


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
    asked = np.zeros(1 << FILTER_BITS, np.bool_)
    asked[_place(wanted.amount, wanted.vendor)] = True
    keys = salted(wanted.amount, wanted.vendor)
    first = np.flatnonzero(of.amount <= most).astype(np.int32)
    last, total = first, of.amount[first]
    parents: list[Places] = []
    lasts: list[Places] = [last]
    for size in range(1, LARGEST + 1):
        if size > 1:
            grown = _grown(of, partners(size, cap), (first, last, total), most)
            parent, last, total = grown
            first = first[parent]
            parents.append(parent)
            lasts.append(last)
        if not first.size:
            return
        hit = np.flatnonzero(asked[_place(total, of.vendor[first])])
        key = salted(total[hit], of.vendor[first[hit]])
        known = np.isin(key, keys)
        if known.any():
            yield Sets(size, _members(hit[known], parents, lasts), key[known])


def _place(amount: Ints, vendor: Ints) -> Hashes:
    """Where a sum stands in the filter: quick, and checked again where it hits."""
    mixed = amount.astype(np.uint64) * GOLDEN + vendor.astype(np.uint64) * GOLDEN * GOLDEN
    return mixed >> np.uint64(64 - FILTER_BITS)


def _grown(of: Pool, reach: int, smaller: tuple[Places, Places, Ints], most: Ints) -> tuple[Places, Places, Ints]:
    """Sets of one claim more: the place of the smaller set (first, last, sum), the claim added, and the sum."""
    first, last, total = smaller
    limit = np.minimum(of.end, np.arange(of.size) + reach + 1).astype(np.int32)
    count = np.maximum(limit[first] - last - 1, 0)
    parent = np.repeat(np.arange(first.size, dtype=np.int32), count)
    # Each small set meets the claims after its last one: their places are a ramp that begins anew per set.
    shift = last + 1 - (np.cumsum(count, dtype=np.int32) - count)
    added = np.arange(parent.size, dtype=np.int32) + np.repeat(shift, count)
    grown = np.repeat(total, count) + of.amount[added]
    kept = np.flatnonzero(grown <= np.repeat(most[first], count))
    return parent[kept], added[kept], grown[kept]


def _members(hit: Ints, parents: list[Places], lasts: list[Places]) -> npt.NDArray[np.int64]:
    """Walk the sets back to their first claim."""
    member = np.empty((hit.size, len(lasts)), np.int64)
    place: npt.NDArray[np.signedinteger] = hit
    for level in range(len(lasts) - 1, 0, -1):
        member[:, level] = lasts[level][place]
        place = parents[level - 1][place]
    member[:, 0] = lasts[0][place]
    return member


def counted(of: Pool, size: int) -> Floats:
    """How many sets of this size begin before each place of the pool (one longer than the pool)."""
    others = (of.end - np.arange(of.size) - 1).astype(np.float64)
    ways = np.ones(of.size)
    for step in range(size - 1):
        ways *= np.maximum(others - step, 0) / (step + 1)
    return np.concatenate([[0.0], np.cumsum(ways)])
