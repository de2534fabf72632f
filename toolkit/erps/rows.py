"""Lines of a table to payments: which lines are payments, whose they are, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from toolkit.erps.assemble import assemble
from toolkit.erps.base import Extract, LoadOptions, SourceFile
from toolkit.erps.draft import Drafts
from toolkit.erps.grouping import ID_FIRST, company_of, draft_payments
from toolkit.erps.header import whole
from toolkit.erps.hollow import hidden_parts
from toolkit.erps.large import read_large
from toolkit.erps.mapping import mapped
from toolkit.erps.markup import is_markup
from toolkit.erps.profile import Profile
from toolkit.erps.replies import reply_lines
from toolkit.erps.sheets import is_workbook
from toolkit.erps.table import Line, header_of, lines_of
from toolkit.erps.text import encoding_of, ends_with_a_line, looks_like_json


def read_table(profile: Profile, file: SourceFile, options: LoadOptions) -> Extract:
    """Read one table by its ERP's profile and the site's mapping, and say what is odd about the file itself."""
    extract = _read(profile, file, options)
    return replace(extract, notes=(*extract.notes, *_of_the_file(file, options, extract)))


def _of_the_file(file: SourceFile, options: LoadOptions, extract: Extract) -> list[str]:
    if is_workbook(file):
        return hidden_parts(file)
    encoding = encoding_of(file, options.mapping.encoding if options.mapping else None)
    notes = [] if encoding.startswith("utf-8") or is_markup(file) else [f"The file was read as {encoding}."]
    short = extract.quarantine.filter(pl.col("reason").str.starts_with("has "))["source_row"]
    row = max(short, default=0)
    if row and not extract.good_rows.filter(pl.col("source_row") > row).height and not ends_with_a_line(file):
        notes.append(f"The file ends within row {row}, which is short: it may have been cut.")
    return notes


def _read(profile: Profile, file: SourceFile, options: LoadOptions) -> Extract:
    profile = mapped(profile, options.mapping)
    if options.mapping and profile.erp == "generic" and "payment_amount" not in options.mapping.columns:
        profile = replace(profile, amount="lines")
    drafts = Drafts(mark=options.mapping.decimal if options.mapping else None)
    if looks_like_json(file):
        profile = replace(profile, unsigned=profile.unsigned_replies)
        found = reply_lines(file, profile, options, drafts)
    else:
        header = header_of(file, profile, options)
        if (extract := read_large(profile, file, options, header)) is not None:
            return extract
        found = lines_of(file, profile, whole(file, header, options), options, drafts)
    drafts.column = [text for line in found.lines if (text := line.cells.get(profile.total_of or ""))]
    lines = [line for line in found.lines if _is_payment(line, profile, drafts)]
    _split_names(lines, profile, options)
    draft_payments(replace(found, lines=lines), _companies(file, lines, profile, options), profile, drafts)
    return assemble(profile.erp, file, options, drafts)


def _is_payment(line: Line, profile: Profile, drafts: Drafts) -> bool:
    """A payment's line; a row of another document type, or not posted, is counted as other."""
    word = (line.cells.get("kind") or "").lower()
    posted = (line.cells.get("posting") or "y").lower() in ("y", "yes")
    if posted and (not profile.kinds or not word or word in profile.kinds):
        return True
    drafts.other += 1
    if word in profile.other_note and profile.other_note[word] not in drafts.notes:
        drafts.notes.append(profile.other_note[word])
    return False


def _split_names(lines: Sequence[Line], profile: Profile, options: LoadOptions) -> None:
    """`V-0056 Ridgeline` is id and name where every name in the column begins so."""
    names = [name for line in lines if (name := line.cells.get("name"))]
    said = options.mapping.name_prefix_ids if options.mapping else None
    split = said if said is not None else profile.prefixed_names and all(ID_FIRST.match(name) for name in names)
    for line in lines:
        name = line.cells.get("name") if line.cells.get("name") != line.cells.get("vendor_id") else None
        if profile.name_prefix and name:
            name = profile.name_prefix.sub("", name)
        match = ID_FIRST.match(name or "") if split else None
        found = {"vendor_id": match[1], "vendor_name": match[2]} if match else {"vendor_name": name}
        line.cells |= {key: line.cells.get(key) or text for key, text in found.items()}


def _companies(file: SourceFile, lines: Sequence[Line], profile: Profile, options: LoadOptions) -> dict[int, str]:
    """The company of each line, by its row: the file's own column, else what was said."""
    told = {line.row.number: line.cells.get("erp_company") or line.cells.get("entity") for line in lines}
    only, else_ = company_of(file, sorted({name for name in told.values() if name}), profile, options)
    return {row: only or name or else_ for row, name in told.items()}
