"""OAuth 2.0: one access token for everybody in this process, one refresh at a time over all processes.

Where refresh tokens rotate (Xero, QuickBooks), the new one is on disk, readable by its owner only,
before the access token that came with it is used. A refresh token that a person gives anew wins.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from toolkit.erps.api.base import Ask
from toolkit.erps.api.session import basic
from toolkit.errors import RemoteError, SettingsError, SignInRefused, StoreError
from toolkit.web import Reply, Web

MARGIN_SECONDS = 60.0
WAIT_FOR_ANOTHER = 120.0


class RefreshTokens:
    """The newest refresh token of one grant in `TIEOUT_HOME/tokens`; `seed` is the one a person gave.

    QuickBooks grants for one company (`realm`) at a time, the others for the app.
    """

    def __init__(self, home: Path, erp: str, seed: str, realm: str | None = None) -> None:
        self._folder, self._erp, self._seed = home / "tokens", erp, seed
        self._name = f"{erp}-{re.sub(r'[^A-Za-z0-9]', '', realm)}" if realm else erp
        self._place = self._folder / f"{self._name}.json"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else, in no other process, refreshes meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with FileLock(self._folder / f"{self._name}.lock", timeout=WAIT_FOR_ANOTHER):
                yield
        except Timeout as error:
            raise StoreError(f"Another process is signing in to {self._erp}; wait until it is done.") from error

    def current(self) -> str:
        """The rotated token, unless a person has given another since."""
        try:
            kept = json.loads(self._place.read_text(encoding="utf-8"))
            seed, token = str(kept["seed"]), str(kept["refresh_token"])
        except FileNotFoundError:
            seed, token = "", ""
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{self._place} is damaged; delete it and authorise the app again.") from error
        if token and (not self._seed or seed == _digest(self._seed)):
            return token
        if self._seed:
            return self._seed
        raise SettingsError(
            f"No refresh token for erp.{self._erp}: authorise the app and set "
            f"TIEOUT_ERP_{self._erp.upper()}_REFRESH_TOKEN, or keep it in the keyring."
        )

    def keep(self, token: str) -> None:
        """Write the token down for good; a crash leaves the old file or the new one."""
        if token == self.current():
            return
        seed = _digest(self._seed) if self._seed else self._kept_seed()
        try:
            with tempfile.NamedTemporaryFile("w", dir=self._folder, delete=False, encoding="utf-8") as draft:
                json.dump({"seed": seed, "refresh_token": token}, draft)
                draft.flush()
                os.fsync(draft.fileno())
            Path(draft.name).replace(self._place)
        except OSError as error:
            raise StoreError(f"{self._place} cannot be written ({error.strerror}).") from error

    def _kept_seed(self) -> str:
        return str(json.loads(self._place.read_text(encoding="utf-8"))["seed"])


def _digest(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()


@dataclass(frozen=True)
class Grant:
    """How an access token is asked for: form fields (made anew each time), headers, and where tokens rotate."""

    url: str
    fields: Callable[[], Mapping[str, str]]
    headers: Mapping[str, str]
    rotating: RefreshTokens | None = None


class Bearer:
    """Signs requests with an access token that is renewed before it runs out (a `Sign`)."""

    def __init__(self, ask: Ask, grant: Grant) -> None:
        self._ask, self._grant = ask, grant
        self._lock = threading.Lock()
        self._token, self._good_until = "", 0.0

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token()}"}

    def token(self) -> str:
        """A valid access token; concurrent callers share one refresh."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                self._renew()
            return self._token

    def forget(self) -> None:
        """The API refused the token: the next call asks for another."""
        with self._lock:
            self._good_until = 0.0

    def _renew(self) -> None:
        parts = urlsplit(self._grant.url)
        store = self._grant.rotating
        with store.alone() if store else nullcontext(), Web(f"{parts.scheme}://{parts.netloc}") as web:
            reply = web.form(
                parts.path, self._grant.fields(), {"Accept": "application/json"} | dict(self._grant.headers)
            )
            token, seconds, refresh = self._granted(reply, web.host)
            self._ask.hide(token)
            self._ask.hide(refresh)
            if store and refresh:
                store.keep(refresh)
        self._token, self._good_until = token, time.monotonic() + max(seconds - MARGIN_SECONDS, seconds / 2)

    def _granted(self, reply: Reply, host: str) -> tuple[str, float, str]:
        if reply.status in (400, 401, 403):
            raise SignInRefused(
                host,
                "the sign-in was refused;",
                reply.status,
                f"check [erp.{self._ask.erp}] client_id and its secrets, or authorise the app again.",
            )
        try:
            said = json.loads(reply.body)
            return str(said["access_token"]), float(said["expires_in"]), str(said.get("refresh_token") or "")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RemoteError(host, "no token came; check the address of the token host.", reply.status) from error


def app_grant(ask: Ask, token_url: str, scope: str = "") -> Grant:
    """The grant that `[erp.CODE] grant` names, for an app with a client id and secret."""
    section = ask.section
    url = section.token_url or token_url
    client = section.client_id or ""
    kind = section.grant or "refresh_token"
    secret = ask.secret("client_secret", needed=kind != "refresh_token")
    # An app without a secret (PKCE) names itself in the form.
    headers = {"Authorization": basic(client, secret)} if secret else {}
    more = ({"scope": scope} if scope else {}) | ({} if secret else {"client_id": client})
    if kind == "refresh_token":
        store = RefreshTokens(ask.settings.home, ask.erp, ask.secret("refresh_token", needed=False), section.realm_id)
        ours = {} if secret else {"client_id": client}
        return Grant(
            url, lambda: {"grant_type": kind, "refresh_token": store.current()} | ours, headers, rotating=store
        )
    if kind == "password":
        more |= {"username": section.username or "", "password": ask.secret("password")}
    return Grant(url, lambda: {"grant_type": kind} | more, headers)
