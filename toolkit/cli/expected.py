"""`tieout expected`: what Procore's own sync should bring, what it never will and why, and what arrived."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import polars as pl
import typer

from toolkit import money
from toolkit.cli import WAITS
from toolkit.cli.console import out, say_json, table
from toolkit.cli.words import As, Json, now, settings
from toolkit.rules.expected import ARRIVED
from toolkit.warehouse import latest
from toolkit.workflow.actors import acting
from toolkit.workflow.control import Control
from toolkit.workflow.expected import WAITING, Signed, listed, sign, signed, sums

COLUMNS = ("Stands", "Payment", "Vendor", "Invoice #", "Amount", "Project", "Why", "What to click")


def command(
    sign_it: Annotated[bool, typer.Option("--sign", help="Answer for the list as it stands.")] = False,
    note: Annotated[str, typer.Option(help="What becomes of what has not come.")] = "",
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """List the payments of every project that Procore's own sync serves; 3 while one has not come.

    Example: tieout expected --sign --note "the two that never come are keyed by hand" --as approver1
    """
    told = settings()
    run = latest(told)
    rows = listed(told, run)
    with Control.open(told) as control:
        said = sign(control, rows, run.run_id, acting(told, as_user), now(), note) if sign_it else signed(control, rows)
    if as_json:
        plain = [row | {"amount": money.plain(row["amount"], row["currency_code"])} for row in rows.to_dicts()]
        say_json({"run_id": run.run_id, "expected": plain, "signed": asdict(said) if said else None})
    else:
        _show(rows, said)
    raise typer.Exit(WAITS if rows.filter(pl.col("stands").is_in(WAITING)).height else 0)


def _show(rows: pl.DataFrame, said: Signed | None) -> None:
    if rows.is_empty():
        out.print("No project is in mode native: nothing is left to Procore's own sync.")
        return
    cells = [
        (
            f"{row['stands']}{' GREEN' if row['stands'] == ARRIVED else ''}",
            row["check_number"] or row["payment_id"],
            row["vendor_name"],
            row["invoice_number"],
            f"{money.shown(row['amount'], row['currency_code'])} {row['currency_code'] or ''}",
            row["project_number"] or row["project_id"],
            row["why"],
            row["click"],
        )
        for row in rows.iter_rows(named=True)
    ]
    table("Payments that Procore's own sync should bring", COLUMNS, cells, right=("Amount",))
    for stands, total in sums(rows).items():
        out.print(f"{stands}: {total}")
    if said is None:
        out.print("Nobody has signed the list yet: tieout expected --sign")
    else:
        still = "as it stands" if said.current else "as it was then; it has changed since"
        out.print(f"Signed by {said.by} on {said.at[:16]}, {still}. {said.note}".rstrip())
