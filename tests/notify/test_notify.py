"""Who is told what, once, by mail and webhook; and that a link leads to a page and decides nothing."""

from __future__ import annotations

import email
import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message as Letter
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.simulation.run import ANALYST, APPROVER, START, prepare
from toolkit.errors import SettingsError
from toolkit.notify import tell_digest, tell_new
from toolkit.settings import Settings, load_settings
from toolkit.workflow import approve
from toolkit.workflow.control import Control
from toolkit.workflow.outcome import Selection

LATER = START + timedelta(minutes=5)


class _Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one letter needs."""

    def handle(self) -> None:
        said = self.wfile.write
        said(b"220 here\r\n")
        while line := self.rfile.readline().strip():
            if line.upper() == b"DATA":
                said(b"354 go on\r\n")
                letter = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    letter += part
                self.server.letters.append(email.message_from_bytes(letter))
            said(b"221 bye\r\n" if line.upper() == b"QUIT" else b"250 ok\r\n")


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.letters.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


def _serve(server: socketserver.BaseServer) -> Iterator[socketserver.BaseServer]:
    server.letters, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def smtp() -> Iterator[socketserver.BaseServer]:
    yield from _serve(socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp))


@pytest.fixture
def hook() -> Iterator[socketserver.BaseServer]:
    yield from _serve(HTTPServer(("127.0.0.1", 0), _Hook))


def _home(tmp_path: Path, *lines: str) -> Settings:
    home = prepare(tmp_path / "home")
    path = home / "tieout.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('["analyst"]', '["analyst"]\nemail = "ann@example.com"')
    text = text.replace('["approver"]', '["approver"]\nemail = "bob@example.com"')
    path.write_text("\n".join([text, "[notify]", 'dashboard_url = "https://tieout.example.com"', *lines, ""]))
    return load_settings(home)


def _mailing(tmp_path: Path, smtp: socketserver.BaseServer) -> Settings:
    port = f"smtp_port = {smtp.server_address[1]}"
    return _home(tmp_path, 'smtp_host = "127.0.0.1"', port, 'smtp_security = "none"', 'sender = "t@example.com"')


def _text(letter: Letter) -> str:
    return letter.get_payload(decode=True).decode()


def test_approvers_hear_of_what_waits_for_them_once_and_its_link_only_opens_a_page(tmp_path, smtp) -> None:
    told = _mailing(tmp_path, smtp)
    with Control.open(told) as control:
        approve.withdraw(control, ANALYST, Selection(all=True), START, "once more")
        approve.submit(control, ANALYST, Selection(all=True), START)
        assert tell_new(control, told, LATER) is None
        assert tell_new(control, told, LATER) is None
        assert control.verdict().status == 0
    (letter,) = smtp.letters
    assert (letter["To"], letter["Subject"]) == ("bob@example.com", "Tieout: 3 payments: 300.03 USD, to be approved")
    links = [word for word in _text(letter).split() if "://" in word]
    assert links == ["https://tieout.example.com/approve"]


def test_the_submitter_hears_of_what_was_returned_with_the_reason(tmp_path, smtp) -> None:
    told = _mailing(tmp_path, smtp)
    with Control.open(told) as control:
        one = control.syncs()[0].sync_id
        approve.withdraw(control, ANALYST, Selection(ids=(one,)), START, "once more")
        approve.submit(control, ANALYST, Selection(ids=(one,)), START)
        approve.return_(control, APPROVER, Selection(ids=(one,)), START, "wrong month")
        tell_new(control, told, LATER)
    (letter,) = smtp.letters
    assert (letter["To"], "wrong month" in _text(letter)) == ("ann@example.com", True)


@pytest.mark.parametrize(
    ("state", "to"), [("needs_review", "ann@example.com, bob@example.com"), ("posted", "ann@example.com")]
)
def test_what_a_push_ends_with_is_told_to_those_whom_it_concerns(tmp_path, smtp, state: str, to: str) -> None:
    told = _mailing(tmp_path, smtp)
    with Control.open(told) as control:
        with control.change(APPROVER, "resolve", START) as change:
            change.move(change.syncs()[0], state, reason=None, issued_payment_id="1")
        tell_new(control, told, LATER)
    (letter,) = smtp.letters
    assert letter["To"] == to


def test_nothing_is_lost_where_the_server_is_away_and_a_webhook_is_told_later(tmp_path, hook, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_NOTIFY_WEBHOOK_URL", f"http://127.0.0.1:{hook.server_address[1]}/services/T0/x?y=1")
    told, hook.status = _home(tmp_path), 503
    with Control.open(told) as control:
        approve.withdraw(control, ANALYST, Selection(all=True), START, "once more")
        approve.submit(control, ANALYST, Selection(all=True), START)
        assert "the webhook did not take it (503)" in str(tell_new(control, told, LATER))
        hook.status = 200
        assert tell_new(control, told, LATER) is None
        assert tell_new(control, told, LATER) is None
    # The refused one and the one that was taken; the third call had nothing new.
    assert [path for path, _ in hook.letters] == ["/services/T0/x?y=1"] * 2
    assert "300.03 USD" in hook.letters[1][1]["text"]


def test_the_digest_comes_once_a_day_from_its_hour_on(tmp_path, smtp) -> None:
    told = _mailing(tmp_path, smtp)
    with Control.open(told) as control:
        for hours in (-6, 0, 1, 24):  # 06:00, 12:00, 13:00 and noon of the next day; due from 07:00
            tell_digest(control, told, START + timedelta(hours=hours))
    assert len(smtp.letters) == 2
    assert "approved: 3 payments: 300.03 USD; the oldest for 1 days" in _text(smtp.letters[1])


def test_nobody_is_told_anything_unless_it_is_set(tmp_path) -> None:
    told = _home(tmp_path)
    with Control.open(told) as control:
        before = len(control.events())
        assert (tell_new(control, told, LATER), tell_digest(control, told, LATER)) == (None, None)
        assert len(control.events()) == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('smtp_password = "x"', "TIEOUT_NOTIFY_SMTP_PASSWORD"),
        ('webhook_url = "https://chat.example.com/x"', "TIEOUT_NOTIFY_WEBHOOK_URL"),
        ('smtp_host = "mail.example.com"\nsmtp_security = "none"', "would show amounts to the network"),
    ],
)
def test_secrets_in_the_file_and_mail_in_the_clear_are_refused(tmp_path, line: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        _home(tmp_path, line)
