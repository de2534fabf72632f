"""A table of payments to pick from: grouped with totals, the safe ones at one click, and what came of a click.

What is picked is bound to ids and to hashes of content. Where anything changed since a person looked,
the picks are gone, so that a click never lands on what was not seen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import files, session, widgets, worker
from toolkit.errors import NotAllowed, TieoutError
from toolkit.money import plain
from toolkit.settings import Settings
from toolkit.warehouse import Snapshot
from toolkit.workflow.control import Control
from toolkit.workflow.looks import looks
from toolkit.workflow.outcome import Outcome, Selection, Sync, totals

LOG = logging.getLogger("tieout.dashboard")
SAID = "what-came-of-it"
SAFE = (
    "Safe: the ERP's own application or the bill's id, the exact invoice number, the same project, one candidate, no "
    "warning, and the same vendor: by its name, or because a payment between the two names was approved before."
)
# Keys that select; none approves, which is a thing to do on purpose.
SHORTCUTS = {"safe": "Alt+S", "read": "Alt+E", "all": "Alt+A", "none": "Alt+N"}
# So few sentences are shown without being asked for.
SPREAD = 5
Step = Callable[[Control, Selection], Outcome]
GROUPS = {
    "Commitment": ("Project", "Commitment", "Vendor"),
    "Project": ("Project",),
    "Vendor": ("Vendor",),
    "Payment run": ("Paid on",),
}


@dataclass
class Picker:
    """One table; `key` names it, `why` says of each sync why it is read by itself (None: safe)."""

    key: str
    syncs: list[Sync]
    why: dict[str, str | None]

    def show(self) -> list[Sync]:
        """Draw it and return what is picked, in the order shown."""
        ordered = widgets.in_order(self.syncs)
        why = [self.why[sync.sync_id] for sync in ordered]
        seen = widgets.digest(f"{sync.sync_id} {sync.payload_hash} {sync.version}" for sync in ordered)
        name = f"table-{self.key}-{seen}"
        if st.session_state.setdefault(f"seen-{self.key}", seen) != seen:
            st.session_state[f"seen-{self.key}"] = seen
            st.info("This list changed since you looked at it. Nothing is selected; look again.")
        self._quick(name, ordered, why)
        marks = pl.Series(["safe" if look is None else "read it" for look in why], dtype=pl.String)
        rows = widgets.sync_rows(ordered).with_columns(Look=marks)
        picked: Any = st.dataframe(
            rows.select(self._columns(ordered)),
            hide_index=True,
            column_config={"Amount": widgets.money_column("Amount"), "Look": st.column_config.TextColumn("Safe")},
            on_select="rerun",
            selection_mode="multi-row",
            key=name,
            height=min(37 + 35 * len(ordered), 457),
            placeholder="",
            alt="Payments to decide",
        )
        chosen = [ordered[row] for row in sorted(picked["selection"]["rows"])]
        st.markdown(f"**Selected: {totals(chosen)}**")
        files.downloads(rows.rename({"Look": "Safe"}), self.key)
        self._groups(rows, [sync.sync_id for sync in chosen])
        return chosen

    def _columns(self, syncs: list[Sync]) -> list[str]:
        reasons = ["State", "Reason"] if any(sync.reason for sync in syncs) else []
        # What decides comes first: a phone shows three columns.
        usual = ("Look", "Vendor", "Amount", "Currency", "Invoice #", "Payment", "Project", "Commitment", "Paid on")
        return [*usual, *reasons]

    def _quick(self, name: str, syncs: list[Sync], why: list[str | None]) -> None:
        """All safe ones, the others, everything, nothing: the table shows what each has picked."""
        safe = [row for row, look in enumerate(why) if look is None]
        others = [row for row, look in enumerate(why) if look is not None]
        choices = {
            "safe": (f"Select the {len(safe)} safe", safe),
            "read": (f"Select the {len(others)} to read", others),
            "all": (f"Select all {len(syncs)}", list(range(len(syncs)))),
            "none": ("Select none", []),
        }
        for place, (word, (label, rows)) in zip(st.columns(len(choices)), choices.items(), strict=True):
            key = SHORTCUTS[word]
            place.button(
                label, key=f"{self.key}-{word}", on_click=_pick, args=(name, rows), width="stretch", shortcut=key
            )
        st.caption(SAFE)
        told = [
            f"{sync.check_number or sync.payment_id}, {sync.vendor_name}: {look}"
            for sync, look in zip(syncs, why, strict=True)
            if look
        ]
        if told:
            with st.expander(f"Read these one by one ({len(told)})", expanded=len(told) <= SPREAD):
                for line in told:
                    st.markdown(f"- {widgets.plainly(line)}")

    def _groups(self, rows: pl.DataFrame, chosen: list[str]) -> None:
        with st.expander("Totals"):
            by = st.radio("By", list(GROUPS), key=f"{self.key}-by", horizontal=True)
            names = GROUPS[by or "Commitment"]
            picked = pl.col("Reference").is_in(chosen)
            sums = rows.group_by(*names, "Currency", maintain_order=True).agg(
                Payments=pl.len(),
                Amount=pl.col("Amount").sum().round(2),
                Selected=picked.sum(),
                Of_it=pl.col("Amount").filter(picked).sum().round(2),
            )
            config = {
                "Amount": widgets.money_column("Amount"),
                "Of_it": widgets.money_column("Selected amount"),
            }
            st.dataframe(sums, hide_index=True, column_config=config, placeholder="", alt="Totals by group")
            files.downloads(sums.rename({"Of_it": "Selected amount"}), f"{self.key} by {str(by).lower()}")


def _pick(name: str, rows: list[int]) -> None:
    st.session_state[name] = {"selection": {"rows": rows, "columns": []}}


def why_read(syncs: list[Sync], every: list[Sync], snapshot: Snapshot | None) -> dict[str, str | None]:
    """Per sync's id why it is looked at by itself, None where it is safe; `every` is every sync there is."""
    found = looks(syncs, every, partial(session.view, snapshot)) if snapshot else ["There is no run."] * len(syncs)
    return dict(zip((sync.sync_id for sync in syncs), found, strict=True))


