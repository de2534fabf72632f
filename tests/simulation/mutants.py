"""Does a test fail when a piece of the push's code is changed at random? `python -m tests.simulation.mutants`.

cosmic-ray, which is not part of the project's environment (`--cosmic-ray` says where it is), lists the changes
it can make to the modules below and makes one of them in a copy of the code; then the tests of that module run,
the quickest first, until one fails. Which changes are tried is drawn by `--seed`. A change of an annotation is
none: no annotation is ever run. The tests run in a fork of a process that has imported the libraries (most of
a short test's time), and import our code anew.
"""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from compileall import compile_dir
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from queue import SimpleQueue
from random import Random

from .plant import copy_of_the_code

AUDIT = "tests/workflow/test_audit.py"
QUICK = ("tests/workflow/test_push_corners.py", "tests/workflow/test_push_meanwhile.py")
SENDING = (
    *QUICK,
    "tests/simulation/test_simulation.py",
    *(f"tests/workflow/test_{name}.py" for name in ("push_protocol", "push_outcomes", "live")),
)
TESTS = {
    "push": (*SENDING, "tests/workflow/test_push_commands.py"),
    "sending": SENDING,
    "settle": SENDING,
    "verify": (*QUICK, "tests/workflow/test_verify.py"),
    "approve": (*QUICK, "tests/workflow/test_duties.py", "tests/workflow/test_decisions_of_people.py"),
    "audit": (
        *(
            f"{AUDIT}::test_{name}"
            for name in (
                "a_changed_event_with_a_hash_of_its_own_made_anew_does_not_fit_the_next",
                "every_flipped_bit_of_an_event_is_seen",
            )
        ),
        AUDIT,
    ),
}
# What our code and its tests import; none of it starts a thread by being imported.
LIBRARIES = (
    *("pytest", "hypothesis", "alembic.command", "sqlalchemy.dialects.sqlite", "pandera.polars", "polars", "duckdb"),
    *("httpx", "stamina", "pydantic_settings", "cryptography.hazmat.primitives.asymmetric.ed25519", "typer.testing"),
    *("starlette.applications", "uvicorn", "rich.console", "filelock", "keyring"),
)
FORKS = multiprocessing.get_context("forkserver")
SESSION = """[cosmic-ray]
module-path = "{path}"
timeout = 1.0
excluded-modules = []
test-command = "true"
[cosmic-ray.distributor]
name = "local"
"""


@dataclass(frozen=True, order=True)
class Mutant:
    """The `occurrence`th place in a module where this operator of cosmic-ray applies."""

    module: str
    operator: str
    occurrence: int
    row: int
    column: int

    @property
    def path(self) -> str:
        return f"toolkit/workflow/{self.module}.py"


def compiled(folder: Path) -> Path:
    """Compiled by the hash of each file, so that a mutant made within a second of another is never taken for it."""
    mode = PycInvalidationMode.CHECKED_HASH
    for name in ("toolkit", "tests"):
        compile_dir(folder / name, quiet=1, invalidation_mode=mode)
    return folder


def every(folder: Path, tool: str) -> list[Mutant]:
    """Every mutant of the modules, but for those of annotations."""
    found = []
    for module in TESTS:
        one = Mutant(module, "", 0, 0, 0)
        (folder / "session.toml").write_text(SESSION.format(path=one.path), encoding="utf-8")
        (folder / "session.sqlite").unlink(missing_ok=True)
        _run(folder, [tool, "init", "session.toml", "session.sqlite"])
        with sqlite3.connect(folder / "session.sqlite") as session:
            rows = session.execute("SELECT operator_name, occurrence, start_pos_row, start_pos_col FROM mutation_specs")
            mutants = [Mutant(module, *row) for row in rows]
        notes = annotated((folder / one.path).read_text(encoding="utf-8"))
        found += [mutant for mutant in mutants if not any(a <= (mutant.row, mutant.column) < b for a, b in notes)]
    return sorted(found)


