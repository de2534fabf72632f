"""Does it tie out: one sentence, one figure, the waterfall, what is wrong and how old it is."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import partial

import polars as pl
import streamlit as st

from dashboard import breakdowns, charts, files, history, session, terms, titles, widgets
from toolkit.schemas import SEVERITIES
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow.control import Control

AGES = ((7, "up to a week"), (30, "up to a month"), (60, "up to two months"), (10**6, "older"))
ROLL = ("opening", "withheld", "released", "closing")
# Runs in the small picture; the page of runs has more.
TREND = 12
# The mismatches that stand behind a line of the statement.
CODES = {
    "Not yet in Procore": ("in_erp_not_procore",),
    "No claim in Procore": ("payment_no_invoice",),
    "Match waits for a person": ("suggested_match", "ambiguous_invoice_match"),
    "Claim not approved": ("invoice_not_approved",),
    "Paid twice in the ERP": ("duplicate_payment_erp",),
    "Reissued while the voided payment stands in Procore": ("void_and_reissue",),
    "On account, applied to no bill": ("unapplied_payment",),
    "Amount changed after sync": ("amount_changed_after_sync",),
    "Voided in the ERP, still in Procore": ("voided_payment",),
    "In Procore, not in the ERP": ("in_procore_not_erp",),
}


def page() -> None:
    """The page."""
    told = session.settings()
    snapshot = session.run(told)
    st.title("Overview")
    if snapshot is None:
        widgets.nothing(
            "There is no run yet. Load the ERP's payments, pull from Procore, then reconcile:",
            "tieout load exports/",
            "tieout pull procore",
            "tieout reconcile",
        )
        return
    chosen = session.company(snapshot)
    if chosen is None:
        widgets.nothing("The newest run found no payment on either side. Load exports, then reconcile:", "tieout load")
        return
    company, currency = chosen
    number = session.project(snapshot, company, currency)
    _waits(told)
    lines = breakdowns.statement(snapshot, chosen, number)
    found = session.mismatches(snapshot, company, currency)
    if lines.is_empty():
        st.info(f"Nothing was paid in {currency} on either side by {widgets.plainly(company)} up to this run's day.")
    else:
        _verdict(snapshot, lines, f"{company}, project {number}" if number else company, currency)
        _since(told, found, company, currency)
        st.subheader("From what the ERP paid to what Procore shows")
        charts.waterfall(lines.with_columns(label=_labels(told)))
        _items(told, snapshot, lines, chosen, number)
    found = session.of_project(found, number)
    left, right = st.columns([1, 1], gap="large")
    with left:
        _counts(told, found)
    with right:
        _ageing(found, session.facts(snapshot)["as_of"])
        _trend(told, company, currency)
    _retainage(told, snapshot, chosen, number)


def _labels(told: Settings) -> pl.Expr:
    return pl.col("label").map_elements(partial(terms.said, told), return_dtype=pl.String)


def _since(told: Settings, found: pl.DataFrame, company: str, currency: str) -> None:
    """What is new since this person last looked, one click away."""
    person = session.person(told)
    before = history.looked_before(told, person) if person else None
    if before is None:
        return
    fresh, gone = history.new_since(told, found, before)
    if fresh.is_empty() and not gone:
        st.caption(f"Nothing new since you last looked, at the run of {session.when(before)}.")
        return
    left, right = st.columns([3, 2])
    left.markdown(
        f"Since you last looked (run of {session.when(before)}): **{fresh.height} new**, **{gone} settled or gone**."
    )
    asked = {"company": f"{company} · {currency}", "since": session.when(before)}
    if fresh.height:
        with right:
            label = f"{fresh.height} new"
            st.page_link(
                st.session_state["pages"]["mismatches"],
                label=label,
                query_params=asked,
                icon=":material/arrow_forward:",
            )


def _retainage(told: Settings, snapshot: Snapshot, of: tuple[str, str], number: str | None) -> None:
    """What is withheld on the company's commitments, rolled forward; worked out when it is opened."""
    title = f"{terms.said(told, 'Retainage')}: what was withheld and released, commitment by commitment"
    part = st.expander(title, key="retainage", on_change="rerun")
    if not part.open:
        return
    projects = [number] if number else session.project_numbers(snapshot, *of)
    claims = session.view(snapshot, "claims").filter(pl.col("project_number").is_in(projects))
    theirs = claims.select(pl.coalesce("commitment_number", "commitment_id")).to_series().unique()
    rows = breakdowns.frame(snapshot, "retainage").filter(
        pl.col("commitment").is_in(theirs.to_list()), pl.col("currency_code").fill_null(of[1]) == of[1]
    )
    with part:
        sums = rows.select(pl.col(ROLL).sum()).row(0, named=True)
        opening, more, less, closing = (widgets.plainly(widgets.money(sums[name] or 0)) for name in ROLL)
        st.markdown(f"{opening} at the beginning, {more} withheld, {less} released: **{closing}** now.")
        widgets.labelled(rows, terms.said(told, "Retainage per commitment"))
        files.downloads(rows, "retainage")


def _trend(told: Settings, company: str, currency: str) -> None:
    runs = history.table(told, company, currency, TREND)
    if runs.height > 1:
        st.subheader("From run to run")
        history.trend(runs)


