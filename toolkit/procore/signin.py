"""Client-credentials sign-in: one token for everybody in this process, renewed before it runs out."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable

from toolkit.errors import RemoteError, SettingsError, SignInRefused
from toolkit.settings import Settings, client_secret
from toolkit.web import Reply, Web

MARGIN_SECONDS = 60
SHORTEST_SECRET = 12


class SignIn:
    """Hands out a valid access token; concurrent callers share one refresh."""

    def __init__(self, settings: Settings, web: Web, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._web, self._clock = settings, web, clock
        self._lock = threading.Lock()
        self._token, self._secret, self._good_until = "", "", 0.0

    def token(self) -> str:
        """An access token; SignInRefused names the host where id and secret are not accepted."""
        with self._lock:
            if self._clock() >= self._good_until:
                self._renew()
            return self._token

    def forget(self, token: str) -> None:
        """The API refused this token: the next call signs in again."""
        with self._lock:
            if token == self._token:
                self._good_until = 0.0

    def hidden(self, body: bytes) -> bytes:
        """The same bytes without token and secret, should a host ever show them: what it says is kept and quoted."""
        for word in (self._token, self._secret):
            # A word as short as this may stand in any text by chance, and is nobody's secret.
            if len(word) >= SHORTEST_SECRET:
                body = body.replace(word.encode(), b"(hidden)")
        return body

    def _renew(self) -> None:
        procore = self._settings.procore
        if not procore.client_id or not procore.company_id:
            missing = "client_id" if not procore.client_id else "company_id"
            raise SettingsError(f"tieout.toml lacks [procore] {missing}; `tieout init` asks for it.")
        self._secret = client_secret(self._settings)
        reply = self._web.form(
            "/oauth/token",
            {
                "grant_type": "client_credentials",
                "client_id": procore.client_id,
                "client_secret": self._secret,
            },
        )
        host = self._web.host
        if reply.status in (400, 401, 403):
            advice = "check [procore] client_id and the secret in TIEOUT_PROCORE_CLIENT_SECRET or the keyring."
            raise SignInRefused(host, "the sign-in was refused;", reply.status, advice)
        if reply.status == 429 or reply.status >= 500:
            raise RemoteError(host, "no token just now; try again later.", reply.status)
        self._token, seconds = _token_of(reply, host)
        self._good_until = self._clock() + max(seconds - MARGIN_SECONDS, seconds / 2)


def _token_of(reply: Reply, host: str) -> tuple[str, float]:
    """The access token and for how many seconds it is good."""
    try:
        said = json.loads(reply.body)
        token, seconds = said["access_token"], float(said["expires_in"])
    except (ValueError, KeyError, TypeError) as error:
        raise RemoteError(host, "no token; check [procore] login_url.", reply.status) from error
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not 0 < seconds < math.inf:
        raise RemoteError(host, "no token that can be used; check [procore] login_url.", reply.status)
    return token, seconds
