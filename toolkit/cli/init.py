"""`tieout init`: a commented tieout.toml for one's own data, that reads back before it is kept."""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from toolkit import money
from toolkit.cli.console import out, say_json
from toolkit.errors import InputError
from toolkit.settings import KEYRING_SERVICE, ROLES, load_settings

# Procore's environments: API host, sign-in host (developer documentation, "development environments").
REGIONS = {
    "production": ("https://api.procore.com", "https://login.procore.com"),
    "sandbox": ("https://sandbox.procore.com", "https://login-sandbox.procore.com"),
    "monthly": ("https://api-monthly.procore.com", "https://login-sandbox-monthly.procore.com"),
}
FILE = """\
# Tieout's settings. TIEOUT_<SECTION>_<KEY> in the environment wins over this file.
# Secrets never stand here: they come from the environment or the keyring.

[company]
name = {company}
currency = {currency}            # what a file means that names no currency
{start_date}

[procore]
api_url = {api_url}
login_url = {login_url}
company_id = {company_id}
client_id = {client_id}
# The secret: TIEOUT_PROCORE_CLIENT_SECRET, or keyring set {service} "procore:<client_id>"
project_ids = []                 # empty: every project the client may see
push_enabled = false             # true lets `tieout push --live` write to Procore
push_mode = "strict"             # a person confirms every resend
# amount_basis = "cash"          # cash, or claim_net (with discount and withholding): before the first live push
# tax_basis = "as_is"            # as_is, or remove (Procore is told payments without tax): likewise

[erp.{erp}]
{date_order}
# company = "..."                # for files that name no company

# People, each with roles out of: viewer, analyst (prepares), approver, admin.
# Who submits a payment cannot approve it, so at least two people are needed.
[users.{user}]
roles = [{role}]
os_user = {os_user}              # acts as this person on the command line

# [users.second]
# roles = ["approver"]
# os_user = "their-login"

[signin]
{signin}
"""


@dataclass(frozen=True)
class Answers:
    """What the person said; empty means: not yet."""

    erp: str
    company: str
    currency: str
    company_id: str
    client_id: str
    api_url: str
    login_url: str
    start_date: date | None = None
    date_order: str | None = None
    role: str = "analyst"
    metadata_url: str = ""
    signin_client_id: str = ""


def command(
    erp: Annotated[str, typer.Option(help="Your ERP, as netsuite; a wrong one is answered with the list.")] = "",
    company: Annotated[str, typer.Option(help="The company's name.")] = "",
    currency: Annotated[str, typer.Option(help="ISO code of files that name none, as USD.")] = "",
    company_id: Annotated[str, typer.Option(help="Procore's company id.")] = "",
    client_id: Annotated[str, typer.Option(help="Client id of the Procore app or service account.")] = "",
    region: Annotated[str, typer.Option(help="production, sandbox or monthly.")] = "production",
    api_url: Annotated[str, typer.Option(help="Procore's API host, instead of --region.")] = "",
    login_url: Annotated[str, typer.Option(help="Procore's sign-in host, instead of --region.")] = "",
    start_date: Annotated[str, typer.Option(help="First day on which both sides should agree, YYYY-MM-DD.")] = "",
    date_order: Annotated[str, typer.Option(help="mdy, dmy or ymd, where exports need telling.")] = "",
    role: Annotated[str, typer.Option(help="Your own role: viewer, analyst, approver or admin.")] = "analyst",
    sign_in: Annotated[str, typer.Option(help="local, or oidc for the company's own provider.")] = "local",
    metadata_url: Annotated[str, typer.Option(help="The provider's OpenID configuration, with --sign-in oidc.")] = "",
    signin_client_id: Annotated[str, typer.Option(help="Our client id at the provider, with --sign-in oidc.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a tieout.toml that is already there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document for machines.")] = False,
) -> None:
    """Write tieout.toml for your own data; asks for what the flags leave out.

    Example: tieout init --erp netsuite --company "Larkspur Builders" --currency USD --company-id 5358233
    """
    home = Path(os.environ.get("TIEOUT_HOME") or ".tieout")
    path = home / "tieout.toml"
    if path.exists() and not force:
        raise InputError(f"{path} is already there; change it by hand, or replace it with --force.")
    if sign_in not in ("local", "oidc") or (sign_in == "oidc") != bool(metadata_url and signin_client_id):
        raise InputError("--sign-in is local, or oidc together with --metadata-url and --signin-client-id.")
    hosts = _hosts(region, api_url, login_url)
    told = Answers(
        *(erp, company, currency, company_id, client_id),
        *hosts,
        start_date=_day(start_date),
        date_order=date_order or None,
        role=role,
        metadata_url=metadata_url,
        signin_client_id=signin_client_id,
    )
    answers = _checked(_asked(told))
    _write(path, _text(answers))
    _say(path, answers, as_json)


