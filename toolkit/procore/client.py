"""Procore's REST API as we use it: the routes that are read, and the one that is written."""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType
from typing import Self

from toolkit.errors import NotFound, NotVisible, Refused
from toolkit.procore import replies
from toolkit.procore.listing import Listing, Reader, Row
from toolkit.procore.pace import Gate
from toolkit.procore.session import Edges, Keep, Session
from toolkit.settings import Settings
from toolkit.web import PostOutcome, Transport, multipart

PAYMENTS = "/rest/v1.0/contract_payments"
# Older hosts know these as v1.0 only.
PROJECTS = "/rest/v1.1/projects"
REQUISITIONS = "/rest/v1.1/requisitions"


class ProcoreClient:
    """Signed in to one company for as long as the `with` block. `keep` is handed every reply read, with its place.

    Reads raise NotVisible (403, 404), SignInRefused, Refused or RemoteError; a list that must be whole
    and is not, even on a second look, is a RemoteError.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        gate: Gate | None = None,
        transport: Transport | None = None,
        keep: Keep = lambda *_: None,
    ) -> None:
        self.company_id = settings.procore.company_id
        self._session = Session(settings, Edges(gate, transport, keep))
        self._read = Reader(self._session)

    def __enter__(self) -> Self:
        self._session.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.__exit__(kind, error, trace)

    def companies(self) -> list[Row]:
        """The companies in which the app is installed."""
        return self._read.whole("/rest/v1.0/companies", {}, "companies")

    def projects(self) -> list[Row]:
        """Every project this account may see."""
        return self._read.whole(PROJECTS, {"company_id": self.company_id}, "projects")

    def project(self, project_id: str) -> Row:
        return self._read.one(f"/rest/v1.0/projects/{_id(project_id)}", {"company_id": self.company_id})

    def tools(self, project_id: str) -> list[Row] | None:
        """The project's active tools, None where Procore does not say."""
        path = f"/rest/v1.0/projects/{_id(project_id)}/tools"
        try:
            return self._read.whole(path, {"filters[is_active]": "true"}, f"tools of project {project_id}")
        except (NotVisible, Refused):
            return None

    def access(self, project_id: str) -> str | None:
        """The service account's access to the project's Commitments tool, None where Procore does not say."""
        try:
            found = self._read.document("/rest/v1.0/settings/permissions", {"project_id": _id(project_id)})
        except (NotVisible, Refused):
            return None
        return replies.commitments_access(found)

    def vendors(self) -> list[Row]:
        return self._read.whole("/rest/v1.0/vendors", {"company_id": self.company_id}, "vendors")

    def commitments(self, project_id: str) -> list[Row]:
        """Commitments of both kinds, each as its show has it (only that says `allow_payments`)."""
        what = f"commitments of project {project_id}"
        short = self._read.whole("/rest/v1.0/commitments", {"project_id": project_id}, what)
        return [self.commitment(project_id, str(row["id"])) for row in short]

    def commitment(self, project_id: str, commitment_id: str) -> Row:
        return self._read.one(f"/rest/v1.0/commitments/{_id(commitment_id)}", {"project_id": project_id})

    def claims(self, project_id: str) -> list[Row]:
        return self._read.whole(REQUISITIONS, {"project_id": project_id}, f"invoices of project {project_id}")

    def claims_of(self, project_id: str, commitment_id: str) -> list[Row]:
        """A commitment's claims in one request, however many are to be paid, and also where a host does not filter."""
        where = {"project_id": project_id, "filters[commitment_id]": _id(commitment_id)}
        rows = self._read.whole(REQUISITIONS, where, f"invoices of commitment {commitment_id}")
        return [row for row in rows if str(row.get("commitment_id")) == commitment_id]

    def issued_payments(self, project_id: str, commitment_id: str) -> Listing:
        """The commitment's Payments Issued tab; without a `Total` it proves nothing, so it is not complete."""
        found = self._read.looked(PAYMENTS, {"project_id": project_id, "contract_id": commitment_id})
        return found if found.total is not None else replace(found, complete=False)

    def issued_payment(self, project_id: str, commitment_id: str, issued_payment_id: str) -> Row:
        where = {"project_id": project_id, "contract_id": commitment_id}
        return self._read.one(f"{PAYMENTS}/{_id(issued_payment_id)}", where)

    def post_issued_payment(self, body: bytes) -> PostOutcome:
        """Send one issued payment, once. A sign-in that fails is proof that nothing was sent."""
        return self._session.write_once("POST", PAYMENTS, body)

    def change_issued_payment(self, issued_payment_id: str, body: bytes) -> PostOutcome:
        """PATCH one row, once. For the probe, and an approved reversal: no push changes what it posted."""
        return self._session.write_once("PATCH", f"{PAYMENTS}/{_id(issued_payment_id)}", body)

    def attach(
        self, project_id: str, commitment_id: str, issued_payment_id: str, file: tuple[str, bytes]
    ) -> PostOutcome:
        """Add a file (its name and content) to one row, once; no field of the row is named."""
        fields = {"project_id": _id(project_id), "contract_id": _id(commitment_id)}
        body, kind = multipart(fields, ("attachments[]", *file))
        return self._session.write_once("PATCH", f"{PAYMENTS}/{_id(issued_payment_id)}", body, kind)

    def delete_issued_payment(self, project_id: str, commitment_id: str, issued_payment_id: str) -> PostOutcome:
        """DELETE one row, once. For the probe, and an approved reversal: no push deletes anything."""
        where = f"project_id={_id(project_id)}&contract_id={_id(commitment_id)}"
        return self._session.write_once("DELETE", f"{PAYMENTS}/{_id(issued_payment_id)}?{where}")


def _id(text: str) -> str:
    """An id as it may stand in a path."""
    if not (text.isascii() and text.isdigit()):
        raise NotFound(f"{text} is no id of Procore: ids there are whole numbers.")
    return text
