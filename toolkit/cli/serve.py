"""`tieout serve`: the dashboard, with the local sign-in in the same process or a company's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from toolkit.cli.console import out
from toolkit.errors import SettingsError
from toolkit.settings import Settings, client_secret, is_loopback, load_settings

BASE = "tieout"
THEME: dict[str, Any] = {
    # Said for both, so that the browser's own choice of light or dark holds.
    "theme.light.primaryColor": "#1f5fa8",
    "theme.dark.primaryColor": "#3877bd",
    # Captions are a faded version of it and must stay readable (4.5 to 1).
    "theme.light.textColor": "#0b0f15",
    "theme.paddingTop": "2.5rem",
    "theme.baseRadius": "0.5rem",
    "theme.baseFontSize": 15,
    "theme.metricValueFontSize": "1.55rem",
    "theme.headingFontSizes": ["2rem", "1.4rem", "1.2rem", "1rem", "1rem", "1rem"],
}


def command(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
) -> None:
    """Serve the dashboard on this machine only.

    Example: tieout serve --port 8501
    """
    serve(load_settings(), port)


def serve(settings: Settings, port: int, demo_users: Mapping[str, str] | None = None) -> None:
    """Run the dashboard until it is interrupted; `demo_users` are sample names with their passwords.

    SettingsError where nobody could sign in.
    """
    import dashboard

    _refuse_open_door(settings, demo_users or {})
    os.environ["TIEOUT_HOME"] = str(settings.home.absolute())
    os.environ["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] = "false"
    page = Path(dashboard.__file__).parent / "app.py"
    address = f"http://127.0.0.1:{port}"
    routes, auth = _sign_in(settings, address, demo_users or {})
    out.print(f"Dashboard: {address}/{BASE}")
    _run(page, port, routes, auth)


def _refuse_open_door(settings: Settings, demo_users: Mapping[str, str]) -> None:
    """Sample people have passwords that everybody knows: they meet a local Procore on this machine, nothing else."""
    sample = bool(demo_users) or (settings.home / "SAMPLE_DATA").exists()
    public = settings.signin.public_url
    if sample and (not settings.procore.loopback or (public and not is_loopback(public))):
        raise SettingsError(
            "This working folder holds sample people, whose passwords everybody knows: it is served on this machine "
            "and against a local Procore only. Use another folder (TIEOUT_HOME) for real data."
        )


def _sign_in(settings: Settings, address: str, demo_users: Mapping[str, str]) -> tuple[list[Any], dict[str, str]]:
    """The routes to mount and Streamlit's `auth` secrets: the same code path for both providers."""
    from toolkit.signin import CLIENT_ID, kept_secret

    folder = settings.home / "signin"
    public = (settings.signin.public_url or address).rstrip("/")
    callback = f"{public}/{BASE}/oauth2callback"
    auth = {"redirect_uri": callback, "cookie_secret": kept_secret(folder / "cookie")}
    if settings.signin.metadata_url:
        return [], auth | {
            "client_id": settings.signin.client_id or "",
            "client_secret": client_secret(settings, "signin"),
            "server_metadata_url": settings.signin.metadata_url,
        }
    secret = kept_secret(folder / "client")
    issuer = _issuer(settings, (public, address), callback, secret, demo_users)
    return [issuer], auth | {
        "client_id": CLIENT_ID,
        "client_secret": secret,
        "server_metadata_url": f"{address}/idp/.well-known/openid-configuration",
    }


def _issuer(
    settings: Settings, addresses: tuple[str, str], callback: str, secret: str, demo_users: Mapping[str, str]
) -> Any:
    """The local issuer, mounted; `addresses` are the browser's and our own."""
    from starlette.routing import Mount

    from toolkit.signin import Issuer, Passwords, signing_key

    folder = settings.home / "signin"
    passwords = Passwords(folder / "passwords.json")
    for name, password in demo_users.items():
        passwords.set(name, password)
    if not passwords.names():
        raise SettingsError("Nobody can sign in yet: `tieout user add NAME --role analyst` sets a password.")
    key, ended = signing_key(folder / "key"), folder / "ended"
    url, inner = (f"{address}/idp" for address in addresses)
    issuer = Issuer(url, callback, secret, key, passwords, ended, sample=bool(demo_users), inner=inner)
    return Mount("/idp", issuer.application())


def _run(page: Path, port: int, routes: list[Any], auth: dict[str, str]) -> None:
    import streamlit

    streamlit.App(page, secrets={"auth": {**auth}}, routes=routes).run(config=configuration(port))


def configuration(port: int) -> dict[str, Any]:
    """Streamlit's options: this machine only, no word to anybody outside, no stack trace on a page."""
    return THEME | {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.baseUrlPath": BASE,
        "server.headless": True,
        # A page of another origin neither opens the websocket nor posts a form.
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.maxUploadSize": 64,
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": False,
        "browser.serverAddress": "127.0.0.1",
        "client.toolbarMode": "minimal",
        # The grid's own export would let a cell become a formula; ours, beside each table, does not.
        "client.disableDataExport": True,
        "client.showErrorDetails": "none",
        "global.developmentMode": False,
        # A full collection after every click holds everybody up for 0.1 to 0.2 s; Python's own turns suffice.
        "runner.postScriptGC": False,
    }
