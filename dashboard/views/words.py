"""What a person says about a mismatch: which claim is meant, who looks after it, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import files, session, terms, widgets
from toolkit.errors import TieoutError
from toolkit.reports.investigate import investigate
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot, latest
from toolkit.workflow.cases import Said, say
from toolkit.workflow.control import Control
from toolkit.workflow.decide import Word, decide
from toolkit.workflow.policy import Actor

Row = dict[str, Any]
BANDS = {"auto": "decided", "confirmed": "confirmed by a person", "suggest": "suggested"}
NEXT = "It enters the next run: Load and reconcile, or `tieout reconcile`."


def on_a_match(told: Settings, row: Row, candidates: pl.DataFrame) -> None:
    """The claims that may be meant; a person confirms one or takes one apart, and may say the opposite later."""
    person = session.person(told)
    if person is None or candidates.is_empty():
        return
    st.markdown(f"**{terms.said(told, 'Which claim is it?')}**")
    shown = candidates.select(
        Invoice="invoice_number",
        Due=pl.col("due_amount").cast(pl.Float64),
        Project="project_number",
        Commitment="commitment_number",
        Status=pl.col("status").str.replace_all("_", " "),
        Match=pl.col("band").replace_strict(BANDS, default="none"),
        Why="reason",
    )
    picked: Any = st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "Due": widgets.money_column("Due"),
            "Invoice": st.column_config.TextColumn("Invoice #"),
            "Why": st.column_config.TextColumn(width="large"),
        },
        on_select="rerun",
        selection_mode="single-row",
        key=f"claims-{widgets.digest([row['mismatch_id'], *candidates['claim_id']])}",
        placeholder="",
        alt="Claims that may be meant",
    )
    files.downloads(shown, "claims that may be meant")
    rows = picked["selection"]["rows"]
    claim = candidates.row(rows[0], named=True) if rows else None
    reason = st.text_input("Reason, for the next person", key="match-reason")
    left, right, _ = st.columns([1, 1, 2])
    for place, verdict, label in ((left, "confirm", "Confirm this claim"), (right, "unmatch", "Not this claim")):
        barred = widgets.refusal(person, verdict)
        off = claim is None or not reason or barred is not None
        if place.button(terms.said(told, label), key=verdict, disabled=off, width="stretch") and claim:
            word = Word(
                verdict,
                row["payment_id"],
                claim["claim_id"],
                row["application_id"] or claim["application_id"],
                row["erp"],
                reason,
            )
            _do(told, person, partial(_decided, told, word))


def _decided(told: Settings, word: Word, control: Control, person: Actor, now: datetime) -> str:
    decide(control, latest(told), person, now, word)
    return f"Noted: {word.verdict}. {NEXT}"


def on_the_case(told: Settings, row: Row, now: datetime) -> None:
    """Owner, due date and note; resolved or waived with a reason."""
    person = session.person(told)
    if person is None:
        return
    with Control.open(told) as control:
        cases = control.cases().filter(pl.col("mismatch_id") == row["mismatch_id"])
    known = cases.row(0, named=True) if cases.height else row
    with st.form(f"case-{row['mismatch_id']}"):
        left, middle, right = st.columns(3)
        people = sorted(told.users)
        place = people.index(known["owner"]) if known["owner"] in people else None
        owner = left.selectbox("Owner", people, index=place, placeholder="nobody yet")
        due = middle.date_input(
            "Due", value=known["due_date"], format="YYYY-MM-DD", min_value=now.date().replace(year=now.year - 1)
        )
        states = {"open": "open", "resolved": "resolved", "waived": "waived (approver)"}
        state = right.selectbox(
            "State", list(states), index=list(states).index(known["state"]), format_func=states.__getitem__
        )
        note = st.text_input("Note; a reason where it is resolved or waived", value=known["note"] or "")
        barred = widgets.refusal(person, "case")
        if st.form_submit_button("Save the case", disabled=barred is not None):
            said = Said(state, owner, due, note or None)
            _do(told, person, partial(_noted, told, said, row["mismatch_id"]))
        if barred:
            st.caption(barred)


def _noted(told: Settings, said: Said, mismatch_id: str, control: Control, person: Actor, now: datetime) -> str:
    say(control, told, latest(told), person, now, said, mismatch_id)
    return "The case is saved. The next run shows it in every list."


def notebook(told: Settings, snapshot: Snapshot, row: Row) -> None:
    """Write the investigation of this very payment, executed, into the working folder."""
    person = session.person(told)
    if person is None or not st.button("Write an investigation notebook", key="notebook"):
        return
    try:
        with st.spinner("Running the notebook"):
            place = investigate(told, snapshot, row["payment_id"], row["erp"], row["erp_company"])
    except TieoutError as error:
        st.error(widgets.plainly(error))
        return
    st.success(widgets.plainly(f"Written and executed: {place}"))


def _do(told: Settings, person: Actor, step: Callable[[Control, Actor, datetime], str]) -> None:
    try:
        with Control.open(told) as control:
            said = step(control, person, datetime.now(UTC))
    except TieoutError as error:
        st.error(widgets.plainly(error))
        return
    st.success(widgets.plainly(said).replace("\\`", "`"))
