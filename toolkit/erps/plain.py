"""Lines of a large table by whole columns: which are payments, whose they are, and which stand together.

The same rules as in `toolkit.erps.rows`, said for columns; `toolkit.erps.typed_columns` goes on from here.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.draft import Drafts
from toolkit.erps.facts import Facts, Settled
from toolkit.erps.grouping import APART, ID_FIRST
from toolkit.erps.profile import Profile
from toolkit.erps.settled import SEVERAL
from toolkit.erps.sorting import NotByColumns, in_rust

NO = pl.lit(False)


@dataclass(frozen=True)
class Reading:
    """How one file is read: its ERP's profile, what was said about it, and the columns that it has."""

    file: SourceFile
    profile: Profile
    options: LoadOptions
    columns: frozenset[str]

    def text(self, name: str) -> pl.Expr:
        """A canonical column, null where the file has none."""
        has = name in self.columns or (self.profile.groups and name == "name")
        return pl.col(name) if has else pl.lit(None, pl.String)

    @property
    def company(self) -> pl.Expr:
        """The company that a line names."""
        return pl.coalesce(self.text("erp_company"), self.text("entity"))

    @property
    def key(self) -> list[str]:
        """The columns that identify a payment; none where the file has no key."""
        profile = self.profile
        names = [name for name in profile.key if name in self.columns or name not in profile.optional_key]
        return names if all(name in self.columns for name in names) else []


def payments_only(reading: Reading, lines: pl.DataFrame, drafts: Drafts) -> pl.DataFrame:
    """Lines of payments, with `kind_of` beside; what is of another type, or not posted, counts as other."""
    profile = reading.profile
    word = reading.text("kind").str.to_lowercase().fill_null("")
    posted = reading.text("posting").str.to_lowercase().fill_null("y").is_in(["y", "yes"])
    kinds = dict(profile.kinds)
    kind = word.replace_strict(kinds, default="payment", return_dtype=pl.String) if kinds else pl.lit("payment")
    known = posted & ((word == "") | word.is_in(list(kinds)) if kinds else pl.lit(True))
    lines = lines.with_columns(word=word, kind_of=kind, known=known)
    other = lines.filter(~pl.col("known"))
    drafts.other += other.height
    for said in other["word"].unique(maintain_order=True) if profile.other_note else ():
        note = profile.other_note.get(said)
        if note and note not in drafts.notes:
            drafts.notes.append(note)
    return lines.filter("known").drop("known")


def learn_names(reading: Reading, lines: pl.DataFrame, facts: Facts) -> None:
    """The companies that lines name, and whether every name begins with an id."""
    facts.companies.update(lines.select(reading.company.drop_nulls().unique()).to_series())
    if reading.profile.prefixed_names:
        facts.named &= lines.select(reading.text("name").drop_nulls().str.contains(ID_FIRST.pattern).all()).item()


def with_names(reading: Reading, lines: pl.DataFrame, settled: Settled) -> pl.DataFrame:
    """With `company`, and `vendor_id` and `vendor_name` taken from the one name that holds both; `slow` where odd."""
    profile, said = reading.profile, reading.options.mapping
    asked = said.name_prefix_ids if said else None
    split = asked if asked is not None else profile.prefixed_names and settled.named
    own = reading.text("name")
    told = lines.select("row", own=pl.when(own.ne_missing(reading.text("vendor_id"))).then(own))
    told = _read_names(told.select("own"), profile)
    name = told["name"]
    only, else_ = settled.company
    return lines.with_columns(
        company=pl.lit(only) if only else reading.company.fill_null(else_),
        vendor_id=pl.coalesce(reading.text("vendor_id"), told["identity"] if split else pl.lit(None)),
        vendor_name=pl.coalesce(reading.text("vendor_name"), pl.coalesce(told["rest"], name) if split else name),
        slow=pl.col("odd") | pl.col("bad") | (name == "").fill_null(False),
    )


def _read_names(told: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """`name` without what the ERP writes before it, and its two parts; each name once, for few differ."""
    name = pl.col("own").str.replace(in_rust(profile.name_prefix), "") if profile.name_prefix else pl.col("own")
    parts = name.str.extract_groups(ID_FIRST.pattern).struct
    known = told.unique().with_columns(name=name, identity=parts.field("1"), rest=parts.field("2"))
    return told.join(known, on="own", how="left", nulls_equal=True, maintain_order="left")


def together(reading: Reading, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines with `own_id` (null where the file has no key), `group` and `hash` of their key; and those without key.

    `group` numbers payments by their first line.
    """
    names = reading.key
    parts = [pl.col(name) for name in names]
    if names:
        lost = pl.any_horizontal(part.is_null() for part in parts)
        lines, without = lines.filter(~lost), lines.filter(lost)
        # Two keys may be joined to the same text only where a part holds the joint.
        joint = pl.any_horizontal(part.str.contains("|", literal=True) for part in parts) if len(parts) > 1 else NO
        lines = lines.with_columns(own_id=pl.concat_str(parts, separator="|"), slow=pl.col("slow") | joint)
    else:
        without = lines.clear()
        lines = lines.with_columns(own_id=pl.lit(None, pl.String))
        parts = _apart(reading, lines)
    key = pl.concat_str([pl.col("company"), *(part.fill_null("\x00") for part in parts)], separator="\x1f")
    lines = lines.with_columns(key=key)
    lines = lines.with_columns(group=(pl.col("key") != pl.col("key").shift(1)).fill_null(True).cum_sum())
    heads = lines.filter(pl.col("group").is_first_distinct()).select("group", "key")
    if heads["key"].is_duplicated().any():
        first = heads.select("group", first=pl.col("group").min().over("key"))
        lines = lines.join(first, on="group", how="left", maintain_order="left")
        lines = lines.drop("group").rename({"first": "group"})
    return lines.with_columns(hash=pl.col("key").hash()).drop("key"), without.with_columns(
        own_id=pl.lit(None, pl.String)
    )


def _apart(reading: Reading, lines: pl.DataFrame) -> list[pl.Expr]:
    """What makes two lines of a list without keys one payment: equal heads, unless each is whole by itself."""
    several = reading.text("applied_amount").str.contains(SEVERAL.pattern).any()
    if lines.select(several).item():
        raise NotByColumns
    paid, applied = (
        reading.text(name).fill_null("").str.replace_all("[^0-9]", "").str.strip_chars_start("0")
        for name in ("payment_amount", "applied_amount")
    )
    whole = (reading.text("payment_amount").is_not_null() & (paid == applied)) | pl.lit(reading.profile.one_per_row)
    row = pl.when(whole).then(pl.col("row").cast(pl.String))
    return [*(reading.text(name) for name in APART), pl.col("block").cast(pl.String), row]
