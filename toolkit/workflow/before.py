"""One commitment read again right before its payments are sent: what may have changed since the plan."""

from __future__ import annotations

import json
from dataclasses import dataclass

from toolkit import money, schemas
from toolkit.errors import RemoteError
from toolkit.procore import replies
from toolkit.workflow.body import sent
from toolkit.workflow.outcome import Sync
from toolkit.workflow.sender import Procore, Row, read_tab


@dataclass
class Tab:
    """The Payments Issued tab, the commitment and the claims as they stand now."""

    rows: list[Row]
    payments_enabled: bool
    claims: dict[str, Row]

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
        if due is None:
            return None
        if sync.due_amount is not None and due != sync.due_amount:
            was, now = (money.shown(value, sync.currency_code) for value in (sync.due_amount, due))
            return f"The claim's due changed from {was} to {now} since it was planned."
        paid = sum(self._amount(row, sync) for row in self.rows if str(row.get("requisition_id")) == sync.claim_id)
        if paid + sync.amount <= due:
            return None
        shown, owed = (money.shown(value, sync.currency_code) for value in (paid, due))
        return f"With the {shown} that Procore shows it would exceed the {owed} due on the claim."

    def _amount(self, row: Row, sync: Sync) -> int:
        return replies.amount(row.get("amount"), sync.currency_code, f"issued payment {row.get('id')}") or 0

    def add(self, sync: Sync, issued_payment_id: str | None) -> None:
        """Count a row that we have just created."""
        self.rows.append(sent(sync.body) | {"id": issued_payment_id})


def read_again(client: Procore, syncs: list[Sync]) -> Tab:
    """Read tab, commitment and claims of one commitment's syncs; RemoteError where that fails."""
    first = syncs[0]
    project, commitment = json.loads(first.body)["project_id"], first.commitment_id or ""
    shown = client.commitment(str(project), commitment)
    claims = {claim: client.claim(str(project), claim) for claim in sorted({sync.claim_id or "" for sync in syncs})}
    rows = read_tab(client, first)
    if rows is None:
        raise RemoteError("Procore", f"the payments of commitment {commitment} could not be read whole; push again.")
    return Tab(list(rows), shown.get("allow_payments") is not False, claims)
