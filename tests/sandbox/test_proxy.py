"""Connections that break on the wire: a write is then of unknown outcome, a read is tried again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import stamina

from tests.procore.company import CLAIM, SUBCONTRACT, TOWER, settings_for
from toolkit.procore import ProcoreClient
from toolkit.sandbox import BreakingProxy, LocalProcore

FIELDS = {"date": "2026-05-20", "amount": "1.00", "requisition_id": CLAIM, "origin_id": "p1-x"}
BODY = json.dumps({"project_id": TOWER, "contract_id": SUBCONTRACT, "contract_payment": FIELDS}).encode()


@pytest.fixture
def wire(procore: LocalProcore) -> Iterator[BreakingProxy]:
    stamina.set_testing(True, attempts=4)
    with BreakingProxy(procore.api_url) as proxy:
        yield proxy
    stamina.set_testing(False)


@pytest.fixture
def client(procore: LocalProcore, wire: BreakingProxy, tmp_path) -> Iterator[ProcoreClient]:
    with ProcoreClient(settings_for(procore, tmp_path, api_url=wire.url)) as signed_in:
        yield signed_in


@pytest.mark.parametrize(("how", "rows"), [("before", 1), ("after", 2), ("half", 2)])
def test_a_write_over_a_broken_connection_is_of_unknown_outcome(
    procore: LocalProcore, wire: BreakingProxy, client, how: Any, rows: int
) -> None:
    wire.break_next(how)
    outcome = client.post_issued_payment(BODY)
    assert (outcome.sent, outcome.status) == (None, None)
    assert len(procore.state.payments) == rows


@pytest.mark.parametrize("how", ["before", "after", "half"])
def test_a_read_over_a_broken_connection_is_tried_again(wire: BreakingProxy, client, how: Any) -> None:
    wire.break_next(how)
    assert len(client.projects()) == 2


def test_an_unbroken_connection_passes(procore: LocalProcore, client) -> None:
    assert client.post_issued_payment(BODY).status == 201
    assert client.issued_payments(str(TOWER), str(SUBCONTRACT)).complete
    assert len(procore.state.payments) == 2
