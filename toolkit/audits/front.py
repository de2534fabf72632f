"""The front door for auditors: one run's evidence, asked in sentences; `audit = tt.open_audit(home)`.

Nothing here changes anything. Every answer is a frame, sorted, without clocks and paths.
"""

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path

import polars as pl

from toolkit.audits import approvals, checks, closing, completeness, sample, trail
from toolkit.audits.evidence import Evidence, from_home
from toolkit.audits.reperform import perform, views
from toolkit.audits.walk import walked_sample
from toolkit.errors import NotFound
from toolkit.reports import pictures
from toolkit.reports.notebook import dress
from toolkit.rules.periods import days
from toolkit.settings import load_settings
from toolkit.warehouse import Snapshot


def open_audit(home: Path | str | None = None, run_id: str | None = None, position: int | None = None) -> Audit:
    """The evidence of a run: of this working folder, or (`home` None) of the sample, walked from load to close.

    `run_id` None is the newest run, `position` None the whole log.

    >>> audit = open_audit(home)
    >>> audit.views()["same"].all()
    True
    """
    if "IPython" in sys.modules:
        dress()
    settings = load_settings(Path(home) if home else walked_sample())
    return Audit(from_home(settings, run_id, position), settings.published)


class Audit:
    """One run and what it stands on. Frames only; the views' names are those of `report`."""

    def __init__(self, evidence: Evidence, published: Path) -> None:
        self._evidence, self._published = evidence, published

    def __repr__(self) -> str:
        facts = self._evidence.snapshot.facts()
        month = f", {facts['period']} only" if facts["period"] else ""
        return f"Audit of the run of payments up to {facts['as_of']}{month}, by {self._evidence.position} events"

    @property
    def evidence(self) -> Evidence:
        return self._evidence

    # -- done again ----------------------------------------------------------------------------------
    @cached_property
    def _again(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        with perform(self._evidence) as again:
            return views(self._evidence, again), checks.checks(self._evidence, again)

    def facts(self) -> pl.DataFrame:
        """What the run was told: its day, its month, the rules' version, who prepared it, its tolerances."""
        return checks.said(self._evidence)

    def sources(self) -> pl.DataFrame:
        """Every source file and reply, and is it still what its SHA-256 says."""
        return self._evidence.sources().with_columns(pl.col("sha256").str.head(12))

    def views(self) -> pl.DataFrame:
        """The run done again: each view's hash as recorded, of its rows now, and anew."""
        return self._again[0]

    def checks(self) -> pl.DataFrame:
        """Everything that was looked at: as it was, or altered and where."""
        return self._again[1]

    # -- is anything missing -------------------------------------------------------------------------
    def files(self) -> pl.DataFrame:
        return completeness.files(self._evidence)

    def screens(self) -> pl.DataFrame:
        return completeness.screens(self._evidence)

    def watermarks(self) -> pl.DataFrame:
        return completeness.watermarks(self._evidence)

    def quarantine(self) -> pl.DataFrame:
        return completeness.quarantine(self._evidence)

    def check_gaps(self) -> pl.DataFrame:
        return completeness.check_gaps(self._evidence)

    def months(self) -> pl.DataFrame:
        return completeness.months(self._evidence)

    def replies(self) -> pl.DataFrame:
        return completeness.replies(self._evidence)

    # -- who decided what ----------------------------------------------------------------------------
    def payments(self) -> pl.DataFrame:
        return approvals.payments(self._evidence)

    def duties(self) -> pl.DataFrame:
        return approvals.duties(self._evidence)

    def approved(self) -> pl.DataFrame:
        """Payments and their amount by who submitted and approved them, and how they ended."""
        return approvals.totals(self._evidence)

    def limits(self) -> pl.DataFrame:
        return approvals.limits(self._evidence)

    def decisions(self) -> pl.DataFrame:
        return approvals.decisions(self._evidence)

    def access(self) -> pl.DataFrame:
        return approvals.access(self._evidence)

    def population(self) -> pl.DataFrame:
        return sample.population(self._evidence)

    def sample(self, size: int, seed: int) -> pl.DataFrame:
        """A sample of the population by `sample.METHOD`, each item traced from the ERP's row to Procore's."""
        return sample.draw(self._evidence, size, seed)

    # -- the log -------------------------------------------------------------------------------------
    def log(self) -> str:
        """What re-performing the chain, its anchors and the states said."""
        return self._evidence.log.sentence

    def events(self) -> pl.DataFrame:
        """How often what was done, by whom."""
        return trail.counted(self._evidence)

    def anchors(self) -> pl.DataFrame:
        return trail.anchors(self._evidence)

    def prove(self, sync_id: str) -> pl.DataFrame:
        """Each event of one payment, and do its hashes lead to the root over the whole log."""
        return trail.proved(self._evidence, sync_id)

    # -- a month at its close ------------------------------------------------------------------------
    def month(self, period: str) -> Snapshot:
        """The run on which a month was signed last, else NotFound."""
        signed = trail.signed_run(self._evidence, period)
        if signed is None:
            raise NotFound(f"Nobody signed {period} yet; `tieout close {period}` does.")
        return Snapshot.open(self._published / f"{signed}.duckdb")

    def statement(self, period: str, company: str | None = None) -> pl.DataFrame:
        """The statement that was signed."""
        where = {"erp_company": company} if company else None
        return self.month(period).view("statement", where).drop("run_id")

    def show_statement(self, period: str, company: str) -> pictures.Chart:
        return pictures.waterfall(self.statement(period, company))

    def open_items(self, period: str) -> pl.DataFrame:
        """What was open when a month was signed: every mismatch of weight that nobody had settled or waived."""
        columns = ("erp_company", "severity", "code", "check_number", "vendor_name", "currency_code", "amount")
        found = closing.open_items(self.month(period)).select(columns)
        return found.sort("erp_company", "severity", "code", "check_number", nulls_last=True)

    def roll_forward(self, period: str) -> pl.DataFrame:
        """From the items that were open when a month was signed to those of the run."""
        return closing.roll_forward(self.month(period), self._evidence.snapshot)

    def ageing(self, period: str) -> pl.DataFrame:
        """The items that were open when a month was signed, by age at its last day."""
        return closing.ageing(self.month(period), days(period)[1])

    def signatures(self) -> pl.DataFrame:
        return closing.signatures(self._evidence)

    def late(self) -> pl.DataFrame:
        return closing.late(self._evidence.snapshot)
