"""The budget that Procore's headers tell: a fifth stays for people, and a closed gate is waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from tests.procore.conftest import scripted
from toolkit.errors import RemoteError
from toolkit.procore import MemoryGate
from toolkit.procore.pace import Pace, asked_to_wait
from toolkit.sandbox import Fault
from toolkit.sandbox import limits as limits_of_procore
from toolkit.sandbox.limits import Limits, Window

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


# 1795435210 is ten seconds after noon.
TOLD = {"x-rate-limit-limit": "25", "x-rate-limit-remaining": "6", "x-rate-limit-reset": "1795435211"}
LITTLE_LEFT = TOLD | {"x-rate-limit-remaining": "5"}


@pytest.mark.parametrize(
    ("later", "said", "closed_for"),
    [
        # Told to end at 12:00:11: but it began before its first reply, so it lasts until 12:00:10 at most.
        (4, {}, 10),
        # An hour's window, and one whose end is told nearer than ten seconds, end as they say.
        (4, {"x-rate-limit-reset": "1795437000"}, 1800),
        (4, {"x-rate-limit-reset": "1795435207"}, 7),
        # The ten seconds are over and it is still the same window: what is told holds.
        (10.5, {}, 11),
    ],
)
def test_a_window_ends_as_told_or_ten_seconds_after_its_first_reply(
    later: float, said: dict[str, str], closed_for: float
) -> None:
    gate, clock = MemoryGate(), _Clock()
    pace = Pace(gate, clock.sleep, clock)
    pace.after(200, TOLD | said)
    clock.now += timedelta(seconds=later)
    pace.after(200, LITTLE_LEFT | said)
    assert gate.closed_until() == NOON + timedelta(seconds=closed_for)


def test_a_host_that_tells_no_budget_is_not_waited_for() -> None:
    gate = MemoryGate()
    for headers in ({}, {"x-rate-limit-remaining": "0"}, {"x-rate-limit-limit": "25", "x-rate-limit-remaining": "0"}):
        Pace(gate).after(200, headers)
    assert gate.closed_until() is None


def _two_hours(monkeypatch: pytest.MonkeyPatch, limits: Limits, latency: float) -> tuple[list[float], int]:
    """When reads that follow each other for two hours were answered, in seconds, and how many were refused."""
    clock, gate, answered, refused = _Clock(), MemoryGate(), [], 0
    monkeypatch.setattr(limits_of_procore.time, "time", lambda: clock().timestamp())
    pace = Pace(gate, clock.sleep, clock)
    while clock.now < NOON + timedelta(hours=2):
        pace.before_read()
        clock.now += timedelta(seconds=latency)
        allowed, headers = limits.take()
        date = format_datetime(clock.now, usegmt=True)
        clock.now += timedelta(seconds=latency)
        pace.after(200 if allowed else 429, {name.lower(): text for name, text in headers.items()} | {"date": date})
        answered.append((clock.now - NOON).total_seconds())
        refused += not allowed
    return answered, refused


@pytest.mark.parametrize("latency", [0.003, 0.04, 0.3])
def test_four_fifths_of_a_window_of_ten_seconds_are_used_and_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, latency: float
) -> None:
    answered, refused = _two_hours(monkeypatch, Limits(hour=Window(36_000, 3600), spike=Window(25, 10)), latency)
    possible = min(20 / 10, 1 / (2 * latency)) * 7200
    assert refused == 0
    assert 0.95 * possible <= len(answered) <= possible + 20


def test_of_two_windows_the_nearer_one_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    answered, refused = _two_hours(monkeypatch, Limits(hour=Window(600, 3600), spike=Window(25, 10)), 0.01)
    first_hour = [second for second in answered if second < 3600]
    assert refused == 0
    # Four fifths of 600 at four fifths of 25 in ten seconds, then nothing until the hour is over. (One more where
    # both windows come to a fifth with one reply: it tells of the shorter one only.)
    assert len(first_hour) == 481
    assert 230 <= first_hour[-1] <= 250
    assert len([second for second in answered if 3600 <= second < 7200]) == 481
