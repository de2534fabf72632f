"""`tieout load`: ERP exports and saved replies into the warehouse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from toolkit import money
from toolkit.cli import WAITS
from toolkit.cli.console import err, out, rows_of, say_json, table
from toolkit.cli.words import Json, now, settings
from toolkit.erps.base import LoadOptions
from toolkit.erps.mapping import read_mapping
from toolkit.errors import InputError
from toolkit.load import load_paths
from toolkit.warehouse import LoadReport


def command(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.")],
    erp: Annotated[str | None, typer.Option(help="The ERP's code, where a file could be of two.")] = None,
    company: Annotated[str | None, typer.Option(help="The ERP company, where the file does not say.")] = None,
    project: Annotated[str | None, typer.Option(help="The project's number, where a list of Procore has none.")] = None,
    date_order: Annotated[str | None, typer.Option(help="mdy, dmy or ymd, where the dates do not prove it.")] = None,
    extracted_at: Annotated[str | None, typer.Option(help="When the export was made (ISO).")] = None,
    complete: Annotated[str | None, typer.Option(help="FROM..TO: the file has every payment of these days.")] = None,
    accept_difference: Annotated[
        str | None, typer.Option(help="Load although its control total disagrees; why.")
    ] = None,
    report: Annotated[str | None, typer.Option(help="Name of the ERP's report, kept as evidence.")] = None,
    filters: Annotated[str | None, typer.Option(help="Its filters, kept as evidence.")] = None,
    expect_rows: Annotated[int | None, typer.Option(help="How many payments the ERP's screen showed.")] = None,
    expect_total: Annotated[str | None, typer.Option(help="What total the ERP's screen showed.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="What this site calls its columns; see `tieout map`.")] = None,
    as_json: Json = False,
) -> None:
    """Load payment exports; the same file again changes nothing.

    Example: tieout load exports/ --company "Larkspur Builders"
    """
    if date_order not in (None, "mdy", "dmy", "ymd"):
        raise InputError(f"--date-order {date_order}: known are mdy, dmy and ymd.")
    options = LoadOptions(
        erp=erp,
        mapping=read_mapping(mapping) if mapping else None,
        company=company,
        project=project,
        date_order=date_order,
        extracted_at=_instant(extracted_at),
        accept_difference=accept_difference,
        complete=_range(complete),
        report=report,
        filters=filters,
        expect_rows=expect_rows,
        expect_total=expect_total,
    )
    reports = _loaded(paths, options, quiet=as_json)
    if as_json:
        say_json({"loads": [document(one) for one in reports]})
    else:
        show(reports)
    raise typer.Exit(WAITS if any(one.counts.quarantined for one in reports) else 0)


def _loaded(paths: list[Path], options: LoadOptions, *, quiet: bool) -> list[LoadReport]:
    del quiet
    with err.status("Reading") as status:
        return load_paths(paths, options, settings(), now(), told=lambda name: status.update(f"Reading {name}"))


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--extracted-at {text}: is no instant; write 2026-10-31T18:00:00Z.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _range(text: str | None) -> tuple[date, date] | None:
    if text is None:
        return None
    first, _, last = text.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise InputError(f"--complete {text}: write 2026-10-01..2026-10-31.") from error


def document(one: LoadReport) -> dict[str, Any]:
    """One load for machines; amounts are strings."""
    return {
        "load_id": one.load_id,
        "source_file": one.source_file,
        "sha256": one.sha256,
        "erp": one.erp,
        "already_loaded": one.already_loaded,
        **vars(one.counts),
        "amount_total": {code: money.plain(amount, code or None) for code, amount in one.amount_total.items()},
        "new": one.new,
        "changed": one.changed,
        "unchanged": one.unchanged,
        "stale": one.stale,
        "deleted": one.deleted,
        "changes": [
            {
                "payment_id": change.payment_id,
                "old_amount": money.plain(change.old_amount, change.currency_code),
                "new_amount": money.plain(change.new_amount, change.currency_code),
            }
            for change in one.changes
        ],
        "notes": list(one.notes),
        "quarantine": rows_of(one.quarantine),
    }


def show(reports: list[LoadReport]) -> None:
    """What loads did, for people."""
    rows = [
        (
            one.source_file,
            one.erp,
            one.counts.rows_seen,
            one.counts.good,
            one.counts.quarantined,
            one.counts.duplicate,
            one.counts.blank + one.counts.furniture + one.counts.other,
            ", ".join(
                f"{money.shown(amount, code or None)} {code}".strip() for code, amount in one.amount_total.items()
            ),
            "already loaded: nothing changed" if one.already_loaded else f"{one.new} new, {one.changed} changed",
        )
        for one in reports
    ]
    columns = ("File", "ERP", "Rows", "Good", "Quarantined", "Duplicate", "Other", "Paid", "Result")
    table("", columns, rows, right=("Rows", "Good", "Quarantined", "Duplicate", "Other", "Paid"))
    for one in reports:
        for note in one.notes:
            out.print(f"{one.source_file}: {note}")
        for change in one.changes:
            old, new = (money.shown(value, change.currency_code) for value in (change.old_amount, change.new_amount))
            out.print(f"{one.source_file}: payment {change.payment_id} was {old}, is {new}.")
        _show_quarantine(one.source_file, one.quarantine)


def _show_quarantine(name: str, bad: pl.DataFrame) -> None:
    for row in bad.iter_rows(named=True):
        column = f', column "{row["column_name"]}"' if row["column_name"] else ""
        err.print(f"{name}, row {row['source_row']}{column}: {row['reason']}.")
