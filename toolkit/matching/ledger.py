"""What is still open while the passes run, and what each of them found.

A claim that a pass settles is taken; one that is paid in part keeps what is left of its due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from toolkit.matching.board import Board, Floats
from toolkit.matching.edges import USUAL, Edges
from toolkit.matching.tokens import Bools, Ints

# Weights of the evidence, in steps that keep their order: number and amount before project, project before days.
SHORT_NUMBER, PROJECT, ODD_DAYS = 2.0, 2.0, 1.5
# A lead of this much over the next candidate is a lead of a whole piece of evidence.
CLEAR_LEAD = 1.9
ROUNDS = 4
NOBODY = -1
# Says which of the picked edges need no person, from the edges and their leads.
Decides = Callable[[Edges, Floats], Bools]


@dataclass(frozen=True)
class Found:
    """Pairs that one pass put together. `parts`: how many claims or payments belong together."""

    rule: str
    unit: Ints
    claim: Ints
    amount: Ints
    auto: Bools
    confidence: Floats
    number: Ints
    basis: Ints
    project: Ints
    days: Ints
    parts: Ints
    rival: Ints


@dataclass
class Ledger:
    """Open units and claims, and the finds so far."""

    on: Board
    units: Bools = field(init=False)
    claims: Bools = field(init=False)
    left: Ints = field(init=False)
    finds: list[Found] = field(default_factory=list)
    also: list[Found] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.units = self.on.units.open.copy()
        self.left = self.on.claims.due.copy()
        self.claims = (self.left > 0) & (self.on.claims.vendor > 0)

    def open(self, edges: Edges) -> Edges:
        """The edges whose unit and claim are both open."""
        return edges.where(self.units[edges.unit] & self.claims[edges.claim])

    def take(self, found: Found, close: bool = True) -> None:
        """Keep what was found; its units are decided, its claims are closed or paid down."""
        if not found.unit.size:
            return
        self.finds.append(found)
        self.units[found.unit] = False
        np.subtract.at(self.left, found.claim, found.amount)
        if close:
            self.claims[found.claim] = False


def weight(edges: Edges) -> Floats:
    """How strongly each edge holds, so that edges of one unit can be compared."""
    number = np.select(
        [(edges.number == 3) & (edges.size >= 4), edges.number == 3, edges.number == 2, edges.number == 1],
        [6.0, SHORT_NUMBER + np.maximum(edges.size - 2, 0) * 2.0, 3.0, 1.5],
        0.0,
    )
    amount = np.select([edges.basis == 1, edges.basis > 1], [6.0, 4.0], 0.0)
    project = edges.project * np.where(edges.project < 0, 3 * PROJECT, PROJECT)
    usual = (edges.days >= 3) & (edges.days <= 100)
    strength: Floats = number + amount + project - np.where(usual, 0.0, ODD_DAYS)
    return strength


def leaders(group: Ints, order: tuple[Ints | Floats, ...], strength: Floats) -> tuple[Ints, Floats, Ints]:
    """Per group the index of its strongest edge, its lead over the second, and the index of the second.

    `order` breaks ties of strength, its last key first; the lead is infinite and the second -1 where an edge is alone.
    """
    ranked = np.lexsort((*order, -strength, group))
    sorted_group = group[ranked]
    first = np.ones(ranked.size, np.bool_)
    first[1:] = sorted_group[1:] != sorted_group[:-1]
    place = np.flatnonzero(first)
    follows = np.append(~first[1:], False)[place] if ranked.size else np.zeros(0, np.bool_)
    second = np.where(follows, ranked[np.minimum(place + 1, max(ranked.size - 1, 0))], NOBODY)
    best = ranked[place]
    lead = np.where(follows, strength[best] - strength[second], np.inf)
    return best, lead, second


def pairwise(ledger: Ledger, edges: Edges, rule: str, decides: Decides) -> None:
    """Put units and claims together one to one: a unit asks for its strongest claim, a claim takes one of those.

    Among several units that ask, one that has no other claim comes first, then the earlier payment:
    the later one pays the same bill again.
    """
    for _ in range(ROUNDS):
        edges = ledger.open(edges)
        if not edges.unit.size:
            return
        best, lead, second = leaders(edges.unit, (edges.claim, np.abs(edges.days - USUAL)), weight(edges))
        asked = edges.where(best)
        alone = np.bincount(edges.unit, minlength=ledger.on.units.size)[asked.unit] == 1
        days = ledger.on.units.day[asked.unit]
        chosen, _, _ = leaders(asked.claim, (asked.unit, days), alone.astype(np.float64))
        chosen = np.sort(chosen)
        pick, ahead = asked.where(chosen), lead[chosen]
        rival = np.where(second[chosen] >= 0, edges.claim[second[chosen]], NOBODY)
        auto = decides(pick, ahead) & pick.sure
        confidence = np.where(auto, 0.99, 0.5 + np.minimum(ahead, 4) / 10)
        ledger.take(single(ledger, rule, pick, auto, confidence, rival))
        # Where nothing sets two claims apart, both are shown.
        tied = (ahead == 0) & (np.abs(edges.days[second[chosen]] - USUAL) == np.abs(pick.days - USUAL))
        twin = edges.where(second[chosen][tied])
        ledger.also.append(
            single(ledger, rule, twin, np.zeros(twin.unit.size, np.bool_), confidence[tied], pick.claim[tied])
        )


def single(ledger: Ledger, rule: str, pick: Edges, auto: Bools, confidence: Floats, rival: Ints) -> Found:
    """Picked edges as finds: each unit pays its one claim with all its cash."""
    return Found(
        rule=rule,
        unit=pick.unit,
        claim=pick.claim,
        amount=ledger.on.units.amount[pick.unit],
        auto=auto,
        confidence=confidence,
        number=pick.number,
        basis=pick.basis,
        project=pick.project,
        days=pick.days,
        parts=np.ones(pick.unit.size, np.int64),
        rival=rival,
    )


def frame(found: list[Found]) -> pl.DataFrame:
    """All finds as one frame."""
    names = [name for name in Found.__dataclass_fields__ if name != "rule"]
    types = dict.fromkeys(names, pl.Int64) | {"auto": pl.Boolean, "confidence": pl.Float64}
    rules = pl.Series("rule", [one.rule for one in found], dtype=pl.String)
    which = np.repeat(np.arange(len(found)), [one.unit.size for one in found])
    columns = [rules.gather(which)] + [
        pl.Series(name, _together([getattr(one, name) for one in found]), dtype=types[name]) for name in names
    ]
    return pl.DataFrame(columns)


def _together(parts: list[Ints]) -> Ints:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
