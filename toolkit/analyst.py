"""The front door for analysts: one run, asked in sentences; `import toolkit as tt`, `run = tt.open_run()`.

Frames are those of the `report` views: amounts as decimals, dates, names people know. Whatever is
asked, nothing is changed, but for `confirm`, `unmatch` and `note`, which go through the same workflow, and the
same questions of who may, as the command line and the dashboard.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from toolkit.errors import InputError, NotFound
from toolkit.reports import pictures
from toolkit.reports.notebook import Sentences, dress
from toolkit.reports.tables import as_csv, as_xlsx
from toolkit.rules.explain import Explanation, explain
from toolkit.settings import Settings, load_settings
from toolkit.warehouse import Snapshot, latest
from toolkit.workflow.actors import acting
from toolkit.workflow.cases import Said, say
from toolkit.workflow.control import Control
from toolkit.workflow.decide import Word, decide


def open_run(run_id: str | None = None, home: Path | str | None = None) -> OpenRun:
    """Open a published run: the newest, or the one with this id; NotFound where there is none.

    `home` is the working folder, by default `TIEOUT_HOME`.

    >>> run = open_run()
    >>> run.statement("Larkspur Builders LLC")["label"][-1]
    'unexplained'
    """
    if "IPython" in sys.modules:
        dress()
    settings = load_settings(Path(home) if home else None)
    return OpenRun(latest(settings, run_id), settings)


class OpenRun:
    """A run, open for questions. Keywords of the views are columns: a value, or a list of values."""

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self._snapshot, self._settings = snapshot, settings

    def __repr__(self) -> str:
        facts = self._snapshot.facts()
        return f"Run of payments up to {facts['as_of']}" + (f", {facts['period']} only" if facts["period"] else "")

    @property
    def run_id(self) -> str:
        return self._snapshot.run_id

    @property
    def as_of(self) -> date:
        """The last day that the run looks at."""
        found: date = self._snapshot.facts()["as_of"]
        return found

    # -- both sides ----------------------------------------------------------------------------------
    def payments(self, **where: Any) -> pl.DataFrame:
        """The ERP's payments.

        >>> open_run().payments(check_number="010452")["payment_amount"].to_list()
        [Decimal('100350.00')]
        """
        return self._snapshot.view("payments", where)

    def applications(self, **where: Any) -> pl.DataFrame:
        """How much of each payment settles which bill."""
        return self._snapshot.view("applications", where)

    def claims(self, **where: Any) -> pl.DataFrame:
        """Procore's claims.

        >>> open_run().claims(invoice_number="CBS-115")["status"].to_list()
        ['approved']
        """
        return self._snapshot.view("claims", where)

    def issued_payments(self, **where: Any) -> pl.DataFrame:
        """What the Payments Issued tabs show."""
        return self._snapshot.view("issued_payments", where)

    # -- what the run found --------------------------------------------------------------------------
    def statement(self, company: str | None = None) -> pl.DataFrame:
        """From what the ERP paid to what Procore shows, line by line; the last is `unexplained`."""
        return self._snapshot.view("statement", {"erp_company": company} if company else None)

    def mismatches(self, **where: Any) -> pl.DataFrame:
        """What does not agree, the largest first.

        >>> open_run().mismatches(code="duplicate_payment_erp")["check_number"].to_list()
        ['010480']
        """
        return self._snapshot.view("mismatches", where, order=["-amount", "mismatch_id"])

    def matches(self, **where: Any) -> pl.DataFrame:
        """What was put beside which claim, by which rule and how surely."""
        return self._snapshot.view("matches", where)

    def explain(self, payment: str) -> Sentences:
        """Why a payment (its id or its check number) stands where it stands.

        >>> open_run().explain("010490")[-1][:34]
        'No claim of this vendor comes near'
        """
        return Sentences(self._explained(payment).sentences)

    def candidates(self, payment: str) -> pl.DataFrame:
        """The claims that a payment was put beside, the surest first, with what speaks for each.

        >>> open_run().candidates("EFT 1024")["commitment_number"].to_list()
        ['SC-07-01', 'SC-07-03']
        """
        claims = self._snapshot.view("claims").select("claim_id", "commitment_number", "due_amount", "status")
        found = self.matches(**self._key(payment)).join(claims, on="claim_id", suffix="_of_claim")
        shown = found.sort("confidence", "claim_id", descending=[True, False])
        return shown.select(
            "claim_id",
            "claim_invoice_number",
            "commitment_number",
            "due_amount",
            "status",
            "band",
            "confidence",
            "reason",
        )

    def vendor(self, name: str) -> pl.DataFrame:
        """A vendor's claims, payments and issued payments by day (columns: day, what, number, amount, status).

        >>> open_run().vendor("Cinder Block & Stone LLC")["what"].unique().sort().to_list()
        ['claimed in Procore', 'issued in Procore', 'paid by the ERP']
        """
        commitments = self._snapshot.view("commitments", {"vendor_name": name})["commitment_id"].to_list()
        claims = self.claims(vendor_name=name).select(
            "status", day="billing_date", number="invoice_number", amount="due_amount"
        )
        paid = self.payments(vendor_name=name).select(
            "status", day="payment_date", number="check_number", amount="payment_amount"
        )
        issued = self.issued_payments(commitment_id=commitments).select(
            day="payment_date", number="check_number", amount="amount", status=pl.lit(None, pl.String)
        )
        parts = {"claimed in Procore": claims, "paid by the ERP": paid, "issued in Procore": issued}
        if not any(part.height for part in parts.values()):
            raise NotFound(f"This run knows no vendor {name}.")
        columns = ["day", "what", "number", "amount", "status"]
        return pl.concat(part.with_columns(what=pl.lit(what)).select(columns) for what, part in parts.items()).sort(
            "day", "what", "number", nulls_last=True
        )

    # -- pictures ------------------------------------------------------------------------------------
    def show_statement(self, company: str) -> pictures.Chart:
        """The statement of a company as a waterfall."""
        return pictures.waterfall(self.statement(company))

    def show_ageing(self, company: str) -> pictures.Chart:
        """How long ago payments left that Procore does not show yet."""
        return pictures.ageing(self.mismatches(erp_company=company, code="in_erp_not_procore"), self.as_of)

    def show_vendor(self, name: str) -> pictures.Chart:
        """A vendor's claims, payments and issued payments on one line of time."""
        return pictures.timeline(self.vendor(name))

    def show_parts(self, payment: str) -> pictures.Chart:
        """The applications that make up one payment."""
        parts = self.applications(**self._key(payment)).select(number="invoice_number", amount="applied_amount")
        return pictures.sums(parts, payment)

    # -- decisions -----------------------------------------------------------------------------------
    def confirm(self, payment: str, claim_id: str, reason: str, by: str | None = None) -> str:
        """Say which claim a payment pays; the next run takes it in before its first pass."""
        return self._decide("confirm", payment, claim_id, reason, by)

    def unmatch(self, payment: str, claim_id: str, reason: str, by: str | None = None) -> str:
        """Say that a payment does not pay a claim."""
        return self._decide("unmatch", payment, claim_id, reason, by)

    def note(self, payment: str, text: str, code: str | None = None, by: str | None = None) -> str:
        """Leave a note on what does not agree about a payment (or on one code of it); the next run shows it."""
        where = self._key(payment) | ({"code": code} if code else {})
        ids = self.mismatches(**where)["mismatch_id"].to_list()
        if not ids:
            raise NotFound(f"This run found nothing of that kind about payment {payment}.")
        with Control.open(self._settings) as control:
            actor = acting(self._settings, by, via="notebook")
            count = say(control, self._settings, self._snapshot, actor, datetime.now(UTC), Said(note=text), *ids)
        return f"Noted on {count} mismatch{'' if count == 1 else 'es'}; `tieout reconcile` takes it in."

    def _decide(self, verdict: str, payment: str, claim_id: str, reason: str, by: str | None) -> str:
        key = self._key(payment)
        word = Word(verdict, key["payment_id"], claim_id, erp=key["erp"], reason=reason)
        with Control.open(self._settings) as control:
            actor = acting(self._settings, by, via="notebook")
            return decide(control, self._snapshot, actor, datetime.now(UTC), word).said

    # -- files ---------------------------------------------------------------------------------------
    def export(self, path: Path | str, *views: str) -> Path:
        """Write views to a .csv (one view) or .xlsx (a sheet each); text can never become a formula there."""
        place = Path(path)
        frames = {name: self._snapshot.view(name) for name in views or ("statement", "mismatches")}
        if place.suffix == ".xlsx":
            place.write_bytes(as_xlsx(frames))
        elif place.suffix == ".csv" and len(frames) == 1:
            place.write_text(as_csv(next(iter(frames.values()))), encoding="utf-8")
        else:
            raise InputError(f"{place.name}: write .xlsx, or .csv for a single view.")
        return place

    def _explained(self, payment: str) -> Explanation:
        return explain(self._snapshot.table, payment)

    def _key(self, payment: str) -> dict[str, str]:
        found: dict[str, str] = (
            self._explained(payment).payment.select("erp", "erp_company", "payment_id").row(0, named=True)
        )
        return found
