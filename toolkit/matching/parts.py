"""The data in parts that never touch: vendors that may be one another stay together, whatever else is apart.

With the crosswalk of the whole (`engine.learnt`), each part matches alone exactly as it does within
the whole: that is what lets the same engine run on one process or on many.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from toolkit.matching.keys import invoice_key, keyed
from toolkit.matching.model import Inputs, Scope
from toolkit.matching.tokens import Ints
from toolkit.matching.units import PAYMENT, units
from toolkit.matching.vendors import VENDOR, erp_vendor, our_names, procore_vendor, their_names

# Between the pieces of a node's text; a name that held it could only tie more vendors than need be.
MARK = "\x1f"


@dataclass(frozen=True)
class Places:
    """Which part each vendor lies in: `ours` (erp, erp_company, vendor, part), `theirs` (procore_vendor, part).

    What names no vendor lies in `nameless`.
    """

    ours: pl.DataFrame
    theirs: pl.DataFrame
    nameless: int


def our_bills(units: pl.DataFrame) -> pl.DataFrame:
    """By what a unit may meet a claim of another vendor: `bill` (the ERP's key, number and cents), and its vendor."""
    lines = units.filter(pl.col("application_id").is_not_null()).with_columns(vendor=erp_vendor())
    keys = [pl.concat_str(name, "number_key", "amount", separator=MARK) for name in ("document_id", "document_number")]
    return pl.concat(lines.select(*VENDOR, bill=key) for key in keys).drop_nulls("bill").unique()


def their_bills(claims: pl.DataFrame) -> pl.DataFrame:
    """The same of claims: `bill` where a claim carries the ERP's key, and `procore_vendor`."""
    carrying = keyed(claims.filter(pl.col("origin_id").is_not_null()))
    key = pl.concat_str("origin_id", invoice_key("invoice_number"), "due_amount", separator=MARK)
    return carrying.select(bill=key, procore_vendor=procore_vendor()).drop_nulls("bill").unique()


def ties(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Vendors (erp, erp_company, vendor; procore_vendor; null where nameless) that bills tie, whoever they are."""
    return ours.join(theirs, on="bill").select(*VENDOR, "procore_vendor").unique()


def places(vendors: pl.DataFrame, ours: pl.DataFrame, theirs: pl.DataFrame, tied: pl.DataFrame, count: int) -> Places:
    """`count` parts over the vendors of both sides (`vendors.our_names`, `their_names`), tied by crosswalk and bills.

    A group's part follows from the text of its first member alone, by a hash that never changes: more
    data moves no group that it does not tie to another.
    """
    if tied.select("vendor", "procore_vendor").null_count().sum_horizontal().item():
        # Those who name no vendor hang together with somebody: only the whole is sure to hold both.
        count = 1
    both = [edges.select(*VENDOR, "procore_vendor") for edges in (vendors, tied)]
    grouped = groups(pl.concat(both).unique(), ours, theirs)
    part = {text: stable(text, count) for text in grouped["group"].unique().to_list()}
    placed = grouped.with_columns(part=pl.col("group").replace_strict(part, return_dtype=pl.Int64))
    mine = placed.filter(pl.col("procore_vendor").is_null()).select(*VENDOR, "part")
    other = placed.filter(pl.col("procore_vendor").is_not_null()).select("procore_vendor", "part")
    return Places(mine, other, stable("", count))


def stable(text: str, count: int) -> int:
    """The part of a text among `count`: 64 bits of BLAKE2b, the same in every version and on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") % count


def groups(vendors: pl.DataFrame, ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Every vendor of either side (erp, erp_company, vendor; or procore_vendor) with the text of its `group`.

    Vendors hang together where the crosswalk ties them, however weakly, and where they have one name:
    rules compare what payments of one name have in common.
    """
    mine, other = ours.drop_nulls("vendor"), theirs.drop_nulls("procore_vendor")
    edges = pl.concat(
        [
            vendors.select(one=_node("erp", *VENDOR), other=_node("procore", "procore_vendor")),
            mine.select(one=_node("erp", *VENDOR), other=_node("erp name", *VENDOR[:2], "vendor_key")),
            other.select(one=_node("procore", "procore_vendor"), other=_node("procore name", "vendor_key")),
        ]
    )
    nodes = pl.concat(
        [
            mine.select(*VENDOR, node=_node("erp", *VENDOR)).unique(),
            other.select("procore_vendor", node=_node("procore", "procore_vendor")).unique(),
        ],
        how="diagonal",
    )
    texts = pl.concat([nodes["node"], *edges.drop_nulls()]).unique().sort()
    number = pl.DataFrame({"node": texts, "at": np.arange(len(texts))})
    left, right = (_numbers(edges.drop_nulls()[name], number) for name in ("one", "other"))
    first = pl.DataFrame({"node": texts, "group": texts.gather(_tied(left, right, len(texts)))})
    return nodes.join(first, on="node").drop("node")


def _node(kind: str, *columns: str) -> pl.Expr:
    return pl.concat_str(pl.lit(kind), *columns, separator=MARK)


def _numbers(texts: pl.Series, number: pl.DataFrame) -> Ints:
    rows = texts.rename("node").to_frame().join(number, on="node", how="left", maintain_order="left")
    return rows["at"].to_numpy()


def _tied(left: Ints, right: Ints, count: int) -> Ints:
    """The smallest number that each of `count` nodes hangs together with."""
    label = np.arange(count)
    while True:
        spread = label.copy()
        np.minimum.at(spread, left, label[right])
        np.minimum.at(spread, right, label[left])
        # A label's own label may be smaller already.
        spread = spread[spread]
        if (spread == label).all():
            return label
        label = spread


def placed(inputs: Inputs, where: Places) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Payments, applications and claims with their `part`; applications lie with their payment."""
    nobody = pl.col("part").fill_null(where.nameless)

    def part(rows: pl.DataFrame, homes: pl.DataFrame, by: list[str]) -> pl.Series:
        return rows.select(by).join(homes, on=by, how="left", maintain_order="left").select(nobody)["part"]

    ours = keyed(inputs.payments.select(*VENDOR[:2], "vendor_id", "vendor_name")).with_columns(vendor=erp_vendor())
    theirs = keyed(inputs.claims.select("vendor_id", "vendor_name")).with_columns(procore_vendor=procore_vendor())
    payments = inputs.payments.with_columns(part(ours, where.ours, VENDOR))
    lines = inputs.applications
    if lines.height:
        lines = lines.join(payments.select(*PAYMENT, "part"), on=PAYMENT, how="inner")
    else:
        lines = lines.with_columns(part=pl.lit(None, pl.Int64))
    return payments, lines, inputs.claims.with_columns(part(theirs, where.theirs, ["procore_vendor"]))


def parts(inputs: Inputs, scope: Scope, vendors: pl.DataFrame, count: int) -> list[tuple[Inputs, pl.DataFrame]]:
    """`count` parts of the inputs, each with its share of the crosswalk.

    Applications of payments that are not there lie in none.
    """
    applied = inputs.payments.join(inputs.applications, on=PAYMENT, how="semi")
    tied = ties(our_bills(units(replace(inputs, payments=applied), scope)), their_bills(inputs.claims))
    names = keyed(inputs.payments.select(*VENDOR[:2], "vendor_id", "vendor_name").unique())
    where = places(vendors, our_names(names), their_names(inputs.claims), tied, count)
    edges = vendors.join(where.theirs, on="procore_vendor")
    cut = [_cut(frame, count) for frame in (*placed(inputs, where), edges)]
    return [
        (replace(inputs, payments=heads, applications=lines, claims=bills), share)
        for heads, lines, bills, share in zip(*cut, strict=True)
    ]


def _cut(rows: pl.DataFrame, count: int) -> list[pl.DataFrame]:
    """Rows by their `part`, in order, empty parts too."""
    if rows.is_empty():
        return [rows.drop("part")] * count
    # What is the same in every row, as most of what a file does not say, need not be moved.
    alike = rows.drop("part").select(pl.all().eq_missing(pl.all().first()).all()).row(0)
    same = [name for name, fixed in zip(rows.drop("part").columns, alike, strict=True) if fixed]
    again = [pl.lit(rows[name][0], rows[name].dtype).alias(name) for name in same]
    found = rows.drop(same).partition_by("part", as_dict=True, include_key=False)
    empty = rows.drop("part").clear()
    return [
        found[number,].with_columns(again).select(empty.columns) if (number,) in found else empty
        for number in range(count)
    ]
