"""The data in parts that never touch: vendors that may be one another stay together, whatever else is apart.

With the crosswalk of the whole (`engine.learnt`), each part matches alone exactly as it does within
the whole: that is what lets the same engine run on one process or on many.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from toolkit.matching.keys import keyed
from toolkit.matching.model import Inputs
from toolkit.matching.units import PAYMENT
from toolkit.matching.vendors import VENDOR, erp_vendor, procore_vendor


def groups(vendors: pl.DataFrame) -> pl.DataFrame:
    """The crosswalk with `group`, the smallest number among all vendors that are tied together over any edge."""
    ours = vendors.select(VENDOR).unique().sort(VENDOR).with_row_index("left")
    theirs = vendors.select("procore_vendor").unique().sort("procore_vendor").with_row_index("right")
    pairs = vendors.join(ours, on=VENDOR).join(theirs, on="procore_vendor")
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    label = np.arange(ours.height)
    for _ in range(ours.height):
        across = np.full(theirs.height, ours.height)
        np.minimum.at(across, right, label[left])
        spread = label.copy()
        np.minimum.at(spread, left, across[right])
        if (spread == label).all():
            break
        label = spread
    return pairs.with_columns(group=pl.Series(label[left], dtype=pl.Int64)).drop("left", "right")


def parts(inputs: Inputs, vendors: pl.DataFrame, count: int) -> list[tuple[Inputs, pl.DataFrame]]:
    """`count` parts of the inputs, each with its share of the crosswalk. What has no partner goes to the first part."""
    grouped = groups(vendors).with_columns(part=pl.col("group") % count)
    payments = keyed(inputs.payments).with_columns(vendor=erp_vendor())
    claims = keyed(inputs.claims).with_columns(procore_vendor=procore_vendor())
    ours = payments.join(grouped.select(*VENDOR, "part").unique(), on=VENDOR, how="left")
    theirs = claims.join(grouped.select("procore_vendor", "part").unique(), on="procore_vendor", how="left")
    lines = inputs.applications.join(ours.select(*PAYMENT, "part"), on=PAYMENT, how="left")
    cut = [_cut(frame, count) for frame in (ours, lines, theirs, grouped)]
    found = []
    for heads, some, bills, edges in zip(*cut, strict=True):
        mine = replace(
            inputs,
            payments=heads.select(inputs.payments.columns),
            applications=some.select(inputs.applications.columns),
            claims=bills.select(inputs.claims.columns),
        )
        found.append((mine, edges.select(vendors.columns)))
    return found


def _cut(rows: pl.DataFrame, count: int) -> list[pl.DataFrame]:
    """Rows by their `part`, in order, empty parts too."""
    known = rows.with_columns(pl.col("part").fill_null(0))
    found = known.partition_by("part", as_dict=True)
    return [found.get((number,), known.clear()) for number in range(count)]