def act(told: Settings, chosen: list[Sync], word: str, step: Step) -> None:
    """Take a step, keep what came of it for the next run of the script, and show the page anew."""
    ids = Selection(ids=tuple(sync.sync_id for sync in chosen))
    # What changes now changes by this click, which is no news to whoever clicked.
    for key in ("seen-waiting", "seen-planned"):
        st.session_state.pop(key, None)
    done, refused = "", ["Nothing was selected, so nothing was done."]
    try:
        if chosen:
            with Control.open(told) as control:
                outcome = step(control, ids)
            payments = {sync.sync_id: sync.check_number or sync.payment_id for sync in chosen}
            refused = [f"{payments.get(sync_id, sync_id)}: {why}" for sync_id, why in outcome.refused]
            done = f"{word}: {totals(list(outcome.touched))}." if outcome.touched else ""
    except TieoutError as error:
        done, refused = "", [str(error)]
        if isinstance(error, NotAllowed):
            # For whoever watches the server: the page offers nobody what they may not do.
            LOG.warning("refused: %s", error)
    if done and told.notify.on:
        worker.start(told, "notify", [])
    st.session_state[SAID] = (done, refused)
    st.rerun()


def say_what_came_of_it() -> None:
    """What came of the last click, said once."""
    done, refused = st.session_state.pop(SAID, ("", []))
    if done:
        st.success(widgets.plainly(done))
    for why in refused:
        st.error(widgets.plainly(why))


def total_to_type(chosen: list[Sync], above: str) -> list[str]:
    """The totals, one per currency, that a person repeats before a large batch is approved."""
    sums: dict[str, int] = {}
    for sync in chosen:
        sums[sync.currency_code or ""] = sums.get(sync.currency_code or "", 0) + sync.amount
    texts = {code: plain(total, code or None) for code, total in sorted(sums.items())}
    return [text for text in texts.values() if Decimal(text) > Decimal(above)]
