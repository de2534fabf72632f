"""`tieout demo`: the whole main job on sample data, told in figures and sentences."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from toolkit import money
from toolkit.cli.console import out, table, working
from toolkit.cli.serve import serve
from toolkit.demo import ANALYST, APPROVER, USERS, Sample
from toolkit.errors import NotAllowed
from toolkit.reports.statement import as_text
from toolkit.rules.explain import Explanation, explain
from toolkit.warehouse import Snapshot
from toolkit.workflow.outcome import Outcome, Sync, totals

PORT = 8501
# One check over three claims, and a bill that was keyed by hand in the ERP.
CHECK, BY_HAND = "010452", "20116"
# The two that must not go, whoever wishes it; the other held ones wait for a person or for Procore.
BLOCKED = ("twice", "voided")


def command(
    show: Annotated[
        bool | None, typer.Option("--serve/--no-serve", help="The dashboard afterwards; by default on a terminal.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the dashboard.")] = PORT,
) -> None:
    """Load, reconcile, approve, push and verify invented payments against a local Procore.

    Example: tieout demo --no-serve
    """
    home = Path(os.environ.get("TIEOUT_HOME") or ".tieout") / "demo"
    with Sample(home) as sample:
        _title("SAMPLE DATA: every company, vendor and amount is invented; no other host is reached")
        out.print(f"Working folder {home}, local Procore at {sample.procore.api_url}")
        _both_sides(sample)
        _reasons(sample.run)
        approved = _people(sample)
        verified = _push(sample, len(approved))
        _tie_out(sample, verified)
        if show if show is not None else sys.stdout.isatty():
            _dashboard(sample, port)


def _title(text: str) -> None:
    out.print(f"\n{text}", style="bold")


def _both_sides(sample: Sample) -> None:
    _title("1  Load the ERPs' exports, pull Procore's side, reconcile")
    with working("Loading", len(sample.files())) as step:
        loads = sample.load(step)
    for load in loads:
        paid = ", ".join(f"{money.shown(amount, code)} {code}" for code, amount in load.amount_total.items())
        out.print(
            f"   {load.source_file}: {load.counts.rows_seen} rows, {load.counts.quarantined} bad, {paid or 'bills'}"
        )
    with working("Pulling") as step:
        pulled = sample.pull(step)
    out.print(
        f"   Procore: {pulled.commitments} commitments, {pulled.claims} claims, "
        f"{pulled.issued_payments} issued payments"
    )
    with working("Reconciling"):
        report = sample.reconcile()
    out.print(
        f"   Run {report.run_id}: {report.bands.get('auto', 0)} matches decided, "
        f"{report.bands.get('suggest', 0)} only suggested"
    )
    _differences(report.statement)


def _differences(statement: pl.DataFrame) -> None:
    for (company, currency), lines in statement.group_by("erp_company", "currency_code", maintain_order=True):
        first, *middle, last, rest = lines.select("label", "amount").iter_rows()
        code = str(currency)
        _title(f"   {company}")
        out.print(f"   The ERP paid {money.shown(first[1], code)} {code}, Procore shows {money.shown(last[1], code)}.")
        out.print(f"   The difference of {money.shown(last[1] - first[1], code)} is:")
        for label, amount in middle:
            out.print(f"     {money.shown(amount, code):>13}  {label}")
        out.print(f"     {money.shown(rest[1], code):>13}  {rest[0]}")


def _reasons(run: Snapshot) -> None:
    _title("2  Every match has a reason")
    out.print("   One check over three claims:")
    _explained(run, CHECK)
    out.print("   A bill that was keyed by hand in the ERP:")
    if _explained(run, BY_HAND).claims["origin_id"].null_count():
        out.print("   - Procore's own sync skips it: the claim was never exported, so it has no key of the ERP's bill.")


def _explained(run: Snapshot, payment: str) -> Explanation:
    found = explain(run.table, payment)
    for sentence in found.sentences[: 1 + found.matches.height]:
        out.print(f"   - {sentence}")
    return found


def _people(sample: Sample) -> tuple[Sync, ...]:
    _title("3  A person proposes, another approves")
    with working("Planning"):
        plan = sample.plan()
    held = [sync for sync in plan.syncs if sync.state == "held"]
    blocked = [sync for sync in held if any(word in (sync.reason or "") for word in BLOCKED)]
    out.print(f"   Proposed: {totals([sync for sync in plan.syncs if sync.state == 'planned'])}")
    out.print(f"   Blocked: {totals(blocked)}")
    for sync in blocked:
        out.print(f"   - {sync.check_number}, {sync.shown()} to {sync.vendor_name}: {sync.reason}")
    out.print(f"   Held until somebody acts: {totals([sync for sync in held if sync not in blocked])}")
    for sync in held:
        if sync not in blocked:
            out.print(f"   - {sync.check_number}, {sync.shown()} to {sync.vendor_name}: {sync.reason}")
    sample.submit()
    try:
        sample.approve(ANALYST)
    except NotAllowed as error:
        out.print(f"   The {ANALYST} tries to approve. {error}")
    approved = sample.approve(APPROVER)
    out.print(f"   The {APPROVER} approves: {totals(approved.touched)}")
    return approved.touched


def _push(sample: Sample, approved: int) -> Outcome:
    _title("4  Push once, read back")
    # Each payment is told of twice: when it is about to leave and when the answer came.
    with working("Pushing", 2 * approved) as step:
        sample.push(lambda sync: step(sync.check_number or sync.payment_id))
    with working("Reading back", approved) as step:
        verified = sample.verify(lambda sync: step(sync.check_number or sync.payment_id))
    rows = [
        (sync.check_number, sync.vendor_name, sync.invoice_number, sync.shown(), sync.colour, sync.state)
        for sync in sorted(verified.touched, key=lambda sync: (sync.erp, sync.payment_date, sync.sync_id))
    ]
    table("", ("Payment", "Vendor", "Invoice #", "Amount", "Colour", "State"), rows, right=("Amount",))
    return verified


def _tie_out(sample: Sample, verified: Outcome) -> None:
    _title("5  Pull and reconcile again")
    with working("Reconciling"):
        sample.pull()
        report = sample.reconcile()
    out.print(as_text(report.statement))
    green = [sync for sync in verified.touched if sync.colour == "GREEN"]
    rest = report.statement.filter(pl.col("label") == "unexplained")
    out.print(f"\n{len(green)} of {len(verified.touched)} approved syncs GREEN")
    for company, currency, amount in rest.select("erp_company", "currency_code", "amount").iter_rows():
        out.print(f"{company}, {currency}: unexplained {money.shown(amount, currency)}")


def _dashboard(sample: Sample, port: int) -> None:
    passwords = {name: f"{name}-demo" for name in USERS}
    _title("The dashboard (Ctrl-C ends it)")
    for name, password in passwords.items():
        out.print(f"   sign in as {name}, password {password}")
    serve(sample.settings, port, passwords)
