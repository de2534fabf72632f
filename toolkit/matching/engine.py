"""Units against claims, pass by pass; then matched units against the rows that Procore already shows."""

from __future__ import annotations

import polars as pl

from toolkit import schemas
from toolkit.matching import links, passes
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import KEY, units
from toolkit.matching.vendors import crosswalk

# Changes when a pass decides otherwise than before; a run records it.
RULES_VERSION = "1"


def match(inputs: Inputs, scope: Scope, company_id: str = "") -> tuple[pl.DataFrame, pl.DataFrame]:
    """`Matches` and `Links` of one run, sorted by ids; the order of input rows does not matter."""
    everything = units(inputs, scope)
    vendors = crosswalk(everything, inputs)
    board = passes.board(everything, vendors, inputs)
    forbidden = inputs.decisions.filter(pl.col("verdict") == "unmatch").select(*KEY, "claim_id")
    found = [_confirmed(everything, inputs)]
    for step in passes.PASSES:
        decided = pl.concat([part.select("unit") for part in found]).unique()
        open_units = board.units.join(decided, on="unit", how="anti")
        found.append(passes.run(step, passes.Board(open_units, board.claims, vendors), forbidden))
    matches = schemas.conform(schemas.Matches, pl.concat(found).sort(*KEY, "claim_id", nulls_last=True))
    shown = links.find(everything, matches, vendors, inputs, company_id)
    return schemas.Matches.validate(matches), schemas.Links.validate(shown)


def _confirmed(everything: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """What people confirmed stands before the first pass."""
    said = inputs.decisions.filter(pl.col("verdict") == "confirm").join(
        inputs.claims.select("claim_id", due=pl.col("due_amount")), on="claim_id", how="inner"
    )
    met = everything.filter("alive").join(said, on=KEY, how="inner", nulls_equal=True)
    return _spread(met).select(
        "unit",
        *KEY,
        "claim_id",
        matched_amount=pl.col("share"),
        rule=pl.lit("confirmed"),
        band=pl.lit("confirmed"),
        confidence=pl.lit(1.0),
        reason=pl.lit("A person confirmed this match"),
    )


def _spread(met: pl.DataFrame) -> pl.DataFrame:
    """The unit's cash over its claims as `share`: each claim its due while the cash lasts, the last one the rest."""
    ordered = met.sort("unit", "claim_id")
    before = (pl.col("due").fill_null(0).cum_sum() - pl.col("due").fill_null(0)).over("unit")
    left = pl.max_horizontal(pl.col("amount") - before, pl.lit(0))
    last = pl.int_range(pl.len()).over("unit") == pl.len().over("unit") - 1
    lone = pl.len().over("unit") == 1
    share = pl.when(lone).then("amount").when(last).then(left).otherwise(pl.min_horizontal(left, "due").fill_null(0))
    return ordered.with_columns(share=share)
