"""Blocks of records to lines by whole columns: the same sorting as `toolkit.erps.table`, for large files.

What stands in no table that Tieout knows (two headings that close each other) raises `NotByColumns`:
such a file is sorted record by record. Longer than other modules, because it is one walk down a table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import polars as pl

from toolkit.erps.blocks import Dialect
from toolkit.erps.dates import DATED
from toolkit.erps.draft import Control, Drafts
from toolkit.erps.header import Header, labels_of
from toolkit.erps.profile import Profile
from toolkit.erps.table import BILL, TOTALLED, amount_of_total, own_cells, says
from toolkit.erps.text import Record

# The group of what stands in none.
CLOSED = "\x00"
CLOSES = "(?m)^Total for (.*)$"


class NotByColumns(Exception):
    """A file with what only a walk from record to record can sort."""


@dataclass(frozen=True)
class Passed:
    """What stood above a block: the open group, totals of payments, whether any of the list, the last head's cells."""

    group: str = CLOSED
    block: int = 0
    ended: bool = False
    above: dict[str, str | None] = field(default_factory=dict)
    seen: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"one": pl.UInt64, "two": pl.UInt64}))


@dataclass(frozen=True)
class Sorted:
    """The lines of a block by canonical name, the totals of single payments, and what the next block must know.

    `lines` has `row`, `line`, `odd`, `bad` (another count of cells), `block`; `stated` has `block`,
    `row`, `line`, `text`.
    """

    lines: pl.DataFrame
    stated: pl.DataFrame
    passed: Passed


def in_rust(pattern: re.Pattern[str]) -> str:
    """A profile's pattern for whole columns; `^` and `$` are a cell's, cells being parted by line ends."""
    return f"(?m{'i' if pattern.flags & re.IGNORECASE else ''}){pattern.pattern}"


