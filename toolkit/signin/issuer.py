"""A small OpenID Connect issuer for the embedded default: authorization code with PKCE, ES256, loopback only.

It knows one client, the dashboard. A company's own provider takes its place by settings; the
dashboard's code is the same for both.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from toolkit.signin.passwords import Passwords

CLIENT_ID = "tieout-dashboard"
CODE_SECONDS, SESSION_SECONDS = 60, 8 * 3600
ASKED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)
PAGE = (Path(__file__).parent / "login.html").read_text(encoding="utf-8")


@dataclass(frozen=True)
class _Code:
    subject: str
    nonce: str
    challenge: str
    good_until: float


@dataclass
class Issuer:
    """The issuer of one dashboard. `url` is the address a browser sees, `callback` the only redirect it allows.

    `inner` is the address under which the dashboard itself asks it, where that is another one (a proxy
    stands before both).
    """

    url: str
    callback: str
    client_secret: str
    key: ECKey
    passwords: Passwords
    ended: Path
    sample: bool = False
    inner: str | None = None
    _codes: dict[str, _Code] = field(default_factory=dict)

    def application(self) -> Starlette:
        """Routes to be mounted in the dashboard's process."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/jwks", self.jwks),
                Route("/authorize", self.authorize, methods=["GET", "POST"]),
                Route("/token", self.token, methods=["POST"]),
                Route("/end_session", self.end_session),
            ]
        )

    def discovery(self, request: Request) -> Response:
        del request
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.inner or self.url}/token",
                "jwks_uri": f"{self.inner or self.url}/jwks",
                "end_session_endpoint": f"{self.url}/end_session",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "scopes_supported": ["openid", "profile", "email"],
            }
        )

    def jwks(self, request: Request) -> Response:
        del request
        return JSONResponse({"keys": [self.key.as_dict(private=False) | {"use": "sig", "alg": "ES256"}]})

    async def authorize(self, request: Request) -> Response:
        asked: QueryParams | FormData = request.query_params if request.method == "GET" else await request.form()
        wrong = self._wrong(asked)
        if wrong:
            return PlainTextResponse(f"Sign-in cannot go on: {wrong}.", 400)
        if request.method == "GET":
            return self._page(asked)
        name = str(asked.get("name", ""))
        # The check takes its time on purpose, and everybody's pages are served by this same loop.
        if not await run_in_threadpool(self.passwords.right, name, str(asked.get("password", ""))):
            return self._page(
                asked, "Name or password is not right. After five wrong tries a name waits 30 seconds.", 401
            )
        self._forget_old_codes()
        code = secrets.token_urlsafe(32)
        challenge = str(asked.get("code_challenge", ""))
        self._codes[code] = _Code(name, str(asked.get("nonce", "")), challenge, time.monotonic() + CODE_SECONDS)
        answer = {"code": code, "state": str(asked.get("state", ""))}
        return RedirectResponse(f"{self.callback}?{urlencode(answer)}", 303)

    def _forget_old_codes(self) -> None:
        now = time.monotonic()
        self._codes = {text: code for text, code in self._codes.items() if now <= code.good_until}

    def _wrong(self, asked: QueryParams | FormData) -> str | None:
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") != self.callback:
            return "this is not a dashboard that belongs here; open the address that `tieout serve` printed"
        proof = asked.get("code_challenge") and asked.get("code_challenge_method") == "S256"
        if asked.get("response_type") != "code" or not proof:
            return "only the authorization code with PKCE is supported"
        return None

    def _page(self, asked: QueryParams | FormData, problem: str = "", status: int = 200) -> Response:
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(str(asked.get(name, "")), quote=True)}">'
            for name in ASKED
        )
        filled = PAGE.replace("{{hidden}}", hidden).replace("{{problem}}", html.escape(problem))
        filled = filled.replace("{{sample}}", "SAMPLE DATA" if self.sample else "")
        headers = {
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(filled, status, headers)

    async def token(self, request: Request) -> Response:
        form = await request.form()
        if not self._client(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        code = self._codes.pop(str(form.get("code", "")), None)
        meant = form.get("grant_type") == "authorization_code" and form.get("redirect_uri") == self.callback
        if code is None or time.monotonic() > code.good_until or not meant:
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        if not hmac.compare_digest(base64.urlsafe_b64encode(digest).decode().rstrip("="), code.challenge):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": code.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + SESSION_SECONDS,
            "nonce": code.nonce,
            "sid": secrets.token_urlsafe(16),
            "name": code.subject,
        }
        signed = jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)
        reply = {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer", "id_token": signed}
        return JSONResponse(reply | {"expires_in": SESSION_SECONDS}, headers={"Cache-Control": "no-store"})

    def _client(self, request: Request, form: FormData) -> bool:
        header = request.headers.get("authorization", "")
        if header.startswith("Basic "):
            try:
                name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            except ValueError:
                return False
        else:
            name, secret = str(form.get("client_id", "")), str(form.get("client_secret", ""))
        return name == CLIENT_ID and hmac.compare_digest(secret, self.client_secret)

    def end_session(self, request: Request) -> Response:
        """Remember that a session ended: a saved cookie must not open it again."""
        try:
            told = jwt.decode(request.query_params.get("id_token_hint", ""), self.key, algorithms=["ES256"])
            session = str(told.claims.get("sid", ""))
        except (JoseError, ValueError):
            session = ""
        if session:
            handle = os.open(self.ended, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(f"{session}\n")
        if request.query_params.get("post_logout_redirect_uri") == self.callback:
            return RedirectResponse(self.callback, 303)
        return PlainTextResponse("You are signed out.")
