"""A PostgreSQL of the tests' own: a cluster in a temporary folder on a free loopback port, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

# Debian keeps the server's own programs off the path.
DEBIAN = Path("/usr/lib/postgresql")
# The tests try what a crash of Tieout does; what a crash of the machine does is PostgreSQL's own promise.
QUICK = "-c fsync=off -c full_page_writes=off -c max_connections=120"


def programs() -> Path | None:
    """The folder that holds `initdb` and `pg_ctl`, if the machine has PostgreSQL."""
    if found := shutil.which("pg_ctl"):
        return Path(found).parent
    versions = sorted(DEBIAN.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


class Server:
    """A running server; every database in it is the caller's."""

    def __init__(self, port: int) -> None:
        self.url = URL.create("postgresql+psycopg", "tieout", host="127.0.0.1", port=port, database="postgres")
        self._names = count(1)
        # Databases that others are copied from, by what they hold.
        self.templates: dict[str, str] = {}

    def database(self, template: str | None = None) -> URL:
        """A new database, empty or a copy of another."""
        name = f"tieout_{next(self._names)}"
        like = f" TEMPLATE {template}" if template else ""
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}{like}")
        engine.dispose()
        return self.url.set(database=name)


@contextmanager
def running() -> Iterator[Server]:
    """Start a server, and stop it at the end."""
    home = Path(tempfile.mkdtemp(prefix="tieout-postgres-"))
    port = _free_port()
    binaries = programs()
    if binaries is None:
        raise FileNotFoundError("This machine has no PostgreSQL.")
    user: dict[str, str | int] = {}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root; Debian's package brings a user for it.
        account = pwd.getpwnam("postgres")
        os.chown(home, account.pw_uid, account.pw_gid)
        user = {"user": "postgres", "group": "postgres"}
    control = [str(binaries / "pg_ctl"), "-D", str(home / "data"), "-w"]

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=home, **user)  # type: ignore[call-overload]  # noqa: S603

    try:
        run(*control, "init", "-o", "-U tieout --auth=trust -E UTF8 --no-sync")
        listen = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home}"
        run(*control, "start", "-l", str(home / "log"), "-o", f"{listen} {QUICK}")
        yield Server(port)
    finally:
        run(*control, "stop", "-m", "immediate")
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
