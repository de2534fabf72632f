"""What goes over the wire: no redirect, no proxy to this machine, bounds, and a write sent once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.procore.conftest import scripted
from toolkit import web
from toolkit.errors import RemoteError, SettingsError
from toolkit.sandbox import Fault
from toolkit.settings import ProcoreSection, load_settings
from toolkit.web import Web

Talk = Callable[[socket.socket], None]


@pytest.fixture
def host() -> Iterator[Callable[[Talk], str]]:
    """Start a host that does with each connection what it is told; returns its address."""
    open_sockets: list[socket.socket] = []

    def start(talk: Talk) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        open_sockets.append(listener)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                open_sockets.append(connection)
                threading.Thread(target=_quietly, args=(talk, connection), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for one in open_sockets:
        one.close()


def _quietly(talk: Talk, connection: socket.socket) -> None:
    try:
        connection.recv(65536)
        talk(connection)
    except OSError:
        pass  # the client hung up, which is what some of these tests are about


def _redirect(request: httpx.Request) -> httpx.Response:
    return httpx.Response(302, headers={"Location": f"https://elsewhere.example.com{request.url.path}"})


def test_a_redirect_of_a_read_is_not_followed() -> None:
    with (
        scripted(_redirect) as client,
        pytest.raises(RemoteError, match="answered 302: a redirect, which is not followed"),
    ):
        client.projects()


def test_a_redirect_of_a_sign_in_is_not_followed() -> None:
    elsewhere = Web("https://login.example.com", transport=httpx.MockTransport(_redirect))
    with elsewhere as login, pytest.raises(RemoteError, match="a redirect"):
        login.form("/oauth/token", {"client_secret": "x"})


def test_a_redirect_of_a_write_is_only_told() -> None:
    with scripted(_redirect) as client:
        assert client.post_issued_payment(b"{}").status == 302


@pytest.mark.parametrize("key", ["api_url", "login_url"])
@pytest.mark.parametrize(
    "url", ["http://api.example.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "127.0.0.1"]
)
def test_plain_http_goes_to_this_machine_only(tmp_path, key: str, url: str) -> None:
    (tmp_path / "tieout.toml").write_text(f'[procore]\n{key} = "{url}"\n')
    with pytest.raises(SettingsError, match=key):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8700", "http://[::1]:8700", "http://localhost", "https://api.example.com"]
)
def test_loopback_may_be_plain_and_the_rest_is_https(url: str) -> None:
    assert ProcoreSection(api_url=url).api_url == url


def test_no_proxy_comes_between_us_and_this_machine(host, monkeypatch: pytest.MonkeyPatch) -> None:
    url = host(lambda connection: connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n"))
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Web(url) as here:
        assert here.write_once("POST", "/x", b"", {}).status == 204


def test_an_answer_larger_than_any_of_procores_is_not_read_to_its_end(host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MAX_REPLY", 100_000)

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        while True:
            connection.sendall(b" " * 65536)

    with Web(host(endless)) as here:
        with pytest.raises(RemoteError, match="larger than"):
            here.get("/x", {}, {})
        assert here.write_once("POST", "/x", b"", {}).sent is None


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 201 Created\r\nContent-Length: 9999\r\n\r\n"])
def test_a_host_that_trickles_does_not_hold_us_for_ever(host, start: bytes) -> None:
    def trickle(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(b"x")
            threading.Event().wait(0.02)

    with Web(host(trickle), timeout=0.1) as here:
        assert here.write_once("POST", "/x", b"", {}).sent is None


def test_a_write_that_nobody_took_was_not_sent() -> None:
    with Web("http://127.0.0.1:9", timeout=2) as nowhere:
        assert nowhere.write_once("POST", "/x", b"{}", {}).sent is False


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 20", b"HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"])
def test_a_write_whose_answer_is_cut_off_is_of_unknown_outcome_and_sent_once(host, answer: bytes) -> None:
    met: list[int] = []

    def cut(connection: socket.socket) -> None:
        met.append(1)
        connection.sendall(answer)
        connection.close()

    with Web(host(cut)) as here:
        outcome = here.write_once("POST", "/x", b"{}", {})
    assert (outcome.sent, outcome.status, len(met)) == (None, None, 1)


def test_a_write_takes_a_connection_of_its_own(host) -> None:
    """A kept connection may have died unnoticed: a write on it would end unknown for nothing."""
    met: list[int] = []

    def once(connection: socket.socket) -> None:
        met.append(1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    with Web(host(once)) as here:
        here.get("/x", {}, {})
        assert here.write_once("POST", "/x", b"{}", {}).status == 200
    assert len(met) == 2


def test_a_read_that_is_tried_again_says_nothing_on_standard_output(procore, client, capsys) -> None:
    procore.faults.add(Fault("GET", "/rest/v1.0/vendors", "status", status=502, times=2))
    client.vendors()
    assert capsys.readouterr().out == ""
