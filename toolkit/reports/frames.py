"""What a step of the work came to, as frames; and frames as tables that people read."""

from __future__ import annotations

import html
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import polars as pl

from toolkit import money

MOST_ROWS = 30


def loads(done: Iterable[Any]) -> pl.DataFrame:
    """One row per loaded file: file, erp, rows read, and what became of them (`RowCounts`), which adds up."""
    return pl.DataFrame(
        {
            "file": load.source_file,
            "erp": load.erp,
            "rows": load.counts.rows_seen,
            "good": load.counts.good,
            "quarantined": load.counts.quarantined,
            "duplicate": load.counts.duplicate,
            "blank": load.counts.blank,
            "other": load.counts.other,
            "furniture": load.counts.furniture,
        }
        for load in done
    )


def syncs(found: Iterable[Any], **where: str) -> pl.DataFrame:
    """One row per sync, by date and invoice: payment, invoice, amount, currency, state, colour.

    Keywords choose: `syncs(plan.syncs, check_number="010452")`.
    """
    chosen = [sync for sync in found if all(getattr(sync, name) == value for name, value in where.items())]
    return pl.DataFrame(
        {
            "payment": sync.check_number,
            "invoice": sync.invoice_number,
            "amount": Decimal(money.plain(sync.amount, sync.currency_code)),
            "currency": sync.currency_code,
            "state": sync.state,
            "colour": sync.colour,
        }
        for sync in sorted(chosen, key=lambda sync: (sync.payment_date, sync.invoice_number or "", sync.sync_id))
    )


def as_html(frame: pl.DataFrame) -> str:
    """A frame as a table: text to the left, figures to the right with thousands separated, nothing for null.

    Says how many rows there are where it shows fewer. Styles stand on the cells, for JupyterLab drops others.
    """
    kinds = ["right" if dtype.is_numeric() else "left" for dtype in frame.dtypes]
    lines = [_line("th", [html.escape(name.replace("_", " ")) for name in frame.columns], kinds)]
    lines += [_line("td", [_cell(value) for value in row], kinds) for row in frame.head(MOST_ROWS).iter_rows()]
    more = f"<p>{MOST_ROWS} of {frame.height:,} rows.</p>" if frame.height > MOST_ROWS else ""
    return f"<table>{''.join(lines)}</table>{more}"


def _line(tag: str, cells: list[str], kinds: list[str]) -> str:
    shown = zip(cells, kinds, strict=True)
    return "<tr>" + "".join(f'<{tag} style="text-align: {kind}">{cell}</{tag}>' for cell, kind in shown) + "</tr>"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:,}"
    if isinstance(value, list):
        return html.escape(", ".join(str(part) for part in value))
    return html.escape(str(value))
