"""The ordered passes: each puts units beside claims by one kind of evidence.

A unit that a pass decides is not looked at by a later one. `auto` needs one candidate that is
stronger than every other, and two independent pieces of evidence of number, amount to the cent,
project and applications; otherwise every candidate at that strength is a suggestion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from toolkit.matching.keys import invoice_key, keyed, project_key
from toolkit.matching.model import Inputs
from toolkit.matching.units import KEY
from toolkit.matching.vendors import VENDOR, erp_vendor, procore_vendor

AUTO, SUGGEST = 0.99, 0.6


@dataclass(frozen=True)
class Board:
    """What every pass sees: units, claims ready to compare, and which pairs share a vendor."""

    units: pl.DataFrame
    claims: pl.DataFrame
    vendors: pl.DataFrame


@dataclass(frozen=True)
class Pass:
    """One kind of evidence. `decides` False: it may only suggest."""

    name: str
    sentence: str
    candidates: Callable[[Board], pl.DataFrame]
    decides: bool = True


def board(units: pl.DataFrame, vendors: pl.DataFrame, inputs: Inputs) -> Board:
    """Claims with their keys, and applications that may meet one: cash that has left."""
    alive = units.filter("alive", "cash", ~pl.col("elsewhere"), pl.col("application_id").is_not_null())
    alive = alive.with_columns(vendor=erp_vendor())
    # Without applications there is nothing here to compare, and the keys of many claims cost time.
    some = inputs.claims if alive.height else inputs.claims.clear()
    claims = keyed(some).select(
        "claim_id",
        "project_id",
        "commitment_id",
        claim_project=pl.col("project_number"),
        claim_commitment=pl.col("commitment_number"),
        claim_number=pl.col("invoice_number").str.strip_chars(),
        claim_key=invoice_key("invoice_number"),
        claim_currency=pl.col("currency_code"),
        procore_vendor=procore_vendor(),
        due=pl.col("due_amount"),
        claim_origin=pl.col("origin_id"),
    )
    return Board(alive, claims, vendors)


def _same_vendor(edges: pl.DataFrame, vendors: pl.DataFrame) -> pl.DataFrame:
    known = vendors.select(*VENDOR, "procore_vendor", same_vendor=pl.lit(True))
    return edges.join(known, on=[*VENDOR, "procore_vendor"], how="left", nulls_equal=False).with_columns(
        pl.col("same_vendor").fill_null(False)
    )


def weighed(edges: pl.DataFrame, vendors: pl.DataFrame) -> pl.DataFrame:
    """Edges with what agrees; those in another currency, project or commitment are gone."""

    def clash(ours: str, theirs: str) -> pl.Expr:
        return (project_key(ours) != project_key(theirs)).fill_null(False)

    kept = edges.filter(
        ~clash("currency_code", "claim_currency"),
        ~clash("project_number", "claim_project"),
        ~clash("commitment_number", "claim_commitment"),
    )
    return _same_vendor(kept, vendors).with_columns(
        by_number=(pl.col("number_key") == pl.col("claim_key")).fill_null(False),
        by_amount=(pl.col("amount") == pl.col("due")).fill_null(False),
        by_project=(project_key("project_number") == project_key("claim_project")).fill_null(False),
        by_application=pl.col("application_id").is_not_null(),
    )


def _by_origin(on: Board) -> pl.DataFrame:
    """The claim carries the ERP's own key of the bill that the application settles."""
    parts = [
        on.units.join(on.claims, left_on=name, right_on="claim_origin", how="inner")
        for name in ("document_id", "document_number")
    ]
    edges = pl.concat([part.select(sorted(set(parts[0].columns) & set(parts[1].columns))) for part in parts])
    edges = weighed(edges.unique(["unit", "claim_id"], keep="first", maintain_order=True), on.vendors)
    # The same key may number a bill of another company: vendor, number or cents must agree too.
    return edges.filter(pl.col("same_vendor") | (pl.col("by_number") & pl.col("by_amount")))


def _numbered(on: Board, ours: str, theirs: str) -> pl.DataFrame:
    # By vendor and number at once: pay-application numbers are the same in every vendor's claims.
    asked = on.units.filter(pl.col(ours).is_not_null()).join(on.vendors.select(*VENDOR, "procore_vendor"), on=VENDOR)
    met = on.claims.with_columns(_key=pl.col(theirs))
    edges = asked.join(met, left_on=[ours, "procore_vendor"], right_on=["_key", "procore_vendor"], how="inner")
    return weighed(edges, on.vendors).filter("same_vendor")


def _by_exact_number(on: Board) -> pl.DataFrame:
    return _numbered(on, "number", "claim_number")


def _by_normalised_number(on: Board) -> pl.DataFrame:
    edges = _numbered(on, "number_key", "claim_key")
    # A number written another way needs the cents or the project to agree as well.
    return edges.filter(pl.col("by_amount") | pl.col("by_project"))


PASSES: tuple[Pass, ...] = (
    Pass("origin_id", "the claim carries the ERP's key of this bill", _by_origin),
    Pass("exact_number", "vendor and invoice number are the same", _by_exact_number),
    Pass(
        "normalised_number", "vendor and invoice number are the same but for how it is written", _by_normalised_number
    ),
)


def run(step: Pass, on: Board, forbidden: pl.DataFrame) -> pl.DataFrame:
    """One pass over what is still open: rows of `Matches` with their `unit`."""
    edges = step.candidates(on)
    edges = edges.join(forbidden, on=[*KEY, "claim_id"], how="anti", nulls_equal=True)
    evidence = [pl.col(name).cast(pl.Int8) for name in ("by_number", "by_amount", "by_project", "by_application")]
    edges = edges.with_columns(strength=pl.sum_horizontal(evidence))
    edges = edges.filter(pl.col("strength") == pl.col("strength").max().over("unit"))
    lone = pl.len().over("unit") == 1
    sure = lone & (pl.col("strength") >= 2) & pl.lit(step.decides) & ~pl.col("split_unknown")
    return edges.with_columns(rivals=pl.len().over("unit")).select(
        "unit",
        *KEY,
        "claim_id",
        matched_amount=pl.col("amount"),
        rule=pl.lit(step.name),
        band=pl.when(sure).then(pl.lit("auto")).otherwise(pl.lit("suggest")),
        confidence=pl.when(sure).then(pl.lit(AUTO)).otherwise(SUGGEST / pl.col("rivals")),
        reason=_reason(step, sure),
    )


def _reason(step: Pass, sure: pl.Expr) -> pl.Expr:
    agreed = [
        pl.when(name).then(pl.lit(word))
        for name, word in (
            ("by_number", "number"),
            ("by_amount", "amount to the cent"),
            ("by_project", "project"),
            ("by_application", "the ERP's own application"),
        )
    ]
    said = pl.concat_str(agreed, separator=", ", ignore_nulls=True)
    text = pl.format("{}; these agree: {}", pl.lit(step.sentence[:1].upper() + step.sentence[1:]), said)
    rivals = pl.format("{}; {} claims fit equally well", text, pl.len().over("unit"))
    return pl.when(sure | (pl.len().over("unit") == 1)).then(text).otherwise(rivals)
