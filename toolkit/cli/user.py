"""`tieout user`: people and their local passwords."""

from __future__ import annotations

import secrets
import sys
from typing import Annotated

import typer

from toolkit.cli.console import out, table
from toolkit.cli.words import settings
from toolkit.errors import InputError
from toolkit.settings import ROLES
from toolkit.signin import Passwords

app = typer.Typer(help="People who may sign in to the dashboard.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[str, typer.Option(help="viewer, analyst, approver or admin.")] = "viewer",
    generate: Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")] = False,
) -> None:
    """Set a local password; a new name is added to tieout.toml with its role.

    Example: tieout user add preparer1 --role analyst --generate
    """
    told = settings()
    if role not in ROLES:
        raise InputError(f"--role {role}: known are {', '.join(ROLES)}.")
    if not name.isidentifier():
        raise InputError(f"{name}: a name has letters, digits and underscores only.")
    password = secrets.token_urlsafe(12) if generate else _asked()
    if name not in told.users:
        with (told.home / "tieout.toml").open("a", encoding="utf-8") as file:
            file.write(f'\n[users.{name}]\nroles = ["{role}"]\n')
    Passwords(told.home / "signin" / "passwords.json").set(name, password)
    out.print(f"{name} can sign in." + (f" Password: {password}" if generate else ""))


def _asked() -> str:
    if not sys.stdin.isatty():
        raise InputError("There is no terminal to type a password at; say --generate.")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(password) < 10:
        raise InputError("A password has at least ten characters.")
    return password


@app.command(name="list")
def list_() -> None:
    """Show who is known, with what roles, and who has a local password.

    Example: tieout user list
    """
    told = settings()
    local = Passwords(told.home / "signin" / "passwords.json").names()
    rows = [
        (name, ", ".join(user.roles), "yes" if name in local else "no") for name, user in sorted(told.users.items())
    ]
    table("", ("Name", "Roles", "Local password"), rows)
