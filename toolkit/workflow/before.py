"""One commitment read again right before its payments are sent: what may have changed since the plan."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from toolkit import money, schemas
from toolkit.procore import replies
from toolkit.settings import Settings
from toolkit.workflow.body import sent
from toolkit.workflow.outcome import Sync
from toolkit.workflow.sender import Clock, Procore, Row


@dataclass
class Tab:
    """The Payments Issued tab, the commitment and the claims as they stood at `read_at`."""

    rows: list[Row]
    whole: bool
    payments_enabled: bool
    claims: dict[str, Row]
    read_at: datetime

    def blocks(self, sync: Sync) -> str | None:
        """Why this payment must not be sent after all, or None."""
        claim = self.claims.get(sync.claim_id or "")
        if claim is None:
            return "The claim is gone from Procore."
        if not self.payments_enabled:
            return "Payments were switched off on the commitment since it was planned."
        status = str(claim.get("status"))
        if status not in schemas.PAYABLE_STATUSES:
            return f"The claim is {status.replace('_', ' ')} in Procore now, so it may not be paid there."
        return self._beyond_due(sync, claim)

    def _beyond_due(self, sync: Sync, claim: Row) -> str | None:
        summary = replies.inner(claim, "summary") or replies.inner(claim, "g702")
        due = replies.amount(summary.get("current_payment_due"), sync.currency_code, f"invoice {sync.claim_id}")
        if due != sync.due_amount:
            was, now = (self._shown(value, sync) for value in (sync.due_amount, due))
            return f"The claim's due changed from {was} to {now} since it was planned."
        paid = sum(self._amount(row, sync) for row in self.rows if str(row.get("requisition_id")) == sync.claim_id)
        if due is None or paid + sync.amount <= due:
            return None
        return (
            f"With the {self._shown(paid, sync)} that Procore shows it would exceed "
            f"the {self._shown(due, sync)} due on the claim."
        )

    def _shown(self, value: int | None, sync: Sync) -> str:
        return "nothing" if value is None else money.shown(value, sync.currency_code)

    def _amount(self, row: Row, sync: Sync) -> int:
        return replies.amount(row.get("amount"), sync.currency_code, f"issued payment {row.get('id')}") or 0

    def add(self, sync: Sync, issued_payment_id: str | None) -> None:
        """Count a row that we have just created, or may have."""
        self.rows.append(sent(sync.body) | {"id": issued_payment_id})


def read_again(client: Procore, syncs: list[Sync], clock: Clock) -> Tab:
    """Read tab, commitment and claims of one commitment's syncs; RemoteError where that fails."""
    project, commitment = str(json.loads(syncs[0].body)["project_id"]), syncs[0].commitment_id or ""
    read_at = clock.now()
    shown = client.commitment(project, commitment)
    claims = {str(row["id"]): row for row in client.claims_of(project, commitment)}
    listing = client.issued_payments(project, commitment)
    return Tab(list(listing.rows), listing.complete, shown.get("allow_payments") is not False, claims, read_at)


def not_ours(settings: Settings, project_id: str | None) -> str | None:
    """Why a payment of this project is none that we post, or None."""
    chosen = settings.procore.project_ids
    if not chosen or project_id is None or project_id in chosen:
        return None
    return f"Project {project_id} is not among project_ids under [procore] in tieout.toml."
