"""The log proves itself: a change, a gap, an older copy and a state of its own are all seen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import raw
from toolkit.errors import AuditBroken, StoreError
from toolkit.settings import AuditSection, Settings
from toolkit.workflow import anchors, approve, audit, checkpoint, merkle, standalone
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection

from .attacks import PLAIN, REHASHED, chained, log, measure
from .conftest import APPROVER, NOW


def _unguarded(settings, *statements: str) -> None:
    """What a person with the file and a tool could do."""
    with raw(settings, unguarded=True) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_an_untouched_log_is_whole(submitted) -> None:
    with Control.open(submitted) as control:
        verdict = control.verdict()
    assert (verdict.status, verdict.events) == (0, 89)


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


# -- outside anchors and checkpoints ---------------------------------------------------------------
@pytest.fixture
def anchored(submitted: Settings, tmp_path: Path) -> Settings:
    """A log whose head is also kept in another folder, with one checkpoint."""
    outside = tmp_path / "auditor"
    outside.mkdir()
    settings = submitted.model_copy(update={"audit": AuditSection(anchor_folder=outside)})
    with Control.open(settings) as control:
        approve.approve(control, settings, APPROVER, Selection(all=True), NOW)
        control.checkpoint()
    return settings


def test_a_whole_folder_put_back_from_a_backup_is_seen_by_the_outside_anchor(anchored: Settings) -> None:
    _unguarded(
        anchored,
        "DELETE FROM events WHERE seq > 89",
        "UPDATE syncs SET state = 'submitted' WHERE state = 'approved'",
    )
    (anchored.home / "audit.anchor").unlink()
    inside_only = anchored.model_copy(update={"audit": AuditSection()})
    with Control.open(inside_only) as control:
        assert control.verdict().status == 0
    with Control.open(anchored) as control:
        assert control.verdict().status == 4


def test_a_rewritten_and_re_hashed_log_is_not_the_one_that_was_anchored(anchored: Settings) -> None:
    with Control.open(anchored) as control:
        events = control.events()
    forged = chained([event | ({"actor": "somebody"} if event["seq"] == 5 else {}) for event in events])
    known = anchors.Anchors(anchored).newest(checkpoint.origin_of(events))
    assert {anchor.seq for anchor in known} == {len(events)}
    assert audit.check(forged, known, {}).status == 3


def test_a_checkpoint_of_another_key_is_refused(anchored: Settings) -> None:
    (anchored.home / "audit.key").unlink()
    with Control.open(anchored) as control:
        approve.hold(control, APPROVER, Selection(all=True), NOW, "one more event")
        control.checkpoint()
        assert control.verdict().status == 3
        assert "not signed by the key" in control.verdict().sentence


def test_a_folder_that_is_away_is_an_older_anchor_and_said_when_signing(anchored: Settings) -> None:
    outside = anchored.audit.anchor_folder
    moved = outside.rename(outside.with_name("away"))
    with Control.open(anchored) as control:
        approve.hold(control, APPROVER, Selection(all=True), NOW, "the share is away")
        with pytest.raises(StoreError, match="not there"):
            control.checkpoint()
        moved.rename(outside)
        newest = max(anchor.seq for anchor in control.outside_anchors())
        assert newest < len(control.events())
        assert control.verdict().status == 0


def test_a_changed_checkpoint_no_longer_verifies(anchored: Settings) -> None:
    with Control.open(anchored) as control:
        signed, public = control.checkpoint()[0], control.public_key()
    size = checkpoint.read(signed, public).size
    for wrong in (signed.replace(f"\n{size}\n", f"\n{size - 1}\n"), signed.replace("approved", "verified", 1)):
        with pytest.raises(AuditBroken, match="not signed"):
            checkpoint.read(wrong, public)


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=40), st.data())
def test_every_leaf_is_proved_by_both_implementations_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, path = merkle.root(leaves), merkle.prove(leaves, index)
    assert root == standalone.tree(leaves)
    assert merkle.proved(leaves[index], index, len(leaves), path) == root
    assert standalone.climb(leaves[index], index, len(leaves), path) == root
    assert standalone.climb(leaves[index] + b"!", index, len(leaves), path) != root


def _auditor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The script beside the export, in a Python that cannot see Tieout or any package."""
    return subprocess.run(  # noqa: S603 (our own script)
        [sys.executable, "-I", "-S", "verify_log.py", *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_an_auditor_checks_an_export_with_nothing_but_python(anchored: Settings, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(anchored.home))
    _command("audit", "export", "-o", str(tmp_path / "events.jsonl"))
    with Control.open(anchored) as control:
        key = control.public_key()
    words = ("events.jsonl", "events.checkpoint", "--key", key)
    assert "hold together and with 1 checkpoint" in _auditor(tmp_path, *words).stdout
    path = tmp_path / "events.jsonl"
    whole = path.read_text()
    for wrong in (whole.replace("analyst", "someone", 1), "".join(whole.splitlines(keepends=True)[:-1])):
        path.write_text(wrong)
        done = _auditor(tmp_path, *words)
        assert (done.returncode, done.stderr[:9]) == (3, "NOT WHOLE")
    path.write_text(whole)
    other = checkpoint.public_of(checkpoint.key_of())
    assert "not signed by this key" in _auditor(tmp_path, *words[:2], "--key", other).stderr


def test_one_payment_is_proved_without_the_log(anchored: Settings, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(anchored.home))
    with Control.open(anchored) as control:
        one, key = control.syncs(states=["approved"])[0].sync_id, control.public_key()
    proof = tmp_path / "proof.json"
    _command("audit", "prove", one, "-o", str(proof))
    (tmp_path / "verify_log.py").write_text(Path(standalone.__file__).read_text())
    assert f"3 events of {one} lie in the signed log" in _auditor(tmp_path, "proof.json", "--key", key).stdout
    document = json.loads(proof.read_text())
    document["events"][0]["event"]["actor"] = "someone"
    proof.write_text(json.dumps(document))
    assert _auditor(tmp_path, "proof.json", "--key", key).returncode == 3


def _command(*words: str) -> None:
    from typer.testing import CliRunner

    from toolkit.cli import app

    assert CliRunner().invoke(app, list(words)).exit_code == 0


def test_without_an_anchor_a_re_hashed_log_passes_and_with_the_head_anchored_nothing_does() -> None:
    alone, head = measure(40, 20, []), measure(40, 20, [40])
    assert all(alone[kind] == (20, 20) for kind in PLAIN)
    assert all(alone[kind] == (0, 20) for kind in REHASHED)
    assert all(seen == tries for seen, tries in head.values())


def test_a_long_log_is_whole() -> None:
    events = log(300)
    assert audit.check(events, [audit.Anchor(300, events[-1]["hash"], "elsewhere")], None).status == 0


@pytest.mark.parametrize("seq", range(1, 10))
def test_a_changed_event_with_a_hash_of_its_own_made_anew_does_not_fit_the_next(seq: int) -> None:
    events = log(10)
    changed = events[seq - 1] | {"actor": "somebody"}
    events[seq - 1] = changed | {"hash": audit.event_hash(changed)}
    verdict = audit.check(events, [], None)
    assert (verdict.status, verdict.events) == (3, seq + 1)
    with pytest.raises(standalone.Wrong, match=f"event {seq + 1}"):
        standalone.check_chain(events)


def test_every_flipped_bit_of_an_event_is_seen() -> None:
    events = log(3)
    text = events[1]["facts"]
    for place in range(len(text)):
        flipped = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        assert audit.check([events[0], events[1] | {"facts": flipped}, events[2]], [], {}).status == 3


def test_an_event_that_is_no_json_is_a_broken_log_and_no_traceback() -> None:
    forged = chained([log(1)[0] | {"facts": "{"}])
    assert audit.check(forged, [], {}).status == 3
