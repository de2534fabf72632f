"""Client-credentials sign-in: one token for everybody in this process, renewed before it runs out."""

from __future__ import annotations

import json
import threading
import time

from toolkit.errors import RemoteError, SettingsError, SignInRefused
from toolkit.settings import Settings, client_secret
from toolkit.web import Web

MARGIN_SECONDS = 60


class SignIn:
    """Hands out a valid access token; concurrent callers share one refresh."""

    def __init__(self, settings: Settings, web: Web) -> None:
        self._settings, self._web = settings, web
        self._lock = threading.Lock()
        self._token, self._good_until = "", 0.0

    def token(self) -> str:
        """An access token; SignInRefused names the host where id and secret are not accepted."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                self._renew()
            return self._token

    def forget(self, token: str) -> None:
        """The API refused this token: the next call signs in again."""
        with self._lock:
            if token == self._token:
                self._good_until = 0.0

    def _renew(self) -> None:
        procore = self._settings.procore
        if not procore.client_id or not procore.company_id:
            missing = "client_id" if not procore.client_id else "company_id"
            raise SettingsError(f"tieout.toml lacks [procore] {missing}; `tieout init` asks for it.")
        reply = self._web.form(
            "/oauth/token",
            {
                "grant_type": "client_credentials",
                "client_id": procore.client_id,
                "client_secret": client_secret(self._settings),
            },
        )
        if reply.status in (400, 401, 403):
            raise SignInRefused(
                self._web.host,
                "the sign-in was refused;",
                reply.status,
                "check [procore] client_id and the secret in TIEOUT_PROCORE_CLIENT_SECRET or the keyring.",
            )
        try:
            said = json.loads(reply.body)
            self._token, seconds = str(said["access_token"]), float(said["expires_in"])
        except (ValueError, KeyError, TypeError) as error:
            raise RemoteError(self._web.host, "no token; check [procore] login_url.", reply.status) from error
        self._good_until = time.monotonic() + max(seconds - MARGIN_SECONDS, seconds / 2)
