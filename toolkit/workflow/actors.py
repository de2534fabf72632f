"""Who acts on the command line: named freely against the local sandbox, bound to the OS user elsewhere."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

from toolkit.errors import NotAllowed
from toolkit.settings import Settings
from toolkit.workflow import policy
from toolkit.workflow.policy import Actor


def acting(settings: Settings, as_user: str | None = None, via: str = "cli") -> Actor:
    """The person who gives this command.

    NotAllowed where `--as` is used against another host than loopback, or nobody is known.
    """
    if as_user and not settings.procore.loopback:
        raise NotAllowed("--as names a person only for a local Procore; here the operating-system user acts.")
    if as_user:
        if as_user not in settings.users:
            known = ", ".join(sorted(settings.users)) or "nobody yet"
            raise NotAllowed(f"{as_user} is not in tieout.toml; known are {known}. Add [users.{as_user}] with roles.")
        return Actor(as_user, tuple(settings.users[as_user].roles), via)
    login = getpass.getuser()
    found = _only([name for name, user in settings.users.items() if user.os_user == login], "os_user")
    if found:
        return Actor(found, tuple(settings.users[found].roles), via)
    hint = "say who acts with --as USER" if settings.procore.loopback else f'set os_user = "{login}" for a person'
    raise NotAllowed(f"The operating-system user {login} is nobody in tieout.toml's [users]; {hint}.")


def starting(settings: Settings, action: str, as_user: str | None = None) -> Actor | None:
    """The person who starts a round, whose right it is; None where nobody is named who could have it.

    A pull or a run decides nothing, so a working folder whose tieout.toml knows no people, and a local
    Procore where nobody said who acts, need none. NotAllowed where the person has no right to it.
    """
    try:
        found = acting(settings, as_user)
    except NotAllowed:
        if as_user or (settings.users and not settings.procore.loopback):
            raise
        return None
    actor = policy.as_of(settings.users, found, datetime.now(UTC).date())
    policy.demand(actor, action)
    return actor


def signed_in(settings: Settings, subject: str, *, local: bool) -> Actor | None:
    """The person behind a sign-in: by `oidc_subject`, or by name where the local issuer vouches."""
    users = settings.users
    found = _only([name for name, user in users.items() if user.oidc_subject == subject], "oidc_subject")
    name = found or (subject if local and subject in users else None)
    return Actor(name, tuple(users[name].roles), "dashboard") if name else None


def _only(names: list[str], key: str) -> str | None:
    """One person has one name: two names with one identity could approve for each other."""
    if len(names) > 1:
        raise NotAllowed(f"{' and '.join(sorted(names))} have the same {key} in tieout.toml: one person, one name.")
    return names[0] if names else None
