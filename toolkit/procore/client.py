"""Procore's REST API as we use it: paged reads at a polite pace, and one write."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from toolkit.errors import NotVisible, Refused, RemoteError, SignInRefused, TieoutError
from toolkit.procore import replies
from toolkit.procore.pace import Gate, MemoryGate, Pace
from toolkit.procore.signin import SignIn
from toolkit.settings import Settings
from toolkit.web import PostOutcome, Reply, Transport, Web

PER_PAGE = 100
MAX_PAGES = 100_000
ATTEMPTS_AFTER_429 = 3
PAYMENTS = "/rest/v1.0/contract_payments"
PROJECTS = ("/rest/v1.1/projects", "/rest/v1.0/projects")
REQUISITIONS = ("/rest/v1.1/requisitions", "/rest/v1.0/requisitions")


@dataclass(frozen=True)
class Listing:
    """Every page of a list. `complete` only where the rows are as many as Procore's `Total` says."""

    rows: list[dict[str, Any]]
    complete: bool
    total: int | None


class ProcoreClient:
    """Signed in to one company for as long as the `with` block; every reply is kept in `raw`."""

    def __init__(self, settings: Settings, *, gate: Gate | None = None, transport: Transport | None = None) -> None:
        procore = settings.procore
        self.company_id = procore.company_id
        self._pace = Pace(gate or MemoryGate())
        self._web = Web(procore.api_url, timeout=procore.timeout_seconds, transport=transport)
        self._login = Web(procore.login_url, timeout=procore.timeout_seconds, transport=transport)
        self._sign_in = SignIn(settings, self._login)
        self._stack = ExitStack()
        self.raw: list[tuple[str, bytes]] = []

    def __enter__(self) -> Self:
        self._stack.enter_context(self._web)
        self._stack.enter_context(self._login)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def companies(self) -> list[dict[str, Any]]:
        return self._list(("/rest/v1.0/companies",), {}).rows

    def projects(self) -> list[dict[str, Any]]:
        """Every project this account may see."""
        return self._list(PROJECTS, {"company_id": self.company_id}).rows

    def project(self, project_id: str) -> dict[str, Any]:
        return self._one(f"/rest/v1.0/projects/{project_id}", {"company_id": self.company_id})

    def tools(self, project_id: str) -> list[dict[str, Any]] | None:
        """The project's active tools, None where Procore does not say."""
        try:
            return self._list((f"/rest/v1.0/projects/{project_id}/tools",), {"filters[is_active]": "true"}).rows
        except (NotVisible, Refused):
            return None

    def vendors(self) -> list[dict[str, Any]]:
        return self._list(("/rest/v1.0/vendors",), {"company_id": self.company_id}).rows

    def commitments(self, project_id: str) -> list[dict[str, Any]]:
        """Commitments of both kinds, each as its show has it (only that says `allow_payments`)."""
        short = self._list(("/rest/v1.0/commitments",), {"project_id": project_id}).rows
        return [self.commitment(project_id, str(row["id"])) for row in short]

    def commitment(self, project_id: str, commitment_id: str) -> dict[str, Any]:
        return self._one(f"/rest/v1.0/commitments/{commitment_id}", {"project_id": project_id})

    def claims(self, project_id: str) -> list[dict[str, Any]]:
        return self._list(REQUISITIONS, {"project_id": project_id}).rows

    def claim(self, project_id: str, claim_id: str) -> dict[str, Any]:
        return self._one(f"{REQUISITIONS[0]}/{claim_id}", {"project_id": project_id}, f"{REQUISITIONS[1]}/{claim_id}")

    def issued_payments(self, project_id: str, commitment_id: str) -> Listing:
        """The commitment's Payments Issued tab."""
        return self._list((PAYMENTS,), {"project_id": project_id, "contract_id": commitment_id})

    def issued_payment(self, project_id: str, commitment_id: str, issued_payment_id: str) -> dict[str, Any]:
        return self._one(f"{PAYMENTS}/{issued_payment_id}", {"project_id": project_id, "contract_id": commitment_id})

    def post_issued_payment(self, body: bytes) -> PostOutcome:
        """Send one issued payment, once. A sign-in that fails is proof that nothing was sent."""
        try:
            token = self._sign_in.token()
        except TieoutError as error:
            return PostOutcome(sent=False, detail=str(error))
        headers = self._headers(token) | {"Content-Type": "application/json"}
        outcome = self._web.post_once(PAYMENTS, body, headers)
        if outcome.status == 401:
            self._sign_in.forget(token)
        if outcome.status is not None:
            self._pace.after(outcome.status, outcome.headers)
        return outcome

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", "Procore-Company-Id": self.company_id, "Accept": "application/json"}

    def _get(self, path: str, params: Mapping[str, Any]) -> Reply:
        signed_in_again = False
        for _ in range(ATTEMPTS_AFTER_429 + 1):
            self._pace.before_read()
            token = self._sign_in.token()
            reply = self._web.get(path, params, self._headers(token))
            self._pace.after(reply.status, reply.headers)
            if reply.status == 401 and not signed_in_again:
                signed_in_again = True
                self._sign_in.forget(token)
                continue
            if reply.status in (429, 503):
                continue
            break
        return self._checked(path, params, reply)

    def _checked(self, path: str, params: Mapping[str, Any], reply: Reply) -> Reply:
        if reply.status == 200:
            where = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
            self.raw.append((f"{path}?{where}", reply.body))
            return reply
        host, said = self._web.host, f"{path}: {replies.refusal(reply.body).rstrip('.')};"
        if reply.status == 401:
            raise SignInRefused(host, said, 401, "check that the service account is installed in this company.")
        if reply.status in (403, 404):
            raise NotVisible(host, said, reply.status, "check the service account's permissions and the id.")
        if reply.status < 500:
            raise Refused(host, said, reply.status, "check the settings.")
        raise RemoteError(host, said, reply.status, "try again later.")

    def _one(self, path: str, params: Mapping[str, Any], older: str | None = None) -> dict[str, Any]:
        try:
            found = replies.parse(self._get(path, params).body, self._web.host)
        except NotVisible:
            if older is None:
                raise
            found = replies.parse(self._get(older, params).body, self._web.host)
        if not isinstance(found, dict):
            raise RemoteError(self._web.host, f"{path}: the answer is not one object.")
        return found

    def _list(self, paths: tuple[str, ...], params: Mapping[str, Any]) -> Listing:
        """Every page, of the newest version of the route that the host knows."""
        for place, path in enumerate(paths):
            try:
                return self._pages(path, params)
            except NotVisible:
                if place == len(paths) - 1:
                    raise
        raise AssertionError("there is always a last path")

    def _pages(self, path: str, params: Mapping[str, Any]) -> Listing:
        rows: list[dict[str, Any]] = []
        total: int | None = None
        for page in range(1, MAX_PAGES):
            reply = self._get(path, {**params, "page": page, "per_page": PER_PAGE})
            found = replies.parse(reply.body, self._web.host)
            if not isinstance(found, list):
                raise RemoteError(self._web.host, f"{path}: the answer is not a list.")
            rows += found
            said = reply.headers.get("total", "")
            total = int(said) if said.isdigit() else None
            more = 'rel="next"' in reply.headers.get("link", "") or (total is not None and len(rows) < total)
            if not found or not more:
                break
        distinct = {str(row.get("id")) for row in rows}
        return Listing(rows, complete=len(distinct) == len(rows) and total in (None, len(rows)), total=total)
