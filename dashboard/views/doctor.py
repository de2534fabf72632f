"""What still stands in the way of a payment sync, requirement by requirement, and what to click."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import streamlit as st

from dashboard import files, session, widgets, worker

SAID = "doctor-said"
# Verdict: the word beside the colour, what comes first.
MARKS: dict[str, tuple[str, widgets.Colour]] = {
    "block": ("in the way", "red"),
    "warn": ("look at it", "yellow"),
    "pass": ("in order", "green"),
    "not applicable": ("not applicable", "gray"),
}


def page() -> None:
    """The page."""
    told = session.settings()
    st.title("Doctor")
    if session.person(told) is None:
        return
    st.caption("Every requirement of a payment sync, looked at in Procore and here. It only reads.")
    if st.button("Look now", type="primary", key="look"):
        with st.spinner("Looking"):
            done = worker.ask(told, "doctor", "--json")
        if done.returncode in worker.DONE:
            st.session_state[SAID] = json.loads(done.stdout)["checks"]
        else:
            st.error(widgets.plainly(done.stderr.strip().splitlines()[-1:] or "The command ended without a word."))
    checks: list[dict[str, Any]] = st.session_state.get(SAID, [])
    if checks:
        newest = session.run_newest(told)
        numbers = session.projects(newest) if newest else {}
        _show([check | {"project": numbers.get(check["project_id"]) or check["project_id"]} for check in checks])


def _show(checks: list[dict[str, Any]]) -> None:
    count = {verdict: sum(check["verdict"] == verdict for check in checks) for verdict in MARKS}
    said = f"{count['block']} in the way, {count['warn']} to look at, {count['pass']} in order."
    (st.error if count["block"] else st.warning if count["warn"] else st.success)(said)
    table = pl.DataFrame(
        [
            {
                "Verdict": MARKS[check["verdict"]][0],
                "Requirement": check["title"],
                "Project": check["project"],
                "Found": check["evidence"],
                "What to do": check["action"],
            }
            for check in checks
        ],
        infer_schema_length=None,
    )
    files.downloads(table, "doctor")
    for verdict, (word, colour) in MARKS.items():
        found = [check for check in checks if check["verdict"] == verdict]
        if not found:
            continue
        with st.expander(f"{word.capitalize()} ({len(found)})", expanded=verdict in ("block", "warn")):
            for check in found:
                _one(check, word, colour)


def _one(check: dict[str, Any], word: str, colour: widgets.Colour) -> None:
    left, right = st.columns([1, 5])
    left.badge(word, color=colour)
    where = f" · project {check['project']}" if check["project"] else ""
    right.markdown(
        f"**{widgets.plainly(check['title'])}**{widgets.plainly(where)}: {widgets.plainly(check['evidence'])}"
    )
    if check["action"]:
        right.markdown(f"What to do: {widgets.with_code(check['action'])}")
