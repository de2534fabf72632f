"""One month of a run: what stood at its beginning, what moved in it, what stands at its end, and what lies astride.

Statuses are those of the run: a check voided since counts as void in the months before as well.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from toolkit.errors import InputError
from toolkit.matching.model import Scope
from toolkit.rules.breakdown import Run, Table, laid_out
from toolkit.rules.lines import GROUP
from toolkit.rules.policy import Policy
from toolkit.rules.statement import FIRST, LABELS, LAST, UNEXPLAINED, tie_out

# Their movement is summed from what is dated in the month; that of a line is what its items came to.
COUNTED_ALONE = (FIRST, LAST, UNEXPLAINED)
MONTH = r"^[0-9]{4}-[0-9]{2}$"


def movement(table: Table, scope: Scope, period: str, policy: Policy | None = None) -> pl.DataFrame:
    """Per ERP company, currency and line of the statement: opening, movement, closing (minor units), and `ties`.

    Opening and closing are the statements of the last day before `period` (YYYY-MM) and of its last day,
    or the run's where that comes first. The movements of both totals are summed by themselves, so that
    `ties` (opening + movement = closing) can be false.
    """
    first, last = days(period)
    whole = replace(scope, period=None)
    ends = replace(whole, as_of=min(last, scope.as_of))
    # A row belongs to one company in all three, also where the payment it shows comes later.
    homes = laid_out(table, whole, policy).homes
    at = {
        "opening": _lines(laid_out(table, replace(ends, as_of=first - timedelta(days=1)), policy, homes)),
        "movement": _lines(laid_out(_dated(table), replace(ends, period=period), policy, homes)),
        "closing": _lines(laid_out(table, ends, policy, homes)),
    }
    key = [*GROUP, "label"]
    every = pl.concat(frame.select(key) for frame in at.values()).unique()
    for name, frame in at.items():
        every = every.join(frame.select(*key, pl.col("amount").alias(name)), on=key, how="left")
    alone = pl.col("label").is_in(COUNTED_ALONE)
    moved = every.with_columns(pl.col(*at).fill_null(0)).with_columns(
        movement=pl.when(alone).then("movement").otherwise(pl.col("closing") - pl.col("opening"))
    )
    place = pl.col("label").replace_strict({name: n for n, name in enumerate(LABELS)})
    return (
        moved.filter(pl.any_horizontal(pl.col(*at) != 0) | alone)
        .with_columns(ties=pl.col("opening") + pl.col("movement") == pl.col("closing"))
        .sort(*GROUP, place)
        .select(*key, *at, "ties")
    )


def _lines(run: Run) -> pl.DataFrame:
    return tie_out(run.inputs, run.items, run.homes, run.scope)


def _dated(table: Table) -> Table:
    """Without Procore's undated rows, which stand in every statement and moved in no month."""

    def dated(name: str) -> pl.DataFrame:
        found = table(name)
        return found.filter(pl.col("payment_date").is_not_null()) if name == "issued_payments" else found

    return dated


def cutoff(run: Run, period: str) -> pl.DataFrame:
    """The payments that lie in `period` by one date and in another month by another, by payment.

    Columns: erp_company, currency_code, check_number, vendor_name, invoice_number, amount (minor units),
    dated (in the ERP), posted (the ERP's month), in_procore (dated there).
    """
    paid, posted = pl.col("payment_date").dt.strftime("%Y-%m"), pl.col("post_period")
    posted = pl.when(posted.str.contains(MONTH)).then(posted)
    shown = pl.when("linked").then(pl.col("shown_date").dt.strftime("%Y-%m"))
    months = pl.concat_list(paid, posted, shown).list.drop_nulls()
    astride = run.drawn.units.filter(
        pl.col("alive") & pl.col("cash"), months.list.n_unique() > 1, months.list.contains(period)
    )
    return astride.select(
        *GROUP,
        "check_number",
        "vendor_name",
        "invoice_number",
        "amount",
        dated="payment_date",
        posted=posted,
        in_procore=pl.when("linked").then("shown_date"),
    ).sort(pl.all(), nulls_last=True)


def days(period: str) -> tuple[date, date]:
    """The first and the last day of a month; InputError where it is none."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", period):
        raise InputError(f"{period} is no month; write 2026-10.")
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
