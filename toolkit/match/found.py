"""What one part of the data gives, and what the parts come to: matches, mismatches and the statement's sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from toolkit import money, schemas
from toolkit.match.given import ERP
from toolkit.matching.again import PAID_AGAIN
from toolkit.matching.engine import match
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import KEY, PAYMENT
from toolkit.rules import RULES, lines, mismatches, picture, statement

MATCHES = ("payment_id", "application_id", "claim_id", "matched_amount", "rule", "band", "confidence", "reason")
# Nothing here says what the Payments Issued tabs show.
ASKED = tuple(rule for rule in RULES if rule.code != "in_erp_not_procore")
SCOPE = Scope(as_of=date.max)


@dataclass(frozen=True)
class Found:
    """`Matches`, `Mismatches` and `StatementLines` of one part, amounts in hundredths; or of the whole (`whole`)."""

    matches: pl.DataFrame
    mismatches: pl.DataFrame
    statement: pl.DataFrame


def one(inputs: Inputs, vendors: pl.DataFrame | None = None, sums: bool = True) -> Found:
    """Match one part and say what does not agree; pure. Without `sums` the statement is left empty.

    `vendors` is the crosswalk of the whole (`engine.learnt`).
    """
    found, shown = match(inputs, SCOPE, vendors=vendors)
    drawn = picture.draw(inputs, found, shown, SCOPE)
    nobody = pl.DataFrame(schema={"project_id": pl.String, "erp_company": pl.String})
    # A second payment of a bill pairs with nothing: it stands among the mismatches.
    pairs = found.filter(pl.col("rule") != PAID_AGAIN)
    told = _statement(inputs, drawn, nobody) if sums else schemas.empty(schemas.StatementLines)
    return _hundredths(Found(pairs, mismatches.find(drawn, nobody, ASKED), told), inputs.payments)


def _hundredths(found: Found, payments: pl.DataFrame) -> Found:
    """Minor units as hundredths of the currency's unit: another figure where the unit has no decimals."""
    whole_only = pl.col("currency_code").is_in(sorted(money.NO_DECIMALS)).fill_null(False)
    some = payments.filter(whole_only).select(PAYMENT)
    factor = pl.when(whole_only).then(100).otherwise(1)
    wrong, told = (frame.with_columns(pl.col("amount") * factor) for frame in (found.mismatches, found.statement))
    if some.is_empty():
        return Found(found.matches, wrong, told)
    codes = payments.select(*PAYMENT, "currency_code")
    pairs = found.matches.join(codes, on=PAYMENT, how="left", maintain_order="left")
    return Found(pairs.with_columns(pl.col("matched_amount") * factor).drop("currency_code"), wrong, told)


def _statement(inputs: Inputs, drawn: picture.Picture, companies: pl.DataFrame) -> pl.DataFrame:
    homes = lines.row_groups(drawn, companies)
    return statement.tie_out(inputs, lines.items(drawn, homes), homes, SCOPE)


def whole(parts: Sequence[Found]) -> Found:
    """What parts that never touch come to, in the order in which it is written, amounts as decimals."""
    found = pl.concat(part.matches for part in parts).sort(*KEY, "claim_id", nulls_last=True)
    more = [name for name in ERP if found.height and not (found[name] == ERP[name]).all()]
    ids = ("payment_id", "application_id", "claim_id")
    wrong = pl.concat(part.mismatches for part in parts).drop("issued_payment_id")
    return Found(
        found.with_columns(_decimals("matched_amount")).select(*MATCHES, *more),
        wrong.sort("code", *ids, "mismatch_id", nulls_last=True).with_columns(_decimals("amount")),
        statement.summed(pl.concat(part.statement for part in parts)).with_columns(_decimals("amount")),
    )


def _decimals(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.Decimal(38, 2)) / 100).cast(pl.Decimal(18, 2))