def _hosts(region: str, api_url: str, login_url: str) -> tuple[str, str]:
    if region not in REGIONS:
        raise InputError(f"--region {region}: known are {', '.join(REGIONS)}.")
    if bool(api_url) != bool(login_url):
        raise InputError("--api-url and --login-url go together: Procore signs in at a host of its own.")
    return (api_url, login_url) if api_url else REGIONS[region]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(f"--start-date {text}: a day is written YYYY-MM-DD.") from error


def _asked(told: Answers) -> Answers:
    """Ask a person for what is missing; name it where there is no terminal."""
    questions = {"erp": f"ERP ({', '.join(_codes())})", "company": "Company name", "currency": "Currency (as USD)"}
    missing = [name for name in questions if not getattr(told, name)]
    if not sys.stdin.isatty():
        if missing:
            raise InputError(f"There is no terminal to ask at: say {', '.join(f'--{name}' for name in missing)}.")
        return told
    # What Procore's administrator hands over later may be left empty for now.
    later = {"company_id": "Procore company id (empty: later)", "client_id": "Procore client id (empty: later)"}
    answers = {name: typer.prompt(questions[name]) for name in missing}
    answers |= {name: typer.prompt(later[name], default="") for name in later if not getattr(told, name)}
    return replace(told, **answers)


def _codes() -> list[str]:
    from toolkit.erps import ERPS

    return sorted(export.erp for export in ERPS)


def _checked(told: Answers) -> Answers:
    erp, currency = told.erp.strip().lower(), told.currency.strip().upper()
    if erp not in _codes():
        raise InputError(f"--erp {told.erp}: known are {', '.join(_codes())}.")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise InputError(f"--currency {told.currency}: a currency is three letters, as USD.")
    try:
        money.exponent(currency)
    except ValueError as error:
        raise InputError(f"--currency {error}.") from error
    if told.role not in ROLES:
        raise InputError(f"--role {told.role}: known are {', '.join(ROLES)}.")
    return replace(told, erp=erp, currency=currency)


def _quoted(text: str) -> str:
    # A JSON string without non-ASCII escapes is a TOML basic string.
    return json.dumps(text, ensure_ascii=False)


def _text(told: Answers) -> str:
    login = getpass.getuser()
    start = f"start_date = {told.start_date}" if told.start_date else "# start_date = 2026-01-01"
    order = f'date_order = "{told.date_order}"' if told.date_order else '# date_order = "mdy"'
    provider = f"metadata_url = {_quoted(told.metadata_url)}\nclient_id = {_quoted(told.signin_client_id)}"
    local = '# Empty: people sign in with local passwords (`tieout user add`).\n# metadata_url = "https://..."'
    texts = ("company", "currency", "company_id", "client_id", "api_url", "login_url", "role")
    return FILE.format(
        **{name: _quoted(getattr(told, name)) for name in texts},
        erp=told.erp,
        start_date=f"{start:<32} # both sides should agree from here; exports begin here",
        date_order=f"{order:<32} # where dates like 03/04/2026 leave it open",
        user=login if re.fullmatch("[A-Za-z0-9_-]+", login) else _quoted(login),
        os_user=_quoted(login),
        service=KEYRING_SERVICE,
        signin=provider if told.metadata_url else local,
    )


def _write(path: Path, text: str) -> None:
    """Keep the file only once it reads back; readable by its owner alone, never half written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
        load_settings(Path(folder))
        draft.replace(path)


def _say(path: Path, told: Answers, as_json: bool) -> None:
    since = f" (from {told.start_date} on)" if told.start_date else ""
    steps = [
        f"Keep the client secret: keyring set {KEYRING_SERVICE} procore:{told.client_id or '<client_id>'}",
        f"Export the payments from {told.erp}{since}, then: tieout load FOLDER",
    ]
    if as_json:
        say_json({"written": str(path), "next": steps})
        return
    out.print(f"Wrote {path}.")
    for step in steps:
        out.print(f"Next: {step}")
