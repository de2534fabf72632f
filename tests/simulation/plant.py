"""Known defects, planted one by one in a copy of the code, and whether the tests see each: `make plant`.

A defect is a text that is exchanged for another; it is caught where the named tests fail. The same tests
are run on the untouched copy first, so that a failure means the defect and nothing else.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
WORKFLOW = "toolkit/workflow/"
PROTOCOL, OUTCOMES = "tests/workflow/test_push_protocol.py", "tests/workflow/test_push_outcomes.py"
DUTIES, AUDIT, VERIFY = (f"tests/workflow/test_{name}.py" for name in ("duties", "audit", "verify"))
SIMULATION, LIVE = "tests/simulation/test_simulation.py", "tests/workflow/test_live.py"


@dataclass(frozen=True)
class Defect:
    """`old` becomes `new` in `file`; `tests` (a file, and words of `-k`) must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, str]


INTENT = """        sending = self._intend(sync)
"""
DEFECTS = (
    Defect(
        "sends before the intent is durable",
        WORKFLOW + "sending.py",
        INTENT,
        "        self.client.post_issued_payment(sync.body.encode())\n" + INTENT,
        (PROTOCOL, "intent_is_on_disk"),
    ),
    Defect(
        "no quiet window",
        WORKFLOW + "settle.py",
        "if (left := waiting_seconds(began + window, now)) > 0}",
        "if (left := waiting_seconds(began + window, now)) > 1e9}",
        (OUTCOMES, "quiet_window"),
    ),
    Defect(
        "takes a refusal for final while an earlier attempt may arrive",
        WORKFLOW + "sending.py",
        'if any(attempt["outcome"] == "absent" for',
        'if any(attempt["outcome"] == "never" for',
        ("tests/workflow/test_push_corners.py", "not_final"),
    ),
    Defect(
        "takes an incomplete list for a whole one",
        WORKFLOW + "settle.py",
        "if reading is None or not reading.complete:",
        "if reading is None:",
        (SIMULATION, "not_whole"),
    ),
    Defect(
        "takes a failed list for an empty one",
        WORKFLOW + "settle.py",
        "            return None\n        for sync_id, sync in sorted",
        "            from toolkit.procore import Listing\n\n            return Listing([], True, 0)\n"
        "        for sync_id, sync in sorted",
        (OUTCOMES, "list_that_fails"),
    ),
    Defect(
        "sends again by itself in strict mode",
        WORKFLOW + "settle.py",
        "if procore.push_mode == STRICT or tried",
        "if tried",
        (OUTCOMES, "needs_a_person"),
    ),
    Defect(
        "tries a write again in the transport",
        "toolkit/web.py",
        "            reply = self._exchange(self._writing, request)\n",
        "            try:\n                reply = self._exchange(self._writing, request)\n"
        "            except httpx.RemoteProtocolError:\n"
        "                reply = self._exchange(self._writing, request)\n",
        (OUTCOMES, "lost_answer"),
    ),
    Defect(
        "money as a binary fraction",
        WORKFLOW + "body.py",
        'money.plain(facts["amount"], facts["currency_code"])',
        'str(facts["amount"] / 100)',
        ("tests/workflow/test_plan.py", "credit_beside or canonical"),
    ),
    Defect(
        "no lock around the sender",
        WORKFLOW + "database.py",
        "        lock.acquire()\n",
        "        pass\n",
        (PROTOCOL, "one_process_sends"),
    ),
    Defect(
        "guesses that a dead sender sent nothing",
        WORKFLOW + "sending.py",
        'RESTART, "unknown", reason="The sender stopped.", unknown_since=since)',
        'RESTART, "approved", close=("N", None, "guessed"), reason=since)',
        (SIMULATION, "no_double_no_loss and readback"),
    ),
    Defect(
        "takes a 500 for a refusal",
        WORKFLOW + "verdicts.py",
        "REFUSALS = (400,",
        "REFUSALS = (500, 400,",
        (OUTCOMES, "unclear_answer"),
    ),
    Defect(
        "takes a lost answer for nothing sent",
        WORKFLOW + "verdicts.py",
        "    elif outcome.sent is None:\n",
        '    elif outcome.sent is None:\n        found = unsent("no answer")\n    elif outcome.sent == "never":\n',
        (OUTCOMES, "lost_answer"),
    ),
    Defect(
        "believes a 201 without its echo",
        WORKFLOW + "verdicts.py",
        "    if not echoed:\n",
        "    if echoed is None:\n",
        (OUTCOMES, "another_body"),
    ),
    Defect(
        "does not compare the bytes with the approval",
        WORKFLOW + "sending.py",
        "bound = fresh.approved_hash == fresh.payload_hash == audit.sha256(fresh.body)",
        "bound = True",
        (PROTOCOL, "bytes_that_leave"),
    ),
    Defect(
        "posts beside a row that somebody keyed",
        WORKFLOW + "sender.py",
        "        if same_claim and same_facts:\n",
        "        if same_claim and same_facts and not found and False:\n",
        (PROTOCOL, "somebody_keyed"),
    ),
    Defect(
        "does not read the claim's due again",
        WORKFLOW + "before.py",
        "        if due != sync.due_amount:\n",
        "        if False:\n",
        (PROTOCOL, "changed_in_procore"),
    ),
    Defect(
        "sends on an approval that expired",
        WORKFLOW + "sending.py",
        "> timedelta(hours=procore.approval_hours)",
        "> timedelta(days=99999)",
        (PROTOCOL, "expire"),
    ),
    Defect(
        "sends although the ERP voided or changed it",
        WORKFLOW + "source.py",
        "    if not names:\n",
        "    if names or not names:\n",
        (PROTOCOL, "voided_in_a_later_load"),
    ),
    Defect(
        "goes on after a refusal of permission",
        WORKFLOW + "verdicts.py",
        "STOP_THE_BATCH = (403, 404)",
        "STOP_THE_BATCH = (999,)",
        (PROTOCOL, "stops_the_batch"),
    ),
    Defect(
        "forgets the rate gate with the process",
        WORKFLOW + "control.py",
        "        if before and before >= until:\n            return\n",
        "        if before is None or before:\n            return\n",
        (OUTCOMES, "gate_stays_closed"),
    ),
    Defect(
        "sends the whole first live batch",
        WORKFLOW + "sending.py",
        "                trying |= {sync.project_id}\n",
        "                pass\n",
        (LIVE, "first_live_push"),
    ),
    Defect(
        "lets people approve their own",
        WORKFLOW + "policy.py",
        "    if submitted_by in actor.persons:\n",
        "    if submitted_by is actor:\n",
        ("tests/workflow/test_decisions_of_people.py", "what_they_submitted"),
    ),
    Defect(
        "believes the roles of an hour ago",
        WORKFLOW + "control.py",
        "return actor if actor == SERVICE else",
        "return actor if actor else",
        (PROTOCOL, "role_taken_away"),
    ),
    Defect(
        "lets one person be both approvers",
        WORKFLOW + "policy.py",
        "    if first_approved_by in actor.persons:\n",
        "    if first_approved_by is actor:\n",
        (DUTIES, "two_approvers"),
    ),
    Defect(
        "decides on what was read before the transaction",
        WORKFLOW + "approve.py",
        "for sync in _chosen(change.syncs(), selection, fitting):",
        "for sync in _chosen(before, selection, fitting):",
        (DUTIES, "not_chosen"),
    ),
    Defect(
        "writes over what another decided meanwhile",
        WORKFLOW + "change.py",
        ".where(syncs.c.sync_id == sync.sync_id, syncs.c.version == sync.version)",
        ".where(syncs.c.sync_id == sync.sync_id)",
        ("tests/workflow/test_decisions_of_people.py", "two_who_decide_at_once"),
    ),
    Defect(
        "reads back without the amount",
        WORKFLOW + "verdicts.py",
        '    if not same_amount(row.get("amount"), expected["amount"]):\n        found.append(',
        "    if False:\n        found.append(",
        (VERIFY, "change_in_procore"),
    ),
    Defect(
        "does not look at the hash before",
        WORKFLOW + "audit.py",
        'event["prev_hash"] != head or ',
        "",
        (AUDIT, "does_not_fit_the_next"),
    ),
    Defect(
        "takes any anchor for a match",
        WORKFLOW + "audit.py",
        "        if hashes[anchor.seq] != anchor.hash:\n",
        "        if False:\n",
        (AUDIT, "head_anchored or re_hashed_log_is_not"),
    ),
)
# What two exchanges in one file need beside the first.
ALSO = {
    "decides on what was read before the transaction": (
        "    refused: list[tuple[str, str]] = []\n    with control",
        "    refused: list[tuple[str, str]] = []\n    before = control.syncs()\n    with control",
    )
}


