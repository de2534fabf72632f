"""What several pages show the same way: money, names of mismatches, states with their words, tables."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

import polars as pl
import streamlit as st

from toolkit.errors import NotAllowed
from toolkit.money import plain
from toolkit.workflow import policy
from toolkit.workflow.outcome import Sync
from toolkit.workflow.policy import Actor
from toolkit.workflow.states import COLOURS, WORDS

Colour = Literal["blue", "yellow", "green", "red", "gray"]
BADGES: dict[str | None, Colour] = {"BLUE": "blue", "YELLOW": "yellow", "GREEN": "green", "RED": "red"}
# What Markdown, or Streamlit's own additions to it, would not show as it stands.
MARKUP = frozenset("\\`*_{}[]()<>#+-!|$:~^=&")
ADDRESSES = re.compile(r"(?<=:)(?=[a-z/_+])|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
PROPER = {"erp": "ERP", "procore": "Procore"}


def money(amount: Decimal | float, currency: str = "") -> str:
    """`47,700.00 USD`; negatives in parentheses, as in every table."""
    text = f"({-amount:,.2f})" if amount < 0 else f"{amount:,.2f}"
    return f"{text} {currency}".strip()


def money_column(label: str) -> Any:
    """A column of amounts, flushed right, two decimals, negatives in parentheses."""
    return st.column_config.NumberColumn(label, format="accounting")


def heading(column: str) -> str:
    """A column's name as people read it: `erp_company` is `ERP company`."""
    words = [PROPER.get(word, word) for word in column.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def plainly(text: object) -> str:
    """Text from outside, to be shown as it stands among our own Markdown.

    Every character that Markdown would take for its own is escaped. Streamlit looks for addresses and
    icon names after that, in the plain text, so an invisible joiner breaks those up.
    """
    broken = ADDRESSES.sub("\u2060", str(text))
    return "".join(f"\\{letter}" if letter in MARKUP else letter for letter in broken)


def with_code(text: str) -> str:
    """As `plainly`, but what stands between backticks is shown as code: for sentences of our own that name commands."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plainly(text)
    return "".join(f"`{part}`" if n % 2 and part else plainly(part) for n, part in enumerate(parts))


def digest(parts: Iterable[object]) -> str:
    """A short name for what is shown, the same in every process: it makes a widget's key."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:16]


def refusal(person: Actor, action: str) -> str | None:
    """Why somebody may not do something, for the sentence beside a disabled button; policy decides again."""
    try:
        policy.demand(person, action)
    except NotAllowed as error:
        return str(error)
    return None


def readable(frame: pl.DataFrame) -> pl.DataFrame:
    """Amounts as the table widget can format them; the figures themselves stay in the views."""
    return frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64))


def colour_word(state: str) -> str:
    """`BLUE · waits for the approver`: never a colour without its word."""
    return f"{COLOURS[state] or 'NEW'} · {WORDS[state]}"


def badge(state: str) -> None:
    """A state with Procore's colour and our words."""
    st.badge(colour_word(state), color=BADGES.get(COLOURS[state], "gray"))


LEGEND: tuple[tuple[Colour, str, str], ...] = (
    ("gray", "NEW", "proposed; nobody submitted it yet"),
    ("blue", "BLUE", "submitted, approved, being sent, or being checked"),
    ("yellow", "YELLOW", "held back, or returned to whoever submitted it"),
    ("green", "GREEN", "in Procore: synced and locked there"),
    ("red", "RED", "refused, changed in Procore, or a person must look"),
)


def legend() -> None:
    """What the colours mean, as in Procore, each beside its word."""
    with st.popover("What the colours mean", icon=":material/palette:"):
        for colour, word, meaning in LEGEND:
            st.badge(f"{word}: {meaning}", color=colour)


def in_order(syncs: Iterable[Sync]) -> list[Sync]:
    """By project and commitment, then as paid and billed."""

    def place(sync: Sync) -> tuple[str, ...]:
        of = (sync.project_number or "", sync.commitment_number or "")
        return (*of, sync.payment_date, sync.invoice_number or "", sync.sync_id)

    return sorted(syncs, key=place)


def sync_rows(syncs: list[Sync]) -> pl.DataFrame:
    """Syncs as a table for people, in the order given."""
    return pl.DataFrame(
        [
            {
                "Project": sync.project_number,
                "Commitment": sync.commitment_number,
                "Vendor": sync.vendor_name,
                "Payment": sync.check_number or sync.payment_id,
                "Invoice #": sync.invoice_number,
                "Amount": float(plain(sync.amount, sync.currency_code)),
                "Currency": sync.currency_code,
                "Paid on": sync.payment_date,
                "State": colour_word(sync.state),
                "Reason": sync.reason or "",
                "Reference": sync.sync_id,
            }
            for sync in syncs
        ],
        infer_schema_length=None,
    )


def labelled(frame: pl.DataFrame, alt: str) -> None:
    """A few rows of a view with headings that people read, amounts flushed right."""
    names = {name: "Invoice #" if name == "invoice_number" else heading(name) for name in frame.columns}
    config = {names[name]: money_column(names[name]) for name, dtype in frame.schema.items() if dtype.is_decimal()}
    st.dataframe(readable(frame).rename(names), hide_index=True, column_config=config, placeholder="", alt=alt)


def nothing(sentence: str, *commands: str) -> None:
    """An empty page says what to do next."""
    st.info(sentence)
    st.code("\n".join(commands), language=None)
