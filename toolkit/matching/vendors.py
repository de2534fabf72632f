"""The vendor crosswalk: which ERP vendor is which Procore vendor, by evidence, never by likeness alone.

Evidence is Procore's own `origin_code` or `origin_id`, the same name but for case, marks and legal
form, or payments that keep meeting claims of that vendor on invoice number and cents. One such
meeting, where nothing is known otherwise, is an edge that lets the passes suggest and not decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from rapidfuzz import fuzz

from toolkit.matching.keys import keyed
from toolkit.matching.model import Inputs
from toolkit.matching.tokens import Hashes, Ints, mixed, numbers, words

VENDOR = ["erp", "erp_company", "vendor"]
EVIDENCE = ("code", "name", "votes", "meeting")
VOTES_NEEDED = 2
# Shortened and trading names collide, so a vendor may have several partners, each with its share of the votes.
SHARE_NEEDED = 0.15
LONE_SHARE_NEEDED = 0.5
# A lone meeting counts where the number has so many characters.
SPECIFIC, ROUND = 4, 100_00
# With a lone meeting on no whole hundred, names this like (0 to 100, in any order of words) make it sure.
ALIKE = 85


@dataclass(frozen=True)
class Named:
    """Invoice numbers as both sides write them (`tokens.SCHEMA`): rows of units and of claims, as they stand.

    `words` are the single words of a unit's text, for where its pieces name nothing.
    """

    units: pl.DataFrame
    claims: pl.DataFrame
    words: pl.DataFrame


def texts(units: pl.DataFrame) -> pl.Series:
    """What names invoices: the application's number, else the payment's reference, else its memo."""

    def said(name: str) -> pl.Expr:
        return pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name))

    free = pl.when(pl.col("application_id").is_null()).then(pl.coalesce(said("reference"), said("memo")))
    return units.select(text=pl.coalesce(pl.col("invoice_number"), free, pl.lit("")))["text"]


def named(units: pl.DataFrame, claims: pl.DataFrame, spoken: bool = True) -> Named:
    """Read the numbers of both sides; without `spoken` only `exact` keys and no words, for the vendors' votes."""
    said = texts(units)
    theirs = numbers(claims["invoice_number"], lists=False, alike=spoken)
    return Named(numbers(said, lists=True, alike=spoken), theirs, words(said if spoken else said.clear()))


def erp_vendor() -> pl.Expr:
    """How a unit names its vendor: by id, else by name."""
    return pl.coalesce("vendor_id", "vendor_key")


def procore_vendor() -> pl.Expr:
    """How a claim names its vendor: by id, else by name."""
    return pl.coalesce("vendor_id", "vendor_key")


def crosswalk(units: pl.DataFrame, inputs: Inputs, said: Named | None = None) -> pl.DataFrame:
    """Pairs of an ERP vendor (erp, erp_company, vendor) and `procore_vendor`, with the evidence `by`, and `sure`."""
    claims = inputs.claims.select("vendor_id", "vendor_name", "due_amount")
    theirs = keyed(claims).with_columns(procore_vendor=procore_vendor())
    said = said or named(units, inputs.claims, spoken=False)
    met = alone(meetings(our_keys(units, said), their_keys(theirs, said)))
    facts = theirs.select("procore_vendor", theirs="vendor_key")[met["claim"]]
    ours = units.select(*VENDOR[:2], "vendor_key", "amount", vendor=erp_vendor())[met["unit"]]
    seen = ours.hstack(facts).with_columns(size=met["size"])
    return decided(our_names(units), their_names(inputs.claims), inputs.vendors, tally(seen))


def our_names(units: pl.DataFrame) -> pl.DataFrame:
    """The ERP's vendors, one row for each way of naming one: erp, erp_company, vendor, vendor_id, vendor_key."""
    return units.with_columns(vendor=erp_vendor()).select(*VENDOR, "vendor_id", "vendor_key").unique()


def their_names(claims: pl.DataFrame) -> pl.DataFrame:
    """The vendors of claims, one row for each way of naming one: procore_vendor, vendor_key."""
    distinct = claims.select("vendor_id", "vendor_name").unique()
    return keyed(distinct).select("vendor_key", procore_vendor=procore_vendor()).unique()


def decided(ours: pl.DataFrame, theirs: pl.DataFrame, directory: pl.DataFrame, tallied: pl.DataFrame) -> pl.DataFrame:
    """The crosswalk, from the vendors' names on both sides, Procore's directory (`Vendors`) and the tally of meetings.

    A tally of the whole may be the sum of tallies of parts (`summed`).
    """
    found = [_by_code(ours, directory), _by_name(ours, theirs, directory), _by_votes(tallied)]
    rank = pl.concat(found).drop_nulls(["vendor", "procore_vendor"])
    rank = rank.with_columns(pl.col("by").cast(pl.Enum(EVIDENCE)))
    firm = rank.sort(*VENDOR, "procore_vendor", "by").unique(
        [*VENDOR, "procore_vendor"], keep="first", maintain_order=True
    )
    return firm.with_columns(sure=pl.col("by") != "meeting")


