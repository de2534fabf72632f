"""What the allocating passes found, as rows of `Matches` with their reasons."""

from __future__ import annotations

import numpy as np
import polars as pl

from toolkit.matching.again import called
from toolkit.matching.allocate import SENTENCES
from toolkit.matching.board import CENTS, DISCOUNT, DUE, DUE_AND_TAX, DUE_LESS_TAX, GROSS, GROSS_AND_TAX
from toolkit.matching.edges import NEAR, SAME, TAIL
from toolkit.matching.ledger import NOBODY, Found, Ledger, frame
from toolkit.matching.tokens import Ints
from toolkit.matching.units import KEY

NUMBERS = {SAME: "number", NEAR: "number but for a slip", TAIL: "last digits of the number"}
AMOUNTS = {
    DUE: "amount to the cent",
    GROSS: "gross amount (no retainage held)",
    GROSS_AND_TAX: "gross amount with tax",
    DUE_LESS_TAX: "amount without its tax",
    DUE_AND_TAX: "amount with tax on top",
    CENTS: "amount but for cents",
    DISCOUNT: "amount less a discount",
}
COLUMNS = ["unit", *KEY, "claim_id", "matched_amount", "rule", "band", "confidence", "reason"]
# Of claims that fit equally well, each is as likely as the other.
TIED = 0.5


def matches(units: pl.DataFrame, book: Ledger) -> pl.DataFrame:
    """Rows of `Matches` with their `unit`; `units` are numbered as the board's."""
    found = frame(book.finds).with_columns(tied=pl.lit(False))
    also = frame([_still_open(book, one) for one in book.also]).with_columns(tied=pl.col("rule") != "paid_again")
    twins = also.filter("tied").select("unit").unique().with_columns(shared=pl.lit(True))
    rows = pl.concat([found, also]).join(twins, on="unit", how="left", maintain_order="left")
    on = book.on
    again, rival = (rows["rule"] == "paid_again").to_numpy(), rows["rival"].to_numpy()
    payment = _ids(units.select(called=called())["called"], np.where(again, rival, NOBODY))
    claim = _ids(on.claims.ids, np.where(again, NOBODY, rival))
    shared = pl.col("shared").fill_null(False)
    told = rows.with_columns(
        *units.select(KEY)[rows["unit"]].get_columns(), on.claims.ids.gather(rows["claim"]).alias("claim_id")
    ).with_columns(
        pl.col("unit").cast(pl.UInt32),
        matched_amount="amount",
        band=pl.when("auto").then(pl.lit("auto")).otherwise(pl.lit("suggest")),
        confidence=pl.when(shared).then(TIED).otherwise("confidence"),
        other=pl.coalesce(payment, claim),
        firm=pl.Series(on.same_vendor(rows["unit"].to_numpy(), rows["claim"].to_numpy()), dtype=pl.Boolean),
        shared=shared,
    )
    return told.with_columns(reason=_reason()).select(COLUMNS)


def _still_open(book: Ledger, one: Found) -> Found:
    """Claims that fit as well as the one taken are listed only while nothing else settles them."""
    kept = np.ones(one.unit.size, np.bool_) if one.rule == "paid_again" else book.claims[one.claim]
    columns = {name: getattr(one, name)[kept] for name in Found.__dataclass_fields__ if name != "rule"}
    return Found(rule=one.rule, **columns)


def _ids(ids: pl.Series, place: Ints) -> pl.Series:
    """The id at each place; null where there is none."""
    known = pl.Series(place).replace(NOBODY, None)
    return ids.gather(known) if ids.len() else pl.Series([None] * known.len(), dtype=pl.String)


def _reason() -> pl.Expr:
    sentence = pl.col("rule").replace_strict(SENTENCES)
    agreed = pl.concat_str(
        [
            pl.col("number").replace_strict(NUMBERS, default=None, return_dtype=pl.String),
            pl.col("basis").replace_strict(AMOUNTS, default=None, return_dtype=pl.String),
            pl.when(pl.col("project") == 1).then(pl.lit("project")),
        ],
        separator=", ",
        ignore_nulls=True,
    )
    known = pl.when(agreed != "").then(pl.format("; these agree: {}", agreed)).otherwise(pl.lit(""))
    several = pl.when(pl.col("parts") > 1).then(pl.format("; one of {} together", "parts")).otherwise(pl.lit(""))
    first = pl.format("; the first is payment {}", "other")
    beside = pl.format("; 2 claims fit equally well, the other is {}", "other")
    behind = pl.format("; the next best is claim {}", "other")
    other = (
        pl.when(pl.col("other").is_null())
        .then(pl.lit(""))
        .when(pl.col("rule") == "paid_again")
        .then(first)
        .when("shared")
        .then(beside)
        .otherwise(behind)
    )
    doubt = pl.when("firm").then(pl.lit("")).otherwise(pl.lit("; only this meeting says that the vendors are the same"))
    return pl.concat_str([sentence, known, several, other, doubt])