def copy_of_the_code(folder: Path) -> Path:
    """What the tests need, and nothing that they write."""
    for name in ("toolkit", "dashboard", "tests", "data", "pyproject.toml", "README.md"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def exchanges(defect: Defect) -> list[tuple[str, str]]:
    """What becomes what, in its file."""
    return [*filter(None, [ALSO.get(defect.name)]), (defect.old, defect.new)]


def planted(folder: Path, defect: Defect) -> str:
    """Plant it; returns the text that was there."""
    path = folder / defect.file
    before = path.read_text(encoding="utf-8")
    after = before
    for old, new in exchanges(defect):
        if after.count(old) != 1:
            raise SystemExit(f"{defect.name}: its place in {defect.file} is there {after.count(old)} times")
        after = after.replace(old, new)
    path.write_text(after, encoding="utf-8")
    return before


def passes(folder: Path, tests: tuple[str, str]) -> bool:
    """Do the named tests pass on this copy?"""
    words = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:schemathesis", tests[0], "-k", tests[1]]
    done = subprocess.run(  # noqa: S603 (our own tests)
        [sys.executable, "-m", "pytest", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"{tests}: pytest ended {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 0


def main() -> int:
    """Print one line per defect; ends 1 where one went unseen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="words of a defect's name")
    parser.add_argument("--skip-untouched", action="store_true", help="do not run the tests without a defect first")
    parser.add_argument("--part", default="1/1", help="3/8 is the third of eight parts")
    said = parser.parse_args()
    part, of = map(int, said.part.split("/"))
    chosen = [defect for defect in DEFECTS if not said.only or said.only in defect.name][part - 1 :: of]
    missed = 0
    with tempfile.TemporaryDirectory() as place:
        folder = copy_of_the_code(Path(place))
        for defect in chosen:
            if not said.skip_untouched and not passes(folder, defect.tests):
                raise SystemExit(f"{defect.tests} fail without a defect")
            before = planted(folder, defect)
            caught = not passes(folder, defect.tests)
            (folder / defect.file).write_text(before, encoding="utf-8")
            missed += not caught
            sys.stdout.write(f"{'caught' if caught else 'MISSED'}  {defect.name}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - missed} of {len(chosen)} caught\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