def annotated(text: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where the annotations of a module begin and end, as (row, column)."""
    found = []
    for node in ast.walk(ast.parse(text)):
        for name in ("annotation", "returns"):
            note = getattr(node, name, None)
            if note is not None:
                found.append(((note.lineno, note.col_offset), (note.end_lineno, note.end_col_offset)))
    return found


def fate(folder: Path, mutant: Mutant, tool: str, seconds: float) -> str:
    """What the tests say of a mutant: `killed`, `SURVIVED`, `timeout` (killed too) or `no Python` (none)."""
    before = (folder / mutant.path).read_text(encoding="utf-8")
    _run(folder, [tool, "apply", mutant.path, mutant.operator, str(mutant.occurrence)])
    after = (folder / mutant.path).read_text(encoding="utf-8")
    if after == before:
        raise SystemExit(f"{mutant} changed nothing")
    try:
        ast.parse(after)
        return "SURVIVED" if passes(folder, mutant.module, seconds) else "killed"
    except SyntaxError:
        return "no Python"
    except subprocess.TimeoutExpired:
        return "timeout"
    finally:
        (folder / mutant.path).write_text(before, encoding="utf-8")


def passes(folder: Path, module: str, seconds: float) -> bool:
    """Do the tests of a module pass on this copy? TimeoutExpired after so many seconds."""
    words = ["-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", *TESTS[module]]
    child = FORKS.Process(target=_tested, args=(str(folder), words))
    child.start()
    child.join(seconds)
    if child.exitcode is None:
        child.kill()
        child.join()
        raise subprocess.TimeoutExpired(words, seconds)
    if child.exitcode not in (0, 1, 2, 4):
        raise SystemExit(f"{words}: ended {child.exitcode}")
    return child.exitcode == 0


def _tested(folder: str, words: list[str]) -> None:
    """In the fork: the tests, on the code of this folder and on nothing that was imported from another."""
    import pytest

    os.chdir(folder)
    os.environ |= {"PYTHONPATH": folder, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    sys.path.insert(0, folder)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("toolkit", "tests", "dashboard")]:
        del sys.modules[name]
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    code = int(pytest.main(words))
    import toolkit

    os._exit(code if str(toolkit.__file__).startswith(folder) else 9)


def _run(folder: Path, words: list[str]) -> None:
    """The tool, in a copy."""
    subprocess.run(words, cwd=folder, capture_output=True, check=True)  # noqa: S603 (the tool that was named)


def main() -> int:
    """Print one line per mutant and the sums; ends 1 where one survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cosmic-ray", default=shutil.which("cosmic-ray"), help="where the tool is")
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=300, help="after so many a mutant counts as killed")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--skip-untouched", action="store_true", help="do not run the tests without a mutant first")
    parser.add_argument("--survivors-of", type=Path, help="try only what survived in this output of an earlier run")
    said = parser.parse_args()
    if not said.cosmic_ray:
        parser.error("cosmic-ray is not there; install it in an environment of its own and name it by --cosmic-ray")
    FORKS.set_forkserver_preload([*LIBRARIES])
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(said.at_once) as threads:
        folders: SimpleQueue[Path] = SimpleQueue()
        for number in range(said.at_once):
            (Path(place) / str(number)).mkdir()
            folders.put(compiled(copy_of_the_code(Path(place) / str(number))))
        folder = folders.get()
        mutants = every(folder, said.cosmic_ray)
        if not said.skip_untouched and (failing := [name for name in TESTS if not passes(folder, name, 3600)]):
            raise SystemExit(f"the tests of {failing} fail without a mutant")
        folders.put(folder)
        chosen = Random(said.seed).sample(mutants, min(said.sample, len(mutants)))  # noqa: S311 (no secret)
        if said.survivors_of:
            left = said.survivors_of.read_text(encoding="utf-8")
            chosen = [mutant for mutant in chosen if f"SURVIVED  {shown(mutant)}\n" in left]

        def judge(mutant: Mutant) -> None:
            mine = folders.get()
            try:
                found = fate(mine, mutant, said.cosmic_ray, said.seconds)
            finally:
                folders.put(mine)
            counted[found] += 1
            sys.stdout.write(f"{found}  {shown(mutant)}\n")
            sys.stdout.flush()

        list(threads.map(judge, chosen))
    sys.stdout.write(f"{dict(counted)} of {len(chosen)} drawn from {len(mutants)} with seed {said.seed}\n")
    return 1 if counted["SURVIVED"] else 0


def shown(mutant: Mutant) -> str:
    """A mutant in one line."""
    return " ".join(map(str, astuple(mutant)))


if __name__ == "__main__":
    sys.exit(main())
