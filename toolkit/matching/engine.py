"""Units against claims, pass by pass; then matched units against the rows that Procore already shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from toolkit import schemas
from toolkit.matching import links, passes
from toolkit.matching.again import applied_again, contested
from toolkit.matching.allocate import allocate
from toolkit.matching.board import Said, board, salted
from toolkit.matching.finds import matches
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.units import KEY, units
from toolkit.matching.vendors import crosswalk, named

# Changes when a pass decides otherwise than before; a run records it.
RULES_VERSION = "5"


def match(
    inputs: Inputs, scope: Scope, company_id: str = "", vendors: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`Matches` and `Links` of one run, sorted by ids; the order of input rows does not matter.

    `vendors` is a crosswalk learnt before (`learnt`), for a run over a part of the data.
    """
    # Sorted once: what follows numbers claims by their place.
    inputs = replace(inputs, claims=inputs.claims.sort("claim_id"))
    everything = units(inputs, scope)
    said = named(everything, inputs.claims)
    known = crosswalk(everything, inputs, said) if vendors is None else vendors
    firm = known.filter("sure")
    forbidden = inputs.decisions.filter(pl.col("verdict") == "unmatch").select(*KEY, "claim_id")
    board_ = passes.board(everything, firm, inputs)
    found = [_confirmed(everything, inputs)]
    found = _passed(passes.PASSES, board_, forbidden, found, sure_only=True)
    claims = inputs.claims
    stated = applied_again(pl.concat(found), everything, claims)
    doubt = contested(stated, everything, claims, said)
    found = [stated.join(doubt, on="unit", how="anti")]
    on = board(everything, claims, known, _said(everything, claims, pl.concat(found), forbidden))
    found.append(matches(everything, allocate(on, said)))
    found = _passed(passes.PASSES, board_, forbidden, found)
    rows = _left_to_people(pl.concat(found), doubt)
    placed = schemas.conform(schemas.Matches, rows.sort(*KEY, "claim_id", nulls_last=True))
    return placed, links.find(everything, placed, firm, inputs, company_id)


def _left_to_people(found: pl.DataFrame, doubt: pl.DataFrame) -> pl.DataFrame:
    """What only the ERP's own application decides is a suggestion where an earlier payment may have paid."""
    stated = pl.col("rule").is_in([step.name for step in passes.PASSES]) & (pl.col("band") == "auto")
    asked = stated & pl.col("unit").is_in(doubt["unit"].to_list())
    said = pl.format("{}; an earlier payment of the same amount may have settled it", pl.col("reason"))
    return found.with_columns(
        band=pl.when(asked).then(pl.lit("suggest")).otherwise("band"),
        confidence=pl.when(asked).then(passes.SUGGEST).otherwise("confidence"),
        reason=pl.when(asked).then(said).otherwise("reason"),
    )


def learnt(inputs: Inputs, scope: Scope) -> pl.DataFrame:
    """The vendor crosswalk of the whole of the data: with it, any part that keeps vendors together matches alike."""
    return crosswalk(units(inputs, scope, ordered=False), inputs)


def _passed(
    steps: tuple[passes.Pass, ...],
    on: passes.Board,
    forbidden: pl.DataFrame,
    found: list[pl.DataFrame],
    sure_only: bool = False,
) -> list[pl.DataFrame]:
    """Each pass in turn over the units that none before it found anything for; `sure_only` keeps what it decides."""
    for step in steps if on.units.height else ():
        decided = pl.concat([part.select("unit") for part in found]).unique()
        open_units = on.units.join(decided, on="unit", how="anti")
        rows = passes.run(step, passes.Board(open_units, on.claims, on.vendors), forbidden)
        found = [*found, rows.filter(pl.col("band") == "auto") if sure_only else rows]
    return found


def _said(units: pl.DataFrame, claims: pl.DataFrame, found: pl.DataFrame, forbidden: pl.DataFrame) -> Said:
    """What people and the ERP's own applications said, for the passes that follow."""
    decided = np.zeros(units.height, np.bool_)
    decided[found["unit"].to_numpy()] = True
    sure = found.filter(pl.col("band") != "suggest").group_by("claim_id").agg(paid=pl.col("matched_amount").sum())
    paid = claims.select("claim_id").join(sure, on="claim_id", how="left", maintain_order="left")["paid"]
    places = claims.select("claim_id", claim=pl.int_range(pl.len()))
    no = forbidden.join(units.select(*KEY, "unit"), on=KEY, nulls_equal=True).join(places, on="claim_id")
    pairs = salted(no["unit"].cast(pl.Int64).to_numpy(), no["claim"].to_numpy())
    return Said(decided, paid.fill_null(0).to_numpy(), pairs)


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
