"""What a company tolerates and expects: `[tolerances]` and `[policy]` of tieout.toml, written into each run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from toolkit import money

if TYPE_CHECKING:
    # Reading settings takes longer to start than a match takes to run.
    from toolkit.settings import Settings


@dataclass(frozen=True)
class Policy:
    """`rounding` in minor units of a currency with two decimals; `tax_rates` in tenths of a percent.

    `amount_basis` and `tax_basis` say what Procore should show of what the ERP paid (`toolkit.rules.basis`).
    """

    rounding: int = 2
    tax_rates: tuple[int, ...] = (50, 100, 130, 150, 200)
    short_pay_days: int = 60
    locked_through: date | None = None
    amount_basis: str = "cash"
    tax_basis: str = "as_is"

    @classmethod
    def of(cls, settings: Settings) -> Policy:
        """The policy that tieout.toml sets."""
        return cls(
            rounding=money.to_minor(settings.tolerances.rounding, None),
            tax_rates=tuple(money.to_minor(rate, None) // 10 for rate in settings.policy.tax_rates),
            short_pay_days=settings.policy.short_pay_days,
            locked_through=settings.policy.locked_through,
            amount_basis=settings.procore.amount_basis or "cash",
            tax_basis=settings.procore.tax_basis or "as_is",
        )

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Policy:
        """The policy that a run's parameters keep (`told`)."""
        locked = told["locked_through"]
        return cls(
            rounding=money.to_minor(told["rounding"], None),
            tax_rates=tuple(money.to_minor(rate, None) // 10 for rate in told["tax_rates"]),
            short_pay_days=int(told["short_pay_days"]),
            locked_through=date.fromisoformat(locked) if locked else None,
            # Runs of earlier versions knew but this.
            amount_basis=told.get("amount_basis", "cash"),
            tax_basis=told.get("tax_basis", "as_is"),
        )

    @classmethod
    def of_run(cls, facts: Mapping[str, Any]) -> Policy:
        """The policy of a run whose facts these are (`Snapshot.facts`)."""
        return cls.read(facts["parameters"]["policy"])

    def told(self) -> dict[str, object]:
        """As a run's parameters keep it."""
        return {
            "rounding": money.plain(self.rounding, None),
            "tax_rates": [f"{rate / 10:g}" for rate in self.tax_rates],
            "short_pay_days": self.short_pay_days,
            "locked_through": str(self.locked_through) if self.locked_through else None,
            "amount_basis": self.amount_basis,
            "tax_basis": self.tax_basis,
        }

    def tolerance(self, currency: str = "currency_code") -> pl.Expr:
        """The rounding in minor units of each row's currency: nothing where it has no decimals."""
        whole_only = pl.col(currency).is_in(sorted(money.NO_DECIMALS)).fill_null(False)
        return pl.when(whole_only).then(self.rounding // 100).otherwise(self.rounding)
