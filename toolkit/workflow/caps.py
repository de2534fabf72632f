"""Limits on what may be approved: a second approver above an amount, and how much in one day. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from toolkit import money
from toolkit.settings import LimitsSection
from toolkit.workflow.instants import instant
from toolkit.workflow.outcome import Sync

# What was let go counts from its approval on, whatever became of it.
LET_GO = ("approved", "sending", "unknown", "needs_review", "posted", "verified", "drifted")


def needs_two(limits: LimitsSection, sync: Sync) -> bool:
    """Is it above the amount for which one approver is enough?"""
    above = limits.second_approver_above
    return above is not None and sync.amount > money.to_minor(above, sync.currency_code)


class Caps:
    """The day's totals as they grow; amounts in minor units per currency."""

    def __init__(self, limits: LimitsSection, syncs: Iterable[Sync], today: date) -> None:
        self._limits = limits
        self._total: Counter[str | None] = Counter()
        self._vendor: Counter[tuple[str | None, str | None]] = Counter()
        for sync in syncs:
            if sync.state in LET_GO and sync.approved_at and instant(sync.approved_at).date() == today:
                self.add(sync)

    def add(self, sync: Sync) -> None:
        """It was approved."""
        self._total[sync.currency_code] += sync.amount
        self._vendor[sync.currency_code, sync.vendor_name] += sync.amount

    def refuses(self, sync: Sync) -> str | None:
        """Which cap it would break, in a sentence, or None."""
        code = sync.currency_code
        for cap, before, whose in (
            (self._limits.day_cap, self._total[code], "one day"),
            (self._limits.vendor_day_cap, self._vendor[code, sync.vendor_name], f"{sync.vendor_name} in one day"),
        ):
            if cap is not None and before + sync.amount > money.to_minor(cap, code):
                total = money.shown(before + sync.amount, code)
                return f"with it {total} would be approved for {whose}, above the cap of {cap}"
        return None
