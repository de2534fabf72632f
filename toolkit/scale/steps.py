"""What a worker does with its rows: frames in, frames out; what is decided is decided in `matching` and `match`.

typed    rows of a source         -> canonical rows, or the fault that was met
read     rows of one bucket of ids -> names, words, faults, and the keys by which vendors may have met
meet     rows of one bucket of keys  -> meetings
count    rows of one bucket of units -> the tally of meetings for each pair of vendors
placed   rows of one bucket of ids -> the same with the part that their vendor lies in
matched  rows of one part          -> what `match.found` finds in it
"""

from __future__ import annotations

import polars as pl

from toolkit.errors import RefusedFile
from toolkit.match import found, given
from toolkit.match.found import SCOPE
from toolkit.matching import parts, vendors
from toolkit.matching.keys import keyed
from toolkit.matching.model import Inputs
from toolkit.matching.units import units
from toolkit.scale.shapes import FOUND, FOUND_TABLES, LEARNT, PLACED, SIDES, fit, packed, rows, table, unpacked

# Room for the rows of one bucket among the numbers of all.
BUCKET = 1 << 32
# What only passes through on its way to the driver.
SAID = ("fault", "vendor", "claimed", "word", "lost", "tie")


def typed(name: str, label: str, raw: pl.DataFrame) -> pl.DataFrame:
    """Rows of a source with their `bucket`, as `SIDES`."""
    try:
        canonical = given.typed(name, raw, label)
    except RefusedFile as error:
        return fit(pl.DataFrame({"said": [_told(error, name, raw)], "bucket": raw["bucket"][:1]}), SIDES, "fault")
    return fit(canonical.with_columns(raw["bucket"]), SIDES, name)


def _told(error: RefusedFile, name: str, raw: pl.DataFrame) -> str:
    """The fault with the row's id instead of its number: rows have no order here."""
    key = given.NEEDED[name][1 if name == "applications" else 0]
    who = raw[key][error.row - 1] if error.row else None
    return str(RefusedFile(error.name + (f', {key} "{who}"' if who else ""), error.reason, column=error.column))


def _sides(frame: pl.DataFrame) -> Inputs:
    return Inputs(*(table(frame, name) for name in ("payments", "applications", "claims")))


def read(labels: dict[str, str], frame: pl.DataFrame) -> pl.DataFrame:
    """What one bucket says, as `LEARNT`; all rows with one id lie in one bucket."""
    sides = _sides(frame)
    faults = rows(frame, "fault").select("said")
    try:
        for name, where in labels.items():
            given.check_once(name, getattr(sides, name), where)
    except RefusedFile as error:
        faults = pl.DataFrame({"said": [str(RefusedFile(error.name, error.reason, column=error.column))]})
    if faults.height:
        return fit(faults.with_columns(key=0), LEARNT, "fault")
    everything = units(sides, SCOPE)
    lost = given.lost(sides.payments, sides.applications)
    told = [
        fit(vendors.our_names(everything), LEARNT, "vendor"),
        fit(vendors.their_names(sides.claims), LEARNT, "claimed"),
        fit(given.unknown_words(rows(frame, "payments")), LEARNT, "word"),
        fit(pl.DataFrame({"count": [lost]}), LEARNT, "lost"),
    ]
    said = [part.with_columns(key=pl.lit(0, pl.Int64)) for part in told]
    bills = [
        fit(parts.our_bills(everything).rename({"bill": "said"}), LEARNT, "our bill"),
        fit(parts.their_bills(sides.claims).rename({"bill": "said"}), LEARNT, "their bill"),
    ]
    return pl.concat([*said, *bills, *_keys(everything, sides.claims, frame["bucket"][0] * BUCKET)])


def _keys(everything: pl.DataFrame, claims: pl.DataFrame, base: int) -> list[pl.DataFrame]:
    """The keys of units and claims, each with what a meeting tells of its vendor."""
    claims = claims.sort("claim_id")
    named = vendors.named(everything, claims, spoken=False)
    ours = everything.with_columns(vendor=vendors.erp_vendor())
    theirs = keyed(claims).with_columns(procore_vendor=vendors.procore_vendor())
    mine, other = vendors.our_keys(ours, named), vendors.their_keys(theirs, named)
    facts = ours[mine["unit"]].select(*vendors.VENDOR, "vendor_key", "amount")
    names = theirs[other["claim"]].select("procore_vendor", theirs="vendor_key")
    signed = pl.col("key").reinterpret(signed=True)
    return [
        fit(mine.hstack(facts).with_columns(signed, pl.col("unit").cast(pl.Int64) + base), LEARNT, "ours"),
        fit(other.hstack(names).with_columns(signed, pl.col("claim").cast(pl.Int64) + base), LEARNT, "theirs"),
    ]


def meet(frame: pl.DataFrame) -> pl.DataFrame:
    """Meetings of the keys of one bucket, as `LEARNT`; what else there is passes through."""
    ours = rows(frame, "ours").select("key", "unit", "size", "amount", *vendors.VENDOR, "vendor_key")
    theirs = rows(frame, "theirs").select("key", "claim", "procore_vendor", "theirs")
    met = fit(vendors.meetings(ours, theirs), LEARNT, "met")
    bills = [rows(frame, what).rename({"said": "bill"}) for what in ("our bill", "their bill")]
    tied = parts.ties(bills[0].select("bill", *vendors.VENDOR), bills[1].select("bill", "procore_vendor"))
    return pl.concat([met, fit(tied, LEARNT, "tie"), _passing(frame)]).with_columns(pl.col("unit").fill_null(0))


def count(frame: pl.DataFrame) -> pl.DataFrame:
    """The tally of the units of one bucket, as `LEARNT`; what else there is passes through."""
    tallied = vendors.tally(vendors.alone(rows(frame, "met")))
    return pl.concat([fit(tallied, LEARNT, "tally"), _passing(frame)])


def _passing(frame: pl.DataFrame) -> pl.DataFrame:
    return fit(frame.filter(pl.col("what").is_in(SAID)), LEARNT)


def handed(where: parts.Places, known: pl.DataFrame) -> tuple[tuple[bytes, bytes], bytes]:
    """What the tasks of `placed` and those of `matched` are handed: places, and the crosswalk with each edge's part."""
    shared = known.join(where.theirs, on="procore_vendor", maintain_order="left")
    return (packed(where.ours), packed(where.theirs)), packed(shared)


def placed(places: tuple[bytes, bytes], nameless: int, frame: pl.DataFrame) -> pl.DataFrame:
    """Both sides with their part, as `PLACED`."""
    ours, theirs = map(unpacked, places)
    where = parts.Places(ours, theirs, nameless)
    named = zip(("payments", "applications", "claims"), parts.placed(_sides(frame), where), strict=True)
    return pl.concat(fit(side, PLACED, name) for name, side in named)


def matched(known: bytes, frame: pl.DataFrame) -> pl.DataFrame:
    """What one part gives, as `FOUND`; `known` is the crosswalk of the whole."""
    share = unpacked(known).filter(pl.col("part") == frame["part"][0]).drop("part")
    told = found.one(_sides(frame), share)
    return pl.concat(fit(getattr(told, name), FOUND, name) for name in FOUND_TABLES)
