"""Procore's own lists as files: commitments, subcontractor invoices, Payments Issued; for those without API access.

A list has no ids, so a commitment is known by its project and number, a claim by these and its
invoice number, an issued payment by these with its check number and date; what is read has the
shapes of a pull. A run over it can say what is wrong, and nothing can be pushed on it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl

from toolkit import money, schemas
from toolkit.erps.base import QUARANTINE, Export, Extract, LoadOptions, RowCounts, SourceFile
from toolkit.erps.dates import date_order, read_date
from toolkit.erps.draft import Drafts
from toolkit.erps.header import find_header, labels_of, whole
from toolkit.erps.mapping import mapped
from toolkit.erps.procore_lists import CLAIMS, COMMITMENTS, ISSUED_PAYMENTS, SYNCED, TOTAL, List
from toolkit.erps.profile import Profile
from toolkit.erps.table import Line, header_of, lines_of
from toolkit.errors import RefusedFile

LISTS = (ISSUED_PAYMENTS, CLAIMS, COMMITMENTS)
WORDS = {"revise_&_resubmit": "revise_and_resubmit"}
Cells = dict[str, Any]


def _known(file: SourceFile, options: LoadOptions) -> list[tuple[List, Profile]]:
    """The lists whose columns the file has: one, unless a workbook holds several."""
    said = set(options.mapping.columns if options.mapping else {})
    asked = [(one, mapped(one.profile, options.mapping)) for one in LISTS if said <= set(one.profile.headers)]
    found = [(one, profile, find_header(file, profile, options)) for one, profile in asked]
    return [
        (one, profile)
        for one, profile, header in found
        if header and (options.mapping or not set(labels_of(header.records[header.place])) & set(one.never))
    ]


def recognises(file: SourceFile) -> bool:
    """A table with the columns of one of the three lists."""
    return bool(_known(file, LoadOptions()))


def read(file: SourceFile, options: LoadOptions) -> Extract:
    """Read one list. RefusedFile where it holds several, or does not say its project and nobody did."""
    known = _known(file, options)
    if len(known) != 1:
        names = " and ".join(one.name.replace("_", " ") for one, _ in known)
        lacks = "lacks the columns of Procore's commitments, invoices or Payments Issued."
        raise RefusedFile(file.name, f"holds {names}; keep one list per file." if known else lacks)
    one, profile = known[0]
    drafts = Drafts(mark=options.mapping.decimal if options.mapping else None)
    header = whole(file, header_of(file, profile, options), options)
    lines = _rows(lines_of(file, profile, header, options, drafts).lines, profile, drafts)
    _place(file, lines, options)
    for name in one.amounts:
        _type_amounts(file, lines, name, drafts)
    for name in one.dates:
        _type_dates(file, lines, name, drafts, options)
    _demand(lines, one)
    for line in lines:
        line.cells = _row(one, line.cells)
    _once(lines, one, drafts)
    return _extract(one, lines, drafts, options)


def _rows(lines: list[Line], profile: Profile, drafts: Drafts) -> list[Line]:
    """The lines without those of totals: a row that says so and lacks what a row has; a company may be called Total."""

    def is_total(line: Line) -> bool:
        says = any(TOTAL.match(text) for text in line.cells.values() if text)
        return says and not all(line.cells.get(name) for name in profile.needed)

    kept = [line for line in lines if not is_total(line)]
    drafts.furniture += len(lines) - len(kept)
    return kept


def _place(file: SourceFile, lines: list[Line], options: LoadOptions) -> None:
    """Every row's project: its own column's, else the one that was said; and its currency."""
    own = {text for line in lines if (text := line.cells.get("project_number"))}
    if options.project and own - {options.project}:
        other = min(own - {options.project})
        raise RefusedFile(file.name, f"its project column says {other!r} but --project says {options.project!r}.")
    for line in lines:
        line.cells["project_number"] = line.cells.get("project_number") or options.project
        line.cells["currency_code"] = (line.cells.get("currency_code") or options.currency or "").upper() or None
        if not line.cells["project_number"]:
            raise RefusedFile(file.name, "does not say its project; say it with --project NUMBER.", line.row.number)


def _type_amounts(file: SourceFile, lines: list[Line], name: str, drafts: Drafts) -> None:
    texts = pl.Series([line.cells.get(name) for line in lines], dtype=pl.String)
    mark = drafts.mark or money.decimal_mark(texts)
    if mark is None:
        why = "both . and , are used as the decimal mark; export it with one."
        raise RefusedFile(file.name, why, None, drafts.labels.get(name, name))
    try:
        decimals = [money.exponent(line.cells["currency_code"]) for line in lines]
    except ValueError as error:
        raise RefusedFile(file.name, f"{error}.") from error
    read = money.parse_amounts(texts, pl.Series(decimals, dtype=pl.Int64), mark)
    for line, amount, reason in zip(lines, read["amount"], read["reason"], strict=True):
        _typed(line, name, amount, reason)


def _type_dates(file: SourceFile, lines: list[Line], name: str, drafts: Drafts, options: LoadOptions) -> None:
    texts = [text for line in lines if (text := line.cells.get(name))]
    order = date_order(file.name, drafts.labels.get(name, name), texts, options.date_order)
    for line in lines:
        _typed(line, name, *read_date(line.cells.get(name), order))


def _typed(line: Line, name: str, value: object, reason: str | None) -> None:
    cells: Cells = line.cells
    cells[name] = value
    if reason:
        line.row.fault(name, reason)


def _demand(lines: list[Line], one: List) -> None:
    """What a row cannot do without."""
    for line in lines:
        for name in one.wanted:
            if line.cells.get(name) is None and name not in {column for column, _ in line.row.faults}:
                line.row.fault(name, "is blank")


def _row(one: List, cells: Cells) -> Cells:
    """A row of the table: its keys made of what the list has."""
    project, commitment = cells["project_number"], cells.get("commitment_number")
    row = cells | {"project_id": project, "commitment_id": f"{project}|{commitment}"}
    if one is COMMITMENTS:
        purchase = "purchase" in (cells.get("kind") or "").lower()
        return row | {"kind": "purchase_order" if purchase else "subcontract"}
    if one is CLAIMS:
        status = (cells.get("status") or "").lower().replace(" ", "_")
        return row | {
            "claim_id": f"{row['commitment_id']}|{cells.get('invoice_number')}",
            "status": WORDS.get(status, status),
        }
    told = [str(cells.get(name) or "") for name in ("invoice_number", "check_number", "payment_date")]
    return row | {
        "issued_payment_id": "|".join([row["commitment_id"], *told]),
        "synced": (cells.get("erp_status") or "").lower() in SYNCED,
    }


def _once(lines: list[Line], one: List, drafts: Drafts) -> None:
    """One key, one row: a payment that stands again is numbered; anything else is a fault of both rows."""
    key = next(iter(schemas.columns(one.table)))
    first: dict[str, Line] = {}
    times = Counter[str]()
    for line in lines:
        cells: Cells = line.cells
        identity = cells[key]
        times[identity] += 1
        if one is ISSUED_PAYMENTS and times[identity] > 1:
            cells[key] = f"{identity}|{times[identity]}"
        elif identity in first:
            label = drafts.labels.get("invoice_number" if one is CLAIMS else "commitment_number", "its key")
            for this, that in ((line, first[identity]), (first[identity], line)):
                this.row.fault(None, f"{label} stands in row {that.row.number} too, with other figures")
        first.setdefault(identity, line)


def _extract(one: List, lines: list[Line], drafts: Drafts, options: LoadOptions) -> Extract:
    good = [line.cells for line in lines if not line.row.faults]
    bad = [line.row for line in lines if line.row.faults]
    said = [
        (row.number, drafts.labels.get(column or "", column), why, row.raw) for row in bad for column, why in row.faults
    ]
    names = schemas.columns(one.table)
    rows = pl.DataFrame([[cells.get(name) for name in names] for cells in good], schema=names, orient="row")
    places = ", ".join(sorted({str(cells["project_id"]) for cells in good}))
    came = f"{len(good)} {one.name.replace('_', ' ')} of {places or 'no project'}: compared, never pushed on."
    return Extract(
        erp="procore",
        payments=schemas.empty(schemas.Payments),
        applications=schemas.empty(schemas.Applications),
        counts=RowCounts(
            drafts.rows_seen, len(good), len(bad), drafts.blank, drafts.duplicate, drafts.furniture, drafts.other
        ),
        quarantine=pl.DataFrame(said, schema=QUARANTINE, orient="row").sort(pl.all(), nulls_last=True),
        extracted_at=options.extracted_at,
        procore={one.name: one.table.validate(rows.sort(pl.first()))},
        notes=(came, *_strange(good if one is CLAIMS else [])),
    )


def _strange(claims: list[Any]) -> list[str]:
    """Status words that are none of Procore's six."""
    words = Counter(str(cells["status"]) for cells in claims if cells["status"] not in schemas.CLAIM_STATUSES)
    return [f'Unknown status "{word}" is read as not approved ({times}).' for word, times in sorted(words.items())]


EXPORT = Export("procore", "Procore", recognises, read)
