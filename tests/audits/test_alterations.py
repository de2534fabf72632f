"""Twenty alterations of a run's evidence, each found and named by doing the run again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from toolkit.audits.checks import altered
from toolkit.audits.evidence import from_home
from toolkit.audits.reperform import Again, perform
from toolkit.settings import Settings, load_settings
from toolkit.warehouse import latest
from toolkit.workflow import audit


def _snapshot(home: Settings, change: str) -> None:
    with duckdb.connect(str(latest(home).path)) as connection:
        connection.execute(change)


def _log(home: Settings, *changes: str) -> None:
    """Rewrite the log, as somebody can who rules the machine: its triggers go first."""
    with sqlite3.connect(home.home / "control.sqlite") as raw:
        raw.executescript("DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete;")
        for change in changes:
            raw.execute(change)


def _rehashed(home: Settings) -> None:
    """Say that the analyst approved, and make the whole chain after it fit again."""
    _log(home, "UPDATE events SET actor = 'analyst' WHERE action = 'approve'")
    before = audit.GENESIS
    with sqlite3.connect(home.home / "control.sqlite") as raw:
        raw.row_factory = sqlite3.Row
        for row in raw.execute("SELECT * FROM events ORDER BY seq").fetchall():
            event = dict(row) | {"prev_hash": before}
            before = audit.event_hash(event)
            raw.execute("UPDATE events SET prev_hash=?, hash=? WHERE seq=?", (event["prev_hash"], before, row["seq"]))


def _file(home: Settings, name: str, change: Callable[[Path], object]) -> None:
    shas = from_home(home).sources().filter(name=name)["sha256"]
    change(home.files / shas[0])


REPLY = "/rest/v1.0/vendors?company_id=562949953421312&page=1&per_page=300"


@dataclass(frozen=True)
class Planted:
    """What is altered, how, and the words that must name it. `early`: what doing it again reads is altered, too."""

    what: str
    alter: Callable[[Settings], None]
    named: tuple[str, ...]
    early: bool = False


def _row(what: str, change: str, *named: str) -> Planted:
    """A row of the snapshot."""
    return Planted(what, lambda home: _snapshot(home, change), named)


def _told(what: str, change: str, *named: str) -> Planted:
    """What the run was told, from which it is done again."""
    return Planted(what, lambda home: _snapshot(home, change), named, early=True)


def _source(what: str, name: str, change: Callable[[Path], object], *named: str) -> Planted:
    return Planted(what, lambda home: _file(home, name, change), named, early=True)


def _event(what: str, change: str, *named: str) -> Planted:
    return Planted(what, lambda home: _log(home, change), ("log of events", *named))


def _other_amount(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"22400.00", b"22500.00"))


TWENTY = (
    _row(
        "a payment's amount",
        "UPDATE canon.payments SET payment_amount = 1 WHERE check_number = '010470'",
        "view payments",
        "88121",
        "payment_amount is 0.01, again 22400.00",
    ),
    _row(
        "a payment's vendor",
        "UPDATE canon.payments SET vendor_name = 'Nobody LLC' WHERE check_number = '010470'",
        "view payments",
        "Nobody LLC",
    ),
    _row(
        "a payment removed",
        "DELETE FROM canon.payments WHERE check_number = '010470'",
        "view payments",
        "88121 is missing",
    ),
    _row(
        "a payment added",
        "INSERT INTO canon.payments SELECT * REPLACE ('x-1' AS payment_id) FROM canon.payments "
        "WHERE check_number = '010470'",
        "view payments",
        "x-1 was added",
    ),
    _row(
        "an application's invoice",
        "UPDATE canon.applications SET invoice_number = 'X' WHERE payment_id = '88121'",
        "view applications",
        "invoice_number is X, again DD-0342",
    ),
    _row(
        "a claim's due",
        "UPDATE canon.claims SET due_amount = due_amount + 1 WHERE claim_id = '1280608'",
        "view claims",
        "1280608",
        "63000.01",
    ),
    _row(
        "a commitment's tab",
        "UPDATE canon.commitments SET payments_enabled = false",
        "view commitments",
        "payments_enabled is False",
    ),
    _row(
        "an issued payment removed",
        "DELETE FROM canon.issued_payments WHERE check_number = '010470'",
        "view issued_payments",
        "is missing",
    ),
    _row(
        "a match's reason",
        "UPDATE canon.matches SET reason = 'because' WHERE payment_id = '88121'",
        "view matches",
        "88121",
        "because",
    ),
    _row(
        "a mismatch removed",
        "DELETE FROM canon.mismatches WHERE code = 'duplicate_payment_erp'",
        "view mismatches",
        "is missing",
    ),
    _row(
        "a line of the statement",
        "UPDATE canon.statement SET amount = 0 WHERE label = 'Paid twice in the ERP'",
        "view statement",
        "amount is 0.00, again -63000.00",
    ),
    _told("the run's day", "UPDATE canon.run SET as_of = DATE '2026-09-30'", "view statement"),
    _told(
        "the run's tolerance",
        "UPDATE canon.run SET parameters = replace(parameters, '0.02', '900.00')",
        "view mismatches",
    ),
    _told(
        "the account of a file's rows",
        "UPDATE canon.loads SET quarantined = 1, good = good - 1 WHERE source_file = 'bill_payments.csv'",
        "journal of loads",
        "bill_payments.csv",
    ),
    _told(
        "a decision that nobody took",
        "INSERT INTO canon.decisions VALUES ('netsuite', 'Larkspur Builders LLC', '88121', NULL, '1280608', 'unmatch')",
        "decisions of people",
        "88121",
        "not in the log",
    ),
    _source("a source file replaced", "bill_payments.csv", _other_amount, "file bill_payments.csv", "replaced"),
    _source("a reply of Procore removed", REPLY, Path.unlink, f"reply {REPLY}", "missing"),
    _event("an event removed", "DELETE FROM events WHERE seq = 60", "broken at event 60"),
    _event("the last events cut off", "DELETE FROM events WHERE seq > 120", "ends at event 120"),
    Planted("an event rewritten, its chain made to fit", _rehashed, ("log of events", "rewritten")),
)


def test_there_are_twenty() -> None:
    assert len({planted.what for planted in TWENTY}) == 20


@pytest.fixture(scope="module")
def again(walked_once: Path) -> Iterator[Again]:
    """The run done again from evidence that nobody altered."""
    with perform(from_home(load_settings(walked_once))) as done:
        yield done


@pytest.mark.slow
@pytest.mark.parametrize("planted", TWENTY, ids=lambda planted: planted.what)
def test_doing_the_run_again_names_what_was_altered_and_where(home: Settings, again: Again, planted: Planted) -> None:
    planted.alter(home)
    evidence = from_home(home)
    # Views and the log are not read when the run is done again, so one run serves for all of these.
    with perform(evidence) if planted.early else nullcontext(again) as done:
        found = altered(evidence, done)
    said = "\n".join(f"{row['what']}: {row['where']}" for row in found.iter_rows(named=True))
    assert [words for words in planted.named if words not in said] == [], said


def test_of_a_run_that_nobody_altered_nothing_is_named(walked_once: Path, again: Again) -> None:
    evidence = from_home(load_settings(walked_once))
    assert altered(evidence, again).is_empty()
    assert again.snapshot is not None
    assert again.snapshot.run_id == evidence.snapshot.run_id


def test_a_state_that_the_log_does_not_tell_is_named(home: Settings) -> None:
    with sqlite3.connect(home.home / "control.sqlite") as raw:
        raw.execute("UPDATE syncs SET state = 'drifted' WHERE state = 'verified'")
    assert from_home(home).log.status == 5


def test_the_parameters_of_a_run_hold_all_that_doing_it_again_needs(home: Settings) -> None:
    said = latest(home).facts()["parameters"]
    assert {"company_id", "currency", "policy"} <= set(said)
    assert json.dumps(said)
