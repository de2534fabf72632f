"""The budget that Procore's headers tell: a fifth stays for people, and a closed gate is waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.procore.conftest import scripted
from toolkit.errors import RemoteError
from toolkit.procore import MemoryGate
from toolkit.procore.pace import Pace, asked_to_wait
from toolkit.sandbox import Fault

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HTTP_NOON = "Mon, 23 Nov 2026 12:00:00 GMT"


def _budget(limit: int, remaining: int) -> dict[str, str]:
    reset = int((datetime.now(UTC) + timedelta(seconds=30)).timestamp())
    told = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"x-rate-limit-{name}": str(value) for name, value in told.items()}


@pytest.mark.parametrize(("remaining", "waits"), [(25, False), (6, False), (5, True), (0, True)])
def test_a_fifth_of_the_budget_is_kept_for_people(remaining: int, waits: bool) -> None:
    gate = MemoryGate()
    Pace(gate).after(200, _budget(25, remaining))
    assert (gate.closed_until() is not None) is waits


class _Clock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now, self.slept = NOON, []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def test_a_read_sleeps_until_the_gate_opens_a_minute_at_most_at_once() -> None:
    gate, clock = MemoryGate(), _Clock()
    gate.close(NOON + timedelta(seconds=90))
    Pace(gate, clock.sleep, clock).before_read()
    assert clock.slept == [60, 30]


def test_an_open_gate_is_not_closed_earlier_than_it_was_asked_to() -> None:
    gate = MemoryGate()
    gate.close(NOON)
    gate.close(NOON - timedelta(hours=1))
    assert gate.closed_until() == NOON


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"x-rate-limit-reset": "1795435210"}, 10),
        (429, {"x-rate-limit-reset": "1795435210", "retry-after": "25"}, 25),
        (429, {"x-rate-limit-reset": "1795435230", "retry-after": "25"}, 30),
        (429, {"retry-after": "Mon, 23 Nov 2026 12:01:00 GMT"}, 60),
        (429, {}, 60),
        (503, {"retry-after": "7"}, 7),
        (503, {}, None),
        (500, {"retry-after": "7"}, None),
        # The host's clock is an hour ahead: ten seconds are still ten seconds.
        (429, {"x-rate-limit-reset": "1795438810", "date": "Mon, 23 Nov 2026 13:00:00 GMT"}, 10),
        # Nobody's window is a year.
        (429, {"x-rate-limit-reset": "1826971200", "date": HTTP_NOON}, 61 * 60),
        (503, {"retry-after": "99999999"}, 86400),
        (429, {"x-rate-limit-reset": "soon", "retry-after": "later"}, 60),
    ],
)
def test_a_refusal_closes_the_gate_until_the_later_of_what_it_names(
    status: int, headers: dict[str, str], seconds: int | None
) -> None:
    # 1795435200 is 2026-11-23 12:00:00 UTC.
    expected = None if seconds is None else NOON + timedelta(seconds=seconds)
    assert asked_to_wait(status, headers, NOON) == expected


def test_a_429_is_waited_out_and_the_read_goes_on(procore, client) -> None:
    over = {"Retry-After": "0", "X-Rate-Limit-Reset": "1"}
    procore.faults.add(Fault("GET", "/rest/v1.0/vendors", "status", status=429, headers=over))
    assert len(client.vendors()) == 1


def test_a_503_with_retry_after_is_waited_out(procore, client) -> None:
    procore.faults.add(Fault("GET", "/rest/v1.0/vendors", "status", status=503, headers={"Retry-After": "0"}))
    assert len(client.vendors()) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_stumble_is_tried_again(procore, client, status: int) -> None:
    procore.faults.add(Fault("GET", "/rest/v1.0/vendors", "status", status=status, times=2))
    assert len(client.vendors()) == 1


def test_a_limit_that_never_ends_is_a_sentence() -> None:
    busy = httpx.Response(429, headers={"Retry-After": "0"}, json={"message": "You have surpassed the max number"})
    with scripted(lambda _: busy) as client, pytest.raises(RemoteError) as said:
        client.vendors()
    assert "answered 429" in str(said.value)
    assert "try again later" in str(said.value)


def test_a_write_that_meets_a_limit_closes_the_gate_for_the_next() -> None:
    gate = MemoryGate()
    busy = scripted(lambda _: httpx.Response(429, headers={"Retry-After": "30"}))
    busy._session._pace = Pace(gate)
    with busy as client:
        assert client.post_issued_payment(b"{}").status == 429
    left = (gate.closed_until() - datetime.now(UTC)).total_seconds()
    assert 25 < left <= 30


def test_the_wait_is_no_longer_than_the_replies_of_a_window_prove_it_to_be() -> None:
    gate, clock = MemoryGate(), _Clock()
    pace = Pace(gate, clock.sleep, clock)
    # At 12:00:00.0 by our clock theirs turns 12:00:01; at 12:00:00.9 it still says so.
    pace.after(200, _told(remaining=6, date="Mon, 23 Nov 2026 12:00:01 GMT"))
    clock.now += timedelta(seconds=0.9)
    pace.after(200, _told(remaining=5, date="Mon, 23 Nov 2026 12:00:01 GMT"))
    # Their 12:00:10 is 12:00:09 of ours: not 9.9 seconds, as the last reply alone would have it.
    assert gate.closed_until() == NOON + timedelta(seconds=9)


def _told(remaining: int, date: str) -> dict[str, str]:
    said = {"limit": "25", "remaining": str(remaining), "reset": "1795435210"}
    return {f"x-rate-limit-{name}": value for name, value in said.items()} | {"date": date}
