"""The tie-out statement as text, JSON, CSV, HTML and XLSX; amounts as decimals."""

from __future__ import annotations

import html
import json
from decimal import Decimal

import polars as pl

from toolkit import money
from toolkit.errors import InputError
from toolkit.reports.tables import as_csv, as_xlsx

FORMATS = ("text", "json", "csv", "html", "xlsx")


def rows(lines: pl.DataFrame) -> list[dict[str, object]]:
    """JSON-ready lines; amounts are strings."""
    return [
        row | {"amount": money.plain(row["amount"], _code(row["currency_code"]))} for row in lines.iter_rows(named=True)
    ]


def _code(text: str) -> str | None:
    return text if len(text) == 3 else None


def as_text(lines: pl.DataFrame) -> str:
    """One block per ERP company and currency, amounts flushed right."""
    blocks = []
    for (company, currency), part in lines.group_by("erp_company", "currency_code", maintain_order=True):
        said = [(row["label"], money.shown(row["amount"], _code(str(currency)))) for row in part.iter_rows(named=True)]
        wide = max(len(label) for label, _ in said)
        high = max(len(amount) for _, amount in said)
        body = [f"  {label:<{wide}}  {amount:>{high}}" for label, amount in said]
        blocks.append("\n".join([f"{company}, {currency}", *body]))
    return "\n\n".join(blocks)


def render(lines: pl.DataFrame, form: str, run_id: str) -> str | bytes:
    """The statement in one of `FORMATS`, xlsx as bytes; InputError for another."""
    if form == "text":
        return as_text(lines)
    if form == "json":
        return json.dumps({"run_id": run_id, "statement": rows(lines)}, indent=2, ensure_ascii=False)
    if form == "csv":
        return as_csv(_decimals(lines, run_id))
    if form == "html":
        return _html(lines, run_id)
    if form == "xlsx":
        return as_xlsx({"Statement": _decimals(lines, run_id)})
    raise InputError(f"--format {form}: known are {', '.join(FORMATS)}.")


def _decimals(lines: pl.DataFrame, run_id: str) -> pl.DataFrame:
    """The lines as the `report` view shows them: each with its run, amounts as decimals."""
    amounts = [Decimal(money.plain(row["amount"], _code(row["currency_code"]))) for row in lines.iter_rows(named=True)]
    return lines.select(
        pl.lit(run_id).alias("run_id"),
        pl.exclude("amount"),
    ).with_columns(amount=pl.Series(amounts, dtype=pl.Decimal(18, 2)))


def _html(lines: pl.DataFrame, run_id: str) -> str:
    blocks = []
    for (company, currency), part in lines.group_by("erp_company", "currency_code", maintain_order=True):
        cells = "".join(
            f"<tr><td>{html.escape(row['label'])}</td>"
            f"<td style='text-align:right'>{money.shown(row['amount'], _code(str(currency)))}</td></tr>"
            for row in part.iter_rows(named=True)
        )
        blocks.append(f"<h2>{html.escape(str(company))}, {html.escape(str(currency))}</h2><table>{cells}</table>")
    title = f"Tie-out of run {html.escape(run_id)}"
    return f"<!doctype html><meta charset='utf-8'><title>{title}</title><h1>{title}</h1>{''.join(blocks)}\n"
