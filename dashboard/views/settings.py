"""Who may do what, up to which amount, how exact and how often: each change an event that names who made it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from dashboard import files, session, widgets
from toolkit.errors import TieoutError
from toolkit.settings import ROLES, Settings, User
from toolkit.watch import EVERY
from toolkit.workflow.configure import ACTION, Becomes, by_hand, configure
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor

SAID = "settings-said"
ELSEWHERE = (
    "Where Procore is, secrets, and what lets a push reach a real Procore stand in tieout.toml and the environment, "
    "and are changed there."
)


@dataclass(frozen=True)
class Field:
    """One key on the page. `kind` is amount, number, day, choice or text; `choices` go with choice."""

    section: str
    key: str
    label: str
    kind: str = "amount"
    choices: tuple[str, ...] = ()


LIMITS = (
    Field("limits", "confirm_total_above", "A batch above this is approved with its total typed"),
    Field("limits", "second_approver_above", "A payment above this takes two approvers"),
    Field("limits", "day_cap", "Approved in one day, at most"),
    Field("limits", "vendor_day_cap", "Approved in one day to one vendor, at most"),
    Field("procore", "approval_hours", "Hours for which an approval holds", "number"),
    Field("procore", "freshness_hours", "Hours after which an extract or a pull is too old", "number"),
)
EXACTNESS = (
    Field("tolerances", "rounding", "Differences up to this are rounding"),
    Field("policy", "short_pay_days", "Days after which a part payment is a short pay", "number"),
    Field("policy", "locked_through", "Nothing dated up to this day may change", "day"),
)
RHYTHM = (
    Field("watch", "every", "How often to load, pull and reconcile", "choice", tuple(EVERY)),
    Field("watch", "folder", "Folder where the ERP's exports arrive", "text"),
    Field("company", "terms", "Words on the screen", "choice", ("us", "au", "uk", "ca")),
)
GROUPS = {"Limits": LIMITS, "Exactness": EXACTNESS, "Schedule and words": RHYTHM}


def page() -> None:
    """The page."""
    told = session.settings()
    person = session.person(told)
    st.title("Settings")
    if person is None:
        return
    said, wrong = st.session_state.pop(SAID, ("", ""))
    if said:
        st.success(widgets.plainly(said))
    if wrong:
        st.error(widgets.plainly(wrong))
    barred = widgets.refusal(person, ACTION)
    if barred:
        st.caption(barred)
    with Control.open(told) as control:
        events = [event for event in control.events(about="settings") if event["action"] == ACTION]
        if by_hand(control, told.home):
            st.warning("tieout.toml was changed by hand since the last change made here; no event tells of that.")
    _people(told, person, off=barred is not None)
    for place, (title, fields) in zip(st.columns(3), GROUPS.items(), strict=True):
        with place:
            _group(told, person, title, fields, off=barred is not None)
    st.caption(ELSEWHERE)
    _changes(events)


def _people(told: Settings, person: Actor, *, off: bool) -> None:
    st.subheader("People")
    rows = [_person(name, user) for name, user in sorted(told.users.items())]
    table = pl.DataFrame(rows, infer_schema_length=None)
    st.dataframe(table, hide_index=True, placeholder="", alt="People and their roles")
    if rows:
        files.downloads(table, "people")
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    name = left.selectbox(
        "Person", sorted(told.users), index=None, key="who", accept_new_options=True, placeholder="a name, or a new one"
    )
    known = told.users.get(name or "")
    roles = middle.multiselect(
        "Roles", ROLES, default=list(known.roles) if known else [], key=f"roles-{name}", disabled=off or not name
    )
    if right.button("Save the roles", key="save-roles", disabled=off or not name, width="stretch") and name:
        was = list(known.roles) if known else None
        _save(told, person, [Becomes(f"users.{name}", "roles", was, [role for role in ROLES if role in roles])])
    st.caption(
        "A viewer looks; an analyst prepares and submits; an approver approves and pushes; an administrator sets the "
        "rules and never approves. A change holds from the next click on."
    )


def _person(name: str, user: User) -> dict[str, str]:
    stands = f"{user.stands_in_for} until {user.stands_in_until}" if user.stands_in_for else ""
    known = [word for word, there in (("sign-in", user.oidc_subject), ("command line", user.os_user)) if there]
    return {
        "Name": name,
        "Roles": ", ".join(user.roles),
        "Projects": ", ".join(user.projects) or "all",
        "Stands in for": stands,
        "Bound to": " and ".join(known) or "the local password",
    }


def _group(told: Settings, person: Actor, title: str, fields: tuple[Field, ...], *, off: bool) -> None:
    with st.form(f"settings-{title}"):
        st.markdown(f"**{title}**")
        changes = []
        for field in fields:
            was = getattr(getattr(told, field.section), field.key)
            variable = f"TIEOUT_{field.section}_{field.key}".upper()
            value = ASKS[field.kind](field, was, off or variable in os.environ)
            if variable in os.environ:
                st.caption(f"{variable} in the environment wins.")
            changes.append(Becomes(field.section, field.key, was, value))
        if st.form_submit_button("Save", disabled=off):
            _save(told, person, changes)


def _text(field: Field, was: Any, off: bool) -> Any:
    said = st.text_input(field.label, value=str(was or ""), disabled=off, placeholder="not set").strip()
    value = said.replace(",", "") if field.kind == "amount" else said
    return was if value == str(was or "") else (Path(value) if isinstance(was, Path) and value else value or None)


def _number(field: Field, was: Any, off: bool) -> Any:
    said = st.number_input(field.label, value=was, min_value=1 if isinstance(was, int) else 1.0, disabled=off)
    return was if said == was else said


def _day(field: Field, was: Any, off: bool) -> Any:
    return st.date_input(field.label, value=was, format="YYYY-MM-DD", disabled=off)


def _choice(field: Field, was: Any, off: bool) -> Any:
    place = field.choices.index(was) if was in field.choices else None
    return st.selectbox(field.label, field.choices, index=place, disabled=off, placeholder="not set")


ASKS: dict[str, Callable[[Field, Any, bool], Any]] = {
    "amount": _text,
    "text": _text,
    "number": _number,
    "day": _day,
    "choice": _choice,
}


def _save(told: Settings, person: Actor, changes: list[Becomes]) -> None:
    try:
        with Control.open(told) as control:
            count = configure(control, person, datetime.now(UTC), told.home, changes)
        st.session_state[SAID] = (f"{count} changed." if count else "Nothing was different.", "")
    except TieoutError as error:
        st.session_state[SAID] = ("", str(error))
    st.rerun()


def _changes(events: list[dict[str, Any]]) -> None:
    st.subheader("Changes so far")
    if not events:
        st.write("None was made here.")
        return
    facts = [json.loads(event["facts"]) for event in events]
    table = pl.DataFrame(
        {
            "At (UTC)": [event["at"].replace("T", " ")[:19] for event in events],
            "By": [event["actor"] for event in events],
            "Setting": [fact["key"] for fact in facts],
            "Was": [_shown(fact.get("was")) for fact in facts],
            "Is": [_shown(fact.get("is")) for fact in facts],
        }
    ).reverse()
    st.dataframe(table, hide_index=True, placeholder="", alt="Changes of settings")
    files.downloads(table, "changes of settings")


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else "not set" if value is None else str(value)
