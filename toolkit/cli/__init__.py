"""The `tieout` command: one module per verb, loaded only when it is called.

Exit status: 0 done; 2 refused, with one plain sentence on standard error; 3 done, but something
waits for a person. A verb module defines `command`, a function with typer annotations, or `app`, a
`typer.Typer` with commands of its own.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from toolkit.errors import TieoutError

# The order of a month's work; `tieout --help` shows them so.
VERBS = [
    "init",
    "demo",
    "load",
    "map",
    "pull",
    "reconcile",
    "publish",
    "match",
    "statement",
    "mismatches",
    "explain",
    "investigate",
    "doctor",
    "case",
    "plan",
    "submit",
    "approve",
    "reject",
    "return",
    "hold",
    "release",
    "withdraw",
    "resolve",
    "confirm",
    "unmatch",
    "push",
    "verify",
    "reverse",
    "attach",
    "expected",
    "status",
    "close",
    "audit",
    "user",
    "move",
    "watch",
    "notify",
    "sandbox",
    "serve",
]
# Verbs whose name is a word of Python's own live in a module with a trailing underscore.
MODULES = {"return": "return_"}

WAITS = 3
REFUSED = 2


def _module(verb: str) -> str:
    return f"toolkit.cli.{MODULES.get(verb, verb)}"


def _first_line(verb: str) -> str | None:
    """What a verb's module says it does; None where the verb is not built."""
    spec = importlib.util.find_spec(_module(verb))
    if spec is None or spec.origin is None:
        return None
    said = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    _, _, line = said.split("\n", maxsplit=1)[0].partition(": ")
    return line[:1].upper() + line[1:]


class LazyGroup(TyperGroup):
    """Imports a verb's module when it is called, so that `tieout --help` and a small verb start quickly."""

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return list(VERBS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The verbs with the first line of their modules, none of which is imported for it."""
        del ctx
        rows = [(verb, line) for verb in VERBS if (line := _first_line(verb))]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        del ctx
        if cmd_name not in VERBS or importlib.util.find_spec(_module(cmd_name)) is None:
            return None
        module: Any = importlib.import_module(_module(cmd_name))
        if hasattr(module, "app"):
            found = get_command(module.app)
        else:
            single = typer.Typer(add_completion=False)
            single.command(name=cmd_name)(module.command)
            found = get_command(single)
        found.name = cmd_name
        return found


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=__doc__.split("\n", maxsplit=1)[0] if __doc__ else None,
)


@app.callback()
def _root() -> None:
    """Do the payments in our ERP and the payments in Procore agree, and if not, why, to the cent?"""


def main() -> None:
    """Run one verb; a refusal is one sentence on standard error and exit status 2."""
    try:
        app()
    except TieoutError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
