"""A large text table, read in blocks: plain payments by whole columns, the others record by record.

What the first block proves of the file is taken to hold for all of it; where the end says otherwise, the
file is read once more with what was learnt. A payment that reaches over a block's end waits for the next.
Payments that are not plain wait for the end, where they are read like those of a small file, beside the
sums of all others. Longer than other modules, because what one walk remembers stands together.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import polars as pl

from toolkit import money, schemas
from toolkit.erps.assemble import DEFAULT_COMPANY, assemble
from toolkit.erps.base import HEAD, Extract, LoadOptions, RowCounts, SourceFile
from toolkit.erps.blocks import dialect_of, records_in_blocks
from toolkit.erps.canonical_columns import (
    canonical_applications,
    canonical_payments,
    identities,
    key_of_twins,
)
from toolkit.erps.draft import Drafts, Row
from toolkit.erps.facts import Facts, Settled, settle
from toolkit.erps.grouping import company_of, draft_payments
from toolkit.erps.header import Header
from toolkit.erps.markup import is_markup
from toolkit.erps.plain import Reading, learn_names, payments_only, together, with_names
from toolkit.erps.profile import Profile
from toolkit.erps.sheets import is_workbook
from toolkit.erps.sorting import NotByColumns, Passed, Sorter
from toolkit.erps.table import Found, Line, check_ending, count_above, row_of
from toolkit.erps.typed_columns import Typed, heads_of, learn, type_columns
from toolkit.errors import RefusedFile

# A smaller file is read record by record: that is quick enough.
SMALL = HEAD
BLOCK = 12 * 1024**2
WHOLE = -1


class Scattered(Exception):
    """A payment's lines do not stand together, so that no block can be finished before the file's end."""


def read_large(profile: Profile, file: SourceFile, options: LoadOptions, header: Header) -> Extract | None:
    """Read a text table by columns; None where it is small, no text, or only a walk from record to record can read it.

    RefusedFile as for any other file.
    """
    if len(file.head) < SMALL or is_workbook(file) or is_markup(file):
        return None
    encoding = options.mapping.encoding if options.mapping else None
    dialect = dialect_of(file, encoding, len(header.records[header.place].cells))
    reading = Reading(file, profile, options, frozenset(header.columns))
    sorter = Sorter(profile, header, dialect)
    try:
        try:
            return _read(reading, sorter, BLOCK if file.spool else WHOLE)
        except Scattered:
            return _read(reading, sorter, WHOLE)
    except NotByColumns:
        return None


def _read(reading: Reading, sorter: Sorter, size: int) -> Extract:
    first = Walk(reading, sorter)
    first.run(size)
    settled = settle(first.facts, reading.file, reading.profile, reading.options, first.drafts.labels)
    missed = settled.twins if first.blocks > 1 else ()
    if first.settled is not None and first.settled.is_as(settled) and not missed:
        return first.extract()
    for folder in first.spooled:
        rmtree(folder)
    again = Walk(reading, sorter, settled)
    again.run(size)
    return again.extract()


NO_COUNTS = RowCounts(0, 0)
Frames = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


@dataclass
class Walk:
    """One reading of the whole file. `settled` is what holds for it: given, or what its first block proves."""

    reading: Reading
    sorter: Sorter
    settled: Settled | None = None
    facts: Facts = field(default_factory=Facts)
    drafts: Drafts = field(default_factory=Drafts)
    passed: Passed = field(default_factory=Passed)
    blocks: int = 0
    # Lines of the payment that the next block may go on with, and totals that may be its own.
    waiting: pl.DataFrame = field(default_factory=pl.DataFrame)
    totals: pl.DataFrame = field(default_factory=pl.DataFrame)
    slow: list[pl.DataFrame] = field(default_factory=list)
    slow_totals: list[pl.DataFrame] = field(default_factory=list)
    seen: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"hash": pl.UInt64}))
    before: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"hash": pl.UInt64, "times": pl.Int64}))
    plain: list[Frames] = field(default_factory=list)
    spooled: list[Path] = field(default_factory=list)

    def run(self, size: int) -> None:
        """From the first record to the last."""
        header, mapping = self.sorter.header, self.reading.options.mapping
        self.drafts.mark = mapping.decimal if mapping else None
        count_above(header, self.drafts)
        under = pl.col("row") > header.records[header.place].row
        blocks = records_in_blocks(self.reading.file, self.sorter.dialect, size)
        block = next(blocks, None)
        while block is not None:
            following = next(blocks, None)
            self._block(block.filter(under), last=following is None)
            block = following
        is_cut = self.sorter.is_cut(self.passed)
        check_ending(self.reading.file, self.reading.options, self.drafts, is_cut=is_cut)

    def _block(self, records: pl.DataFrame, *, last: bool) -> None:
        found = self.sorter.sort(records, self.passed, self.drafts)
        self.passed = found.passed
        lines = payments_only(self.reading, found.lines, self.drafts)
        learn_names(self.reading, lines, self.facts)
        named = with_names(self.reading, lines, self.settled or self._guess())
        lines, without = together(self.reading, _stacked(self.waiting, named))
        lines, totals = self._cut(lines, without, _stacked(self.totals, found.stated), last=last)
        typed = heads_of(self.reading, lines)
        totals = totals.with_columns(at=typed.payments["group"].search_sorted(totals["group"]).cast(pl.UInt32))
        learn(self.reading, typed, totals["text"], self.facts)
        if self.blocks == 0 and self.settled is None:
            self.settled = self._proved()
        self.blocks += 1
        if self.settled is not None:
            self._column(found.lines, self.settled)
            self._take(typed, totals, self.settled)
            self.slow.append(without)

    def _guess(self) -> Settled:
        """Enough to tell payments apart while it is not proved what the file means."""
        reading, named = self.reading, sorted(self.facts.companies)
        try:
            company = company_of(reading.file, named, reading.profile, reading.options)
        except RefusedFile:
            company = (None, DEFAULT_COMPANY)
        return Settled({}, {}, company, self.facts.named)

    def _proved(self) -> Settled | None:
        """What the first block proves; None where only more of the file can."""
        reading = self.reading
        try:
            return settle(self.facts, reading.file, reading.profile, reading.options, self.drafts.labels)
        except RefusedFile:
            return None

    def _cut(
        self, lines: pl.DataFrame, without: pl.DataFrame, totals: pl.DataFrame, *, last: bool
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Lines of payments that are whole, and the totals under them; the rest waits for the next block."""
        own = [name for name in lines.columns if name not in ("group", "hash", "own_id")]
        under = _stacked(lines.select("block", "row"), without.select("block", "row"))
        under = under.group_by("block").agg(pl.col("row").max().alias("above"))
        ends = lines.filter(pl.col("group").is_last_distinct()).select(above="row", group="group")
        told = totals.join(under, on="block").join(ends, on="above").drop("above").sort("row")
        if last or lines.is_empty():
            return lines, told
        open_ = lines["group"][-1]
        self.waiting = lines.filter(pl.col("group") == open_).select(own)
        self.totals = totals.filter(pl.col("block") >= self.waiting["block"].min())
        return lines.filter(pl.col("group") != open_), told.filter(pl.col("group") != open_)

    def _column(self, lines: pl.DataFrame, settled: Settled) -> None:
        """Add to the plain sum of the column that the file's totals add up."""
        name = self.reading.profile.total_of
        if name not in self.reading.columns or lines.is_empty():
            return
        mark = settled.marks.get("payment_amount") or settled.marks.get("applied_amount") or "."
        figures = money.parse_amounts(lines[name], 2, mark)["amount"].drop_nulls()
        if len(figures):
            self.drafts.aside.column = (self.drafts.aside.column or 0) + _sum(figures)

    def _take(self, typed: Typed, totals: pl.DataFrame, settled: Settled) -> None:
        """Type whole payments; keep the plain ones, and lay the others aside."""
        reading = self.reading
        known = typed.payments.select("hash")
        if self.seen.height and self.seen.join(known, on="hash", how="semi").height:
            raise Scattered
        self.seen = pl.concat([self.seen, known])
        typed = type_columns(reading, typed, totals, settled)
        if not reading.key:
            ids, self.before = identities(typed, self.before)
            typed = Typed(typed.payments.with_columns(ids), typed.lines)
        typed = self._with_twins(typed, settled)
        typed, payments, applications = self._valid(typed)
        slow = typed.payments["slow"].gather(typed.lines["at"])
        ids = typed.payments["own_id"].gather(typed.lines["at"])
        lines = typed.lines.with_columns(own_id=ids, slow=slow)
        self.slow.append(lines.filter("slow"))
        told = totals.with_columns(slow=typed.payments["slow"].gather(totals["at"]))
        self.slow_totals.append(told.filter("slow"))
        rows = lines.filter(~pl.col("slow")).select(erp_company="company", payment_id="own_id", source_row="row")
        self._add(payments, applications, rows)

    def _with_twins(self, typed: Typed, settled: Settled) -> Typed:
        """What a reversal may undo is read beside it."""
        if not self.reading.profile.twins:
            return typed
        heads = typed.payments.with_columns(twin=key_of_twins(self.reading))
        kinds = pl.col("kind_of").is_in(["payment", "reversal"])
        undoes = heads.filter(
            kinds & pl.col("twin").is_not_null() & ~(pl.col("payment_amount_typed") > 0).fill_null(False)
        )
        self.facts.twins.update(undoes["twin"])
        every = sorted(self.facts.twins | settled.twins)
        both = pl.col("twin").is_in(every).fill_null(False)
        return Typed(heads.with_columns(slow=pl.col("slow") | both) if every else heads, typed.lines)

    def _valid(self, typed: Typed) -> tuple[Typed, pl.DataFrame, pl.DataFrame]:
        """Plain payments and their applications; what breaks a table's rules is not plain."""
        reading = self.reading
        plain = ~typed.payments["slow"]
        ids = typed.payments["own_id"].gather(typed.lines["at"])
        chosen = plain.gather(typed.lines["at"])
        lines = typed.lines.with_columns(own_id=ids).filter(chosen)
        applications = canonical_applications(reading, Typed(typed.payments, lines))
        payments = canonical_payments(reading, Typed(typed.payments.filter(plain), typed.lines))
        broken = pl.concat(
            schemas.validate(table, frame)[1].select("erp_company", "payment_id")
            for table, frame in ((schemas.Payments, payments), (schemas.Applications, applications))
        )
        if broken.is_empty():
            return typed, payments, applications
        slow = typed.payments.select(company="company", payment_id="own_id").join(
            broken.unique().rename({"erp_company": "company"}).with_columns(broken=True),
            on=["company", "payment_id"],
            how="left",
            maintain_order="left",
        )["broken"]
        return self._valid(Typed(typed.payments.with_columns(slow=pl.col("slow") | slow.fill_null(False)), typed.lines))

    def _add(self, payments: pl.DataFrame, applications: pl.DataFrame, rows: pl.DataFrame) -> None:
        aside = self.drafts.aside
        aside.rows += rows.height
        aside.payments += payments.height
        living = pl.col("payment_amount").filter(~pl.col("status").is_in(schemas.DEAD))
        sums = payments.group_by("bank_account_id").agg(
            alive=living.cast(pl.Int128).sum(), every=pl.col("payment_amount").cast(pl.Int128).sum()
        )
        for bank, alive, every in sums.iter_rows():
            aside.alive[bank] += int(alive)
            aside.every[bank] += int(every)
        self.plain.append((payments, applications, rows))
        spool = self.reading.file.spool
        if spool and self.blocks > 1:
            self._spool(spool)

    def _spool(self, spool: Path) -> None:
        """Lay a part on the disk: another one is here."""
        payments, applications, rows = self.plain.pop(0)
        part = Extract(self.reading.profile.erp, payments, applications, NO_COUNTS, good_rows=rows)
        folder = Path(mkdtemp(dir=spool))
        part.spool(folder)
        self.spooled.append(folder)

    def extract(self) -> Extract:
        """What was read: the payments laid aside beside the plain ones."""
        reading = self.reading
        if self.settled is not None:
            self.drafts.marks, self.drafts.orders = dict(self.settled.marks), dict(self.settled.orders)
        self._draft_slow()
        found = assemble(reading.profile.erp, reading.file, reading.options, self.drafts)
        payments, applications, rows = (pl.concat(frames) for frames in zip(*self.plain, strict=True))
        return replace(
            found,
            payments=pl.concat([payments, found.payments]),
            applications=pl.concat([applications, found.applications]),
            good_rows=pl.concat([rows, found.good_rows]),
            earlier=tuple(self.spooled),
        )

    def _draft_slow(self) -> None:
        """Payments that are not plain as drafts, in the order of the file."""
        reading, sorter = self.reading, self.sorter
        names = [*reading.columns, *(["name"] if reading.profile.groups else []), "vendor_id", "vendor_name"]
        frames = [
            frame.select(
                "row", "line", "block", "company", "own_id", *(n for n in dict.fromkeys(names) if n in frame.columns)
            )
            for frame in self.slow
        ]
        found = Found(columns=sorter.header.columns)
        companies: dict[int, str] = {}
        ids: dict[int, str | None] = {}
        for row in _stacked(*frames).sort("row").iter_rows(named=True) if frames else ():
            number, line, block = row.pop("row"), row.pop("line"), row.pop("block")
            companies[number], ids[number] = row.pop("company"), row.pop("own_id")
            record = sorter.dialect.record_of(number, line)
            found.lines.append(Line(row_of(record, sorter.dialect.width), row, block))
        name = "applied_amount" if reading.profile.amount == "lines" else "payment_amount"
        for frame in self.slow_totals:
            for block, number, line, text in frame.select("block", "row", "line", "text").iter_rows():
                found.stated[block] = (Row(number, line), {name: text})
        draft_payments(found, companies, reading.profile, self.drafts)
        for payment in self.drafts.payments:
            payment.key = (payment.key[0], payment.key[1] or ids[payment.rows[0].number] or "")


def _stacked(*frames: pl.DataFrame) -> pl.DataFrame:
    """One frame of those that have columns."""
    return pl.concat(frame for frame in frames if frame.width)


def _sum(figures: pl.Series) -> int:
    return int(figures.cast(pl.Int128).sum())
