"""A file beside an issued payment: added on request, never in place of what people put there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from toolkit.errors import InputError, NotAllowed, NotFound, WrongState
from toolkit.sandbox.faults import Fault
from toolkit.workflow.attach import Attached, attach
from toolkit.workflow.control import Control
from toolkit.workflow.policy import Actor
from toolkit.workflow.probed import remember

from .conftest import ANALYST, NOW, PAYMENTS, Bench


@pytest.fixture
def posted(bench: Bench) -> tuple[Bench, str]:
    one = bench.one()
    bench.push(ids=[one])
    return bench, one


@pytest.fixture
def remittance(tmp_path: Path) -> Path:
    path = tmp_path / "remittance 010472.pdf"
    path.write_bytes(b"%PDF-1.7 \xff\x00 not text")
    return path


def _attach(bench: Bench, one: str, path: Path, actor: Actor = ANALYST) -> Attached:
    with Control.open(bench.settings) as control, bench.client(control) as client:
        return attach(control, bench.settings, client, actor, one, path)


def _files(bench: Bench, one: str) -> list[str]:
    return [file["filename"] for file in bench.rows(one)[0]["attachments"]]


def test_a_file_is_added_and_the_row_still_verifies(posted, remittance: Path) -> None:
    bench, one = posted
    assert _attach(bench, one, remittance).there
    assert _files(bench, one) == ["remittance 010472.pdf"]
    # People may fill in the number afterwards, too.
    bench.rows(one)[0]["payment_number"] = 77
    assert bench.verify(ids=[one]).touched[0].state == "verified"
    with Control.open(bench.settings) as control:
        said = [event["actor"] for event in control.events(about=f"files of {one}")]
    assert said == ["analyst", "service account"]


def test_the_same_name_twice_is_sent_once(posted, remittance: Path) -> None:
    bench, one = posted
    _attach(bench, one, remittance)
    remittance.write_bytes(b"another content")
    again = _attach(bench, one, remittance)
    assert (again.there, "left as it is" in again.said) == (True, True)
    assert [method for method, _ in bench.procore.requests].count("PATCH") == 1


def test_beside_a_persons_file_only_where_a_probe_saw_that_procore_keeps_it(posted, remittance: Path) -> None:
    bench, one = posted
    bench.rows(one)[0]["attachments"] = [{"id": 1, "filename": "lien waiver.pdf", "url": ""}]
    with pytest.raises(NotAllowed, match="nobody measured whether Procore keeps them"):
        _attach(bench, one, remittance)
    path = bench.home / "tieout.toml"
    path.write_text(path.read_text() + '[users.boss]\nroles = ["admin"]\n')
    with Control.open(bench.settings) as control:
        remember(control, bench.settings, Actor("boss", ("admin",)), {"attachments": "added"}, NOW - timedelta(days=1))
    assert _attach(bench, one, remittance).there
    assert _files(bench, one) == ["lien waiver.pdf", "remittance 010472.pdf"]


@pytest.mark.parametrize(("kind", "there"), [("drop_before", False), ("drop_after", True)])
def test_after_a_lost_answer_procores_row_says_what_happened(posted, remittance: Path, kind: str, there: bool) -> None:
    bench, one = posted
    bench.procore.faults.add(Fault("PATCH", PAYMENTS, kind))
    assert _attach(bench, one, remittance).there is there
    assert _attach(bench, one, remittance).there
    assert _files(bench, one) == ["remittance 010472.pdf"]


def test_what_is_not_posted_or_no_file_or_not_ones_right_is_refused(bench: Bench, remittance: Path) -> None:
    one = bench.one()
    with pytest.raises(WrongState, match="is approved"):
        _attach(bench, one, remittance)
    with pytest.raises(NotFound, match="no such file"):
        _attach(bench, one, remittance.with_name("nothing"))
    with pytest.raises(NotAllowed, match="may not attach file"):
        _attach(bench, one, remittance, Actor("nobody", ("admin",)))
    with remittance.open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    with pytest.raises(InputError, match="larger than 20 MB"):
        _attach(bench, one, remittance)
