"""The log proves itself: a change, a gap, an older copy and a state of its own are all seen."""

from __future__ import annotations

import sqlite3

import pytest

from toolkit.workflow import audit
from toolkit.workflow.control import Control


def _unguarded(settings, *statements: str) -> None:
    """What a person with the file and a tool could do."""
    connection = sqlite3.connect(settings.home / "control.sqlite", isolation_level=None)
    for trigger in ("events_no_update", "events_no_delete", "only_along_edges", "syncs_stay"):
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_an_untouched_log_is_whole(submitted) -> None:
    with Control.open(submitted) as control:
        verdict = control.verdict()
    assert (verdict.status, verdict.events) == (0, 47)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'somebody' WHERE seq = 5",
        "UPDATE events SET facts = replace(facts, 'planned', 'posted') WHERE seq = 7",
        "DELETE FROM events WHERE seq = 5",
    ],
)
def test_a_changed_or_missing_event_breaks_the_chain(submitted, statement: str) -> None:
    _unguarded(submitted, statement)
    with Control.open(submitted) as control:
        assert control.verdict().status == 3


def test_a_log_cut_at_its_end_is_older_than_its_anchor(submitted) -> None:
    _unguarded(submitted, "DELETE FROM events WHERE seq > 40")
    with Control.open(submitted) as control:
        assert control.verdict().status == 4


def test_a_state_that_the_log_does_not_tell_is_seen(submitted) -> None:
    _unguarded(submitted, "UPDATE syncs SET state = 'verified' WHERE state = 'submitted'")
    with Control.open(submitted) as control:
        verdict = control.verdict()
    assert verdict.status == 5
    assert "differs" in verdict.sentence


def test_the_hash_covers_every_field_of_an_event(submitted) -> None:
    with Control.open(submitted) as control:
        event = control.events(limit=1)[0]
    for name in audit.HASHED:
        changed = event | {name: 99 if name == "seq" else "changed"}
        assert audit.event_hash(changed) != event["hash"]


def test_canonical_json_does_not_depend_on_the_order_of_keys() -> None:
    assert audit.canonical({"b": 1, "a": "é"}) == audit.canonical({"a": "é", "b": 1}) == '{"a":"é","b":1}'