def _waits(told: Settings) -> None:
    """What waits, for whom, one click away."""
    with Control.open(told) as control:
        states = Counter(sync.state for sync in control.syncs())
    waiting = {
        ("approve", "to submit"): states["planned"] + states["returned"],
        ("approve", "for the approver"): states["submitted"],
        ("push", "to push"): states["approved"],
        ("push", "to look at"): states["needs_review"] + states["drifted"] + states["rejected"],
    }
    found = [(page, f"{count} {word}") for (page, word), count in waiting.items() if count]
    for place, (page, label) in zip(st.columns(4), found, strict=False):
        with place:
            st.page_link(st.session_state["pages"][page], label=label, icon=":material/arrow_forward:")


def _items(told: Settings, snapshot: Snapshot, lines: pl.DataFrame, of: tuple[str, str], number: str | None) -> None:
    """Each step leads to its items; the statement as files."""
    with st.expander("The lines, and the payments behind each"):
        for label, amount, count in lines.select("label", "amount", "row_count").iter_rows():
            left, middle, right = st.columns([5, 2, 2])
            codes = CODES.get(label)
            if codes:
                asked = {"company": " · ".join(of), "code": [terms.said(told, titles.mismatch(code)) for code in codes]}
                asked |= {"project": number} if number else {}
                with left:
                    page = st.session_state["pages"]["mismatches"]
                    st.page_link(page, label=terms.said(told, label), query_params=asked)
            else:
                left.markdown(widgets.plainly(terms.said(told, label)))
            middle.markdown(f"{count} {'item' if count == 1 else 'items'}" if label != "unexplained" else "")
            right.markdown(f"**{widgets.plainly(widgets.money(amount))}**", text_alignment="right")
        if number:
            files.downloads(lines, f"statement-{number}")
        else:
            files.statement_downloads(snapshot, *of)


def _amount(lines: pl.DataFrame, label: str) -> float:
    return float(lines.filter(pl.col("label") == label)["amount"].sum())


def _verdict(snapshot: Snapshot, lines: pl.DataFrame, company: str, currency: str) -> None:
    paid, shown = _amount(lines, "Payments issued by the ERP"), _amount(lines, "Payments issued per Procore")
    rest = _amount(lines, "unexplained")
    facts = session.facts(snapshot)
    name = widgets.plainly(company)
    if rest == 0:
        st.success(
            f"**It ties out.** {name} paid {widgets.money(paid, currency)}; Procore shows "
            f"{widgets.money(shown, currency)}. Every cent of the difference is explained below."
        )
    else:
        st.error(f"**It does not tie out.** {widgets.money(rest, currency)} of {name} is not explained by any line.")
    cells = st.columns(4)
    cells[0].metric("ERP paid", widgets.money(paid), border=True)
    cells[1].metric("Procore shows", widgets.money(shown), border=True)
    cells[2].metric("Difference", widgets.money(shown - paid), border=True)
    cells[3].metric("Unexplained", widgets.money(rest), border=True)
    period = f", {facts['period']} only" if facts["period"] else ""
    st.caption(
        f"{currency} · payments up to {facts['as_of']}{period} · run of {session.when(snapshot.run_id)} UTC "
        f"({snapshot.run_id})"
    )


def _counts(told: Settings, found: pl.DataFrame) -> None:
    st.subheader("What does not agree")
    if found.is_empty():
        st.write("Nothing.")
        return
    gravity = pl.col("severity").replace_strict({name: n for n, name in enumerate(SEVERITIES)}, return_dtype=pl.Int64)
    counted = (
        found.group_by("severity", "code")
        .agg(Count=pl.len(), Amount=pl.col("amount").abs().sum().cast(pl.Float64))
        .sort(gravity, -pl.col("Amount"), "code")
        .select(
            Severity="severity",
            Mismatch=pl.col("code").map_elements(
                lambda code: terms.said(told, titles.mismatch(code)), return_dtype=pl.String
            ),
            Count="Count",
            Amount="Amount",
        )
    )
    config = {"Amount": widgets.money_column("Amount")}
    st.dataframe(counted, hide_index=True, height="content", column_config=config, alt="Mismatches by kind")
    st.caption("One payment may break several rules; its amount counts under each.")
    files.downloads(counted, "mismatches by kind")


def _ageing(found: pl.DataFrame, as_of: date) -> None:
    st.subheader("Paid, not in Procore: how long ago")
    late = found.filter(pl.col("code") == "in_erp_not_procore")
    if late.is_empty():
        st.write("Nothing waits.")
        return
    days = (pl.lit(as_of) - pl.col("payment_date")).dt.total_days()
    names = [name for _, name in AGES]
    bucket = pl.coalesce(pl.when(days <= limit).then(pl.lit(name)) for limit, name in AGES)
    aged = late.group_by(line=bucket).agg(to=pl.col("amount").sum().cast(pl.Float64), payments=pl.len())
    every = pl.DataFrame({"line": names}).join(aged, on="line", how="left", maintain_order="left")
    charts.ages(every.with_columns(pl.col("to", "payments").fill_null(0)))
    st.caption(f"Days from the payment to {as_of}.")