def _by_code(ours: pl.DataFrame, vendors: pl.DataFrame) -> pl.DataFrame:
    codes = pl.concat(
        vendors.select(code=pl.col(name), procore_vendor=pl.col("vendor_id")) for name in ("origin_code", "origin_id")
    ).drop_nulls()
    return (
        ours.select(*VENDOR, code=pl.col("vendor_id"))
        .unique()
        .join(codes, on="code")
        .select(*VENDOR, "procore_vendor", by=pl.lit("code"))
    )


def _by_name(ours: pl.DataFrame, theirs: pl.DataFrame, vendors: pl.DataFrame) -> pl.DataFrame:
    listed = keyed(vendors).select("vendor_key", procore_vendor=pl.col("vendor_id"))
    names = pl.concat([theirs.select("procore_vendor", "vendor_key"), listed.select("procore_vendor", "vendor_key")])
    return (
        ours.select(*VENDOR, "vendor_key")
        .unique()
        .join(names.drop_nulls().unique(), on="vendor_key")
        .select(*VENDOR, "procore_vendor", by=pl.lit("name"))
    )


def our_keys(ours: pl.DataFrame, said: Named) -> pl.DataFrame:
    """What living units may meet by, one row per piece of text: `key` of number and cents, row `unit`, `size`."""
    living = (ours["alive"] & ours["cash"]).to_numpy()
    row = said.units["row"].to_numpy()
    key = _both(said.units["exact"], ours["amount"].to_numpy()[row])
    return pl.DataFrame({"key": key, "unit": row, "size": said.units["size"]}).filter(pl.Series(living[row]))


def their_keys(theirs: pl.DataFrame, said: Named) -> pl.DataFrame:
    """The same of claims: `key` of number and cents, row `claim`; a claim has one at most."""
    place = said.claims["row"].to_numpy()
    due = theirs["due_amount"].fill_null(0).to_numpy()
    return pl.DataFrame({"key": _both(said.claims["exact"], due[place]), "claim": place})


def _both(key: pl.Series, cents: Ints) -> Hashes:
    return mixed(key.to_numpy() ^ mixed(cents.astype(np.uint64)))


def meetings(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Rows of both sides that have one key; `shared` counts the rows that met this claim.

    Whatever keeps equal keys together may be apart: a claim has one key.
    """
    return ours.join(theirs, on="key").with_columns(shared=pl.len().over("claim"))


def alone(met: pl.DataFrame) -> pl.DataFrame:
    """Meetings that say something: the only one of their unit, of a claim that met hardly another.

    Whatever keeps the rows of one unit together may be apart.
    """
    # Two claims may share a number and a due where one was sent twice; more say nothing.
    return met.filter(pl.len().over("unit") == 1, pl.col("shared") <= VOTES_NEEDED)


def tally(seen: pl.DataFrame) -> pl.DataFrame:
    """How often each pair of vendors met, how often by a long number and one in odd cents, and a name of each."""
    telling = (pl.col("size") >= SPECIFIC - 1) | (pl.col("amount") % ROUND != 0)
    long = pl.col("size") >= SPECIFIC
    counted = seen.filter(telling).drop_nulls(["vendor", "procore_vendor"])
    return counted.group_by(*VENDOR, "procore_vendor").agg(
        votes=pl.len().cast(pl.Int64),
        long=long.sum().cast(pl.Int64),
        odd=(long & (pl.col("amount") % ROUND != 0)).sum().cast(pl.Int64),
        ours=pl.col("vendor_key").min(),
        theirs=pl.col("theirs").min(),
    )


def summed(tallies: pl.DataFrame) -> pl.DataFrame:
    """Tallies of parts as one."""
    return tallies.group_by(*VENDOR, "procore_vendor").agg(
        pl.col("votes", "long", "odd").sum(), pl.min("ours", "theirs")
    )


def _by_votes(tallied: pl.DataFrame) -> pl.DataFrame:
    """Vendors that met on number and cents, where each meeting was the only one of its kind."""
    votes = tallied.with_columns(share=pl.col("votes") / pl.col("votes").sum().over(VENDOR))
    many = (pl.col("votes") >= VOTES_NEEDED) & (pl.col("share") >= SHARE_NEEDED)
    lone = (pl.col("long") >= 1) & (pl.col("share") >= LONE_SHARE_NEEDED)
    kept = votes.filter(many | lone).with_columns(many=many).sort(*VENDOR, "procore_vendor")
    alike = [
        fuzz.token_set_ratio(one or "", other or "") >= ALIKE
        for one, other in kept.select("ours", "theirs").iter_rows()
    ]
    firm = pl.col("many") | ((pl.col("odd") >= 1) & pl.Series("alike", alike, dtype=pl.Boolean))
    by = pl.when(firm).then(pl.lit("votes")).otherwise(pl.lit("meeting"))
    return kept.select(*VENDOR, "procore_vendor", by=by)
