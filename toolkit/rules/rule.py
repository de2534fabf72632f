"""What a rule is, and the words that rules share: one condition over one table of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from toolkit import money, schemas
from toolkit.matching.units import KEY
from toolkit.rules.picture import Picture
from toolkit.rules.rollups import RETAINED_TOO, TAXED_TOO

IDS = [*KEY, "claim_id", "issued_payment_id"]
# A payment whose cash has left, dated in the run's period.
PAID = pl.col("alive") & pl.col("cash") & pl.col("inside")
# Procore shows it, with neither the ERP's cash nor what it was to be told instead.
OTHERWISE = (
    pl.col("linked") & (pl.col("shown_amount") != pl.col("amount")) & (pl.col("shown_amount") != pl.col("expected"))
)
DEAD = pl.col("status").is_in(schemas.DEAD)
PAYABLE = pl.col("claim_status").is_in(schemas.PAYABLE_STATUSES)
# A part that no claim was found for, not even a possible one.
NO_CLAIM = pl.col("claim_id").is_null() & (pl.col("suggestions") == 0) & ~pl.col("linked")
# The bill releases retainage: the ERP says so, or its number does (CMiC appends an R, others write the word).
RELEASE = (pl.col("document_type") == "retainage_bill").fill_null(False) | pl.col("number").str.contains(
    r"(?i)(?:[0-9]R|[-_ ](?:R|RET|RETN|RETENTION|RETAINAGE|HOLDBACK))$"
).fill_null(False)
# A claim of which a payment lies in the run, paid beyond its due or short of it by more than rounding.
TOUCHED = pl.col("touched") & pl.col("due").is_not_null()
OVER = TOUCHED & (pl.col("over") > pl.col("tolerance"))
UNDER = TOUCHED & (pl.col("rest") > pl.col("tolerance"))
EXPLAINED = RETAINED_TOO.fill_null(False) | TAXED_TOO.fill_null(False)


@dataclass(frozen=True)
class Rule:
    """One way in which the two sides can disagree.

    `holds` is true on the rows of `table` (a frame of `Picture`) that break the rule; `amount` is the
    money at stake in minor units and `sentence` says what is wrong with its figures. `severity` is
    the usual one; `regraded` gives another where it is not null; `claim` names a claim that the row does
    not have. `meaning` says the rule in one
    sentence without figures, `action` what to do. The docs have one page for each code.
    """

    code: str
    severity: str
    meaning: str
    action: str
    table: Literal["units", "rows", "claims", "payments", "commitments", "changes"]
    holds: pl.Expr
    amount: pl.Expr
    sentence: pl.Expr
    regraded: pl.Expr | None = None
    claim: pl.Expr | None = None

    def find(self, picture: Picture) -> pl.DataFrame:
        """The rows that break it: ids (null where the table has none), currency, severity, amount, sentence."""
        rows: pl.DataFrame = getattr(picture, self.table)
        rows = rows if self.claim is None else rows.with_columns(claim_id=self.claim)
        usual = pl.lit(self.severity)
        # Lazy, so that only the columns that the sentence needs are moved.
        broken = rows.lazy().filter(self.holds.fill_null(False))
        return broken.select(
            *(_or_null(name, rows) for name in (*IDS, "currency_code")),
            code=pl.lit(self.code),
            severity=usual if self.regraded is None else pl.coalesce(self.regraded, usual),
            amount=self.amount.cast(pl.Int64),
            sentence=self.sentence,
            action=pl.when(self.regraded == "info").then(pl.lit("Nothing.")).otherwise(pl.lit(self.action))
            if self.regraded is not None
            else pl.lit(self.action),
        ).collect()


def _or_null(name: str, rows: pl.DataFrame) -> pl.Expr:
    return pl.col(name) if name in rows.columns else pl.lit(None, pl.String).alias(name)


def shown(column: str) -> pl.Expr:
    """Minor units as people read them, with the currency code."""
    return money.shown_column(column, "currency_code")


def check() -> pl.Expr:
    """How a payment is named: by its check number, else its id."""
    return pl.format("Payment {}", pl.coalesce("check_number", "payment_id"))


def vendor() -> pl.Expr:
    """The vendor's name, or that it has none."""
    return pl.col("vendor_name").fill_null("an unnamed vendor")


def number() -> pl.Expr:
    """The invoice number as the ERP writes it, else as Procore does."""
    return pl.coalesce("invoice_number", "claim_number", pl.lit("without a number"))


def spaced(column: str) -> pl.Expr:
    """`under_review` as `under review`."""
    return pl.col(column).str.replace_all("_", " ")