@dataclass(frozen=True)
class Sorter:
    """Sorts the records of one table."""

    profile: Profile
    header: Header
    dialect: Dialect

    def sort(self, records: pl.DataFrame, passed: Passed, drafts: Drafts) -> Sorted:
        """Count in `drafts` what is no line, and return the lines."""
        seen = self._stripped(records)
        drafts.rows_seen += seen.height
        full = seen.filter(pl.col("filled") > 0)
        drafts.blank += seen.height - full.height
        full = self._what(full)
        if self.profile.groups:
            full = _grouped(full, passed.group)
        subtotal = (pl.col("what") == "subtotal").cast(pl.Int64)
        full = full.with_columns(block=subtotal.cum_sum() - subtotal + passed.block)
        lines, other = full.filter(pl.col("what") == "line"), full.filter(pl.col("what") != "line")
        drafts.furniture += other.height
        stated = other.filter(pl.col("what") == "subtotal")
        ended = self._count_totals(other.filter(pl.col("what") == "total"), drafts)
        group = full["group"][-1] if self.profile.groups and full.height else passed.group
        passed = replace(passed, group=group, block=passed.block + stated.height, ended=passed.ended or ended)
        lines, passed = self._once(lines, passed, drafts)
        lines, passed = self._named(lines, passed)
        return Sorted(lines, self._stated(stated), passed)

    def is_cut(self, passed: Passed) -> bool:
        """Does the table end inside a group, or before the total it should have?"""
        if self.profile.total:
            return (passed.block > 0 or self.profile.ends_with_total) and not passed.ended
        return passed.group != CLOSED

    def _stripped(self, records: pl.DataFrame) -> pl.DataFrame:
        """Cells without blanks around, `bad` and `filled` beside; odd records by Python's own rules."""
        names, width = self.dialect.cells, self.dialect.width
        bare = [pl.col(name).str.strip_chars(" \t") for name in names]
        more = pl.when(pl.col("width") > width).then("line").otherwise(pl.lit(""))
        whole = pl.concat_str([pl.col("width").cast(pl.String), *names, more], separator="\x1f")
        cells = records.with_columns(
            *([whole.hash(1).alias("one"), whole.hash(2).alias("two")] if self._repeats_count else []),
            *bare,
            bad=pl.col("width") != width,
            filled=pl.sum_horizontal((one != "").cast(pl.Int64) for one in bare),
        )
        odd = records.filter("odd")
        if odd.is_empty():
            return cells
        found = [self.dialect.record_of(row, line) for row, line in odd.select("row", "line").iter_rows()]
        texts = [[cell.strip() for cell in record.cells] for record in found]
        patch = odd.select("row").with_columns(
            pl.Series("bad", [own_cells(record, width) != width for record in found], dtype=pl.Boolean),
            pl.Series("filled", [sum(1 for text in row if text) for row in texts], dtype=pl.Int64),
            *(
                pl.Series(name, [row[at] if at < len(row) else "" for row in texts], dtype=pl.String)
                for at, name in enumerate(names)
            ),
        )
        apart = cells.filter("odd").drop("bad", "filled", *names).join(patch, on="row")
        return pl.concat([cells.filter(~pl.col("odd")), apart.select(cells.columns)]).sort("row")

    def _what(self, full: pl.DataFrame) -> pl.DataFrame:
        """`what` each record is (line, header, subtotal, total, furniture, single), and the group it `closes`."""
        at = self.header.columns.get("payment_date")
        undated = ~pl.col(f"c{at}").str.contains(DATED) if at is not None else pl.lit(True)
        joined = pl.concat_str(self.dialect.cells, separator="\n")
        loose = full.filter(undated).with_columns(what=self._said(joined), closes=joined.str.extract(CLOSES))
        labels = labels_of(self.header.records[self.header.place])
        first = next(place for place, label in enumerate(labels) if label)
        begins = pl.col(f"c{first}").str.to_lowercase().str.starts_with(labels[first].split(" ")[0])
        by_hand = loose.filter(pl.col("odd") | begins).select("row", "line").iter_rows()
        known = [(row, *self._by_hand(self.dialect.record_of(row, line), labels)) for row, line in by_hand]
        if known:
            schema = {"row": pl.Int64, "what": pl.String, "closes": pl.String}
            fixed = pl.DataFrame(known, schema=schema, orient="row")
            rest = loose.select("row", "what", "closes").join(fixed, on="row", how="anti")
            loose = pl.concat([rest, fixed])
        found = full.join(loose.select("row", "what", "closes"), on="row", how="left", maintain_order="left")
        return found.with_columns(pl.col("what").fill_null("line"))

    def _said(self, joined: pl.Expr) -> pl.Expr:
        """The kind of a record without date, by its words."""
        nothing = pl.lit(False)
        patterns = (self.profile.subtotal, self.profile.total, self.profile.furniture)
        subtotal, total, furniture = (joined.str.contains(in_rust(one)) if one else nothing for one in patterns)
        single = (pl.col("filled") == 1) if self.profile.groups else nothing
        words = pl.when(subtotal).then(pl.lit("subtotal")).when(total).then(pl.lit("total"))
        return (
            words.when(furniture)
            .then(pl.lit("furniture"))
            .when(single)
            .then(pl.lit("single"))
            .otherwise(pl.lit("line"))
        )

    def _by_hand(self, record: Record, labels: list[str]) -> tuple[str, str | None]:
        if labels_of(record) == labels:
            return "header", None
        texts = [cell.strip() for cell in record.cells]
        closes = next((text.removeprefix("Total for ") for text in texts if text.startswith("Total for ")), None)
        for what in ("subtotal", "total", "furniture"):
            pattern = getattr(self.profile, what)
            if pattern and says(record, pattern) is not None:
                return what, closes
        return "single" if self.profile.groups and sum(map(bool, texts)) == 1 else "line", closes

    def _count_totals(self, totals: pl.DataFrame, drafts: Drafts) -> bool:
        """Note what the list says that it comes to; does it say so at all?"""
        pattern = self.profile.total
        for row, line in totals.select("row", "line").iter_rows():
            record = self.dialect.record_of(row, line)
            text = amount_of_total(self._cells(record), record)
            if pattern and text:
                drafts.controls.append(Control(text, says(record, pattern) or None))
        return totals.height > 0

    def _cells(self, record: Record) -> dict[str, str | None]:
        return {
            name: (record.cells[at].strip() or None) if at < len(record.cells) else None
            for name, at in self.header.columns.items()
        }

    def _stated(self, subtotals: pl.DataFrame) -> pl.DataFrame:
        """The figure of each payment's own total."""
        places = [f"c{self.header.columns[name]}" for name in TOTALLED if name in self.header.columns]
        text = pl.coalesce([pl.col(name).replace("", None) for name in places]) if places else pl.lit(None, pl.String)
        found = subtotals.select("block", "row", "line", text=text)
        loose = found.filter(pl.col("text").is_null())
        if loose.is_empty():
            return found
        records = [self.dialect.record_of(row, line) for row, line in loose.select("row", "line").iter_rows()]
        texts = pl.Series("text", [amount_of_total({}, record) for record in records], dtype=pl.String)
        return pl.concat([found.drop_nulls("text"), loose.with_columns(texts)]).sort("row")

    @property
    def _repeats_count(self) -> bool:
        return not self.profile.fill_down and not self.profile.one_per_row

    def _once(self, lines: pl.DataFrame, passed: Passed, drafts: Drafts) -> tuple[pl.DataFrame, Passed]:
        """A record that stood before is a duplicate, where equal records cannot be two payments."""
        if not self._repeats_count:
            return lines, passed
        fresh = lines.filter(pl.struct("one", "two").is_first_distinct())
        # The block is what is looked up in: a table of all that was seen would grow with the file.
        again = passed.seen.join(fresh, on=["one", "two"], how="semi")
        if again.height:
            fresh = fresh.join(again, on=["one", "two"], how="anti", maintain_order="left")
        drafts.duplicate += lines.height - fresh.height
        return fresh, replace(passed, seen=pl.concat([passed.seen, fresh.select("one", "two")]))

    def _named(self, lines: pl.DataFrame, passed: Passed) -> tuple[pl.DataFrame, Passed]:
        """Cells by canonical name, blank ones null; what stands above repeated where the ERP leaves it out."""
        columns = {name: pl.col(f"c{at}").replace("", None) for name, at in self.header.columns.items()}
        if self.profile.groups and "name" not in columns:
            columns["name"] = pl.col("group").replace(CLOSED, None)
        named = lines.select("row", "line", "odd", "bad", "block", **columns)
        return self._filled(named, passed) if self.profile.fill_down else (named, passed)

    def _filled(self, named: pl.DataFrame, passed: Passed) -> tuple[pl.DataFrame, Passed]:
        first = self.profile.key[0]
        own = [name for name in self.header.columns if name not in BILL]
        place = pl.when(pl.col(first).is_not_null()).then(pl.int_range(pl.len()))
        named = named.with_columns(head=place.forward_fill())
        heads = named.select(pl.col(own).gather(named["head"]))
        above = [
            pl.when(pl.col("head").is_null()).then(pl.lit(passed.above.get(name), pl.String)).otherwise(heads[name])
            for name in own
        ]
        filled = named.with_columns(
            pl.coalesce(pl.col(name), text).alias(name) for name, text in zip(own, above, strict=True)
        ).drop("head")
        last = named["head"][-1] if named.height else None
        if last is not None:
            passed = replace(passed, above=named.select(own).row(last, named=True))
        return filled, passed


def _grouped(full: pl.DataFrame, group: str) -> pl.DataFrame:
    """The `group` that each record stands in; the total that names a group ends it."""
    heads = (pl.col("what") == "single") & (pl.col("c0") != "") & pl.col("closes").is_null()
    full = full.with_columns(heading=pl.when(heads).then("c0"))
    above = pl.col("heading").forward_fill().fill_null(group)
    full = full.with_columns(
        ends=(pl.col("closes") == above).fill_null(False),
        after=pl.col("heading").is_not_null().cum_sum(),
    )
    strange = (pl.col("what") == "single") & pl.col("closes").is_not_null() & ~pl.col("ends")
    twice = full.filter("ends")["after"]
    if full.filter(strange).height or twice.n_unique() != len(twice):
        raise NotByColumns
    return full.with_columns(
        what=pl.when("ends").then(pl.lit("close")).otherwise("what"),
        group=pl.when("ends").then(pl.lit(CLOSED)).otherwise("heading").forward_fill().fill_null(group),
    )
