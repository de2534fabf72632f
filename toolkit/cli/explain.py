"""`tieout explain`: why one payment stands where it stands."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from toolkit import money
from toolkit.cli.console import out, rows_of, say_json
from toolkit.cli.words import Json, settings
from toolkit.rules.explain import explain
from toolkit.warehouse import latest


def command(
    payment_id: Annotated[str, typer.Argument(help="The payment's id, or its check number.")],
    erp: Annotated[str | None, typer.Option(help="Its ERP, where two have that id.")] = None,
    company: Annotated[str | None, typer.Option(help="Its ERP company, where two have that id.")] = None,
    run: Annotated[str | None, typer.Option(help="Another run than the newest.")] = None,
    as_json: Json = False,
) -> None:
    """Tell a payment's story: what it settles, which claims it met and why, what is wrong, what came near.

    Example: tieout explain 010452
    """
    snapshot = latest(settings(), run)
    found = explain(snapshot.table, payment_id, erp, company)
    if as_json:
        key = found.payment.select("erp", "erp_company", "payment_id").row(0, named=True)
        views = {
            name: rows_of(snapshot.view(name, key)) for name in ("payments", "applications", "matches", "mismatches")
        }
        issued = {"issued_payment_id": found.issued_payments["issued_payment_id"].to_list()}
        claims = {"claim_id": found.claims["claim_id"].to_list()}
        views |= {
            name: rows_of(snapshot.view(name, where)) if any(where.values()) else []
            for name, where in (("claims", claims), ("issued_payments", issued))
        }
        others = [row | {"due_amount": _plain(row)} for row in rows_of(found.alternatives)]
        told = {"sentences": list(found.sentences), "alternatives": others, "changes": list(found.changes)}
        say_json({"run_id": snapshot.run_id} | told | views)
        return
    for sentence in found.sentences:
        out.print(f"- {sentence}")


def _plain(row: dict[str, Any]) -> str | None:
    return None if row["due_amount"] is None else money.plain(row["due_amount"], row["currency_code"])
