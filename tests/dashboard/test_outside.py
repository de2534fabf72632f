"""Reached from other computers, as docs/deploy.md says: its own nginx block, its own backup, tried."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.hands import open_page, settled, sign_in
from tests.dashboard.stage import Stage
from toolkit.settings import load_settings
from toolkit.workflow.control import Control

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy.md"
FRAME = """daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {block}
}}
"""


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _configuration(folder: Path, port: int, inner: int) -> Path:
    """The block of the document, on ports and with a certificate of our own, and changed in nothing else."""
    [block] = re.findall(r"```nginx\n(.*?)```", DEPLOY.read_text(encoding="utf-8"), re.DOTALL)
    ours = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "server_name tieout.example.com;": "server_name 127.0.0.1;",
        "/etc/ssl/tieout.pem": f"{folder}/cert.pem",
        "/etc/ssl/tieout.key": f"{folder}/key.pem",
        "http://127.0.0.1:8501": f"http://127.0.0.1:{inner}",
    }
    for theirs, own in ours.items():
        assert theirs in block
        block = block.replace(theirs, own)
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*words, "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True)  # noqa: S603
    place = folder / "nginx.conf"
    place.write_text(FRAME.format(folder=folder, block=block), encoding="utf-8")
    return place


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[tuple[Stage, str]]:
    """The dashboard behind nginx: the stage, and the address that people type."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not nginx or not shutil.which("openssl"):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("there is no nginx here")
    port = _free_port()
    public = f"https://127.0.0.1:{port}"
    with Stage(tmp_path / "home", "submitted", public) as stage:
        configuration = _configuration(tmp_path, port, stage.port)
        proxy = subprocess.Popen([nginx, "-p", str(tmp_path), "-c", str(configuration)])  # noqa: S603
        try:
            yield stage, public
        finally:
            proxy.terminate()
            proxy.wait(10)


@pytest.mark.slow
@pytest.mark.browser
def test_behind_nginx_people_sign_in_over_tls_and_work(chromium: Browser, behind: tuple[Stage, str]) -> None:
    stage, public = behind
    stage.url = f"{public}/tieout"
    context = chromium.new_context(ignore_https_errors=True)
    page = context.new_page()
    sockets: list[str] = []
    page.on("websocket", lambda opened: sockets.append(opened.url))
    broken: list[str] = []
    page.on("console", lambda line: broken.append(line.text) if "Content Security Policy" in line.text else None)
    reply = page.goto(public)
    assert reply
    assert reply.url.rstrip("/") == stage.url
    headers = reply.all_headers()
    assert headers["strict-transport-security"].startswith("max-age=")
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    sign_in(page, stage, "viewer")
    # What is typed goes over the websocket and comes back.
    open_page(page, stage, "audit")
    page.get_by_label("Payment, vendor or reference").fill("foxglove")
    page.keyboard.press("Enter")
    settled(page)
    expect(page.get_by_text(re.compile(r"^\d+ of \d+ events"))).to_be_visible()
    assert sockets
    assert {url.split("://")[0] for url in sockets} == {"wss"}
    cookies = context.cookies()
    assert all(cookie["secure"] for cookie in cookies)
    readable = {cookie["name"] for cookie in cookies if not cookie["httpOnly"]}
    # The page itself must read the one against forged requests.
    assert readable <= {"_streamlit_xsrf"}
    assert len(cookies) > len(readable)
    assert broken == []
    context.close()


@pytest.mark.slow
def test_a_page_of_another_origin_opens_no_websocket(tmp_path: Path) -> None:
    answers = {}
    with Stage(tmp_path / "home", "empty") as stage:
        for origin in (f"http://127.0.0.1:{stage.port}", "https://elsewhere.example"):
            connection = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=20)
            headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Origin": origin}
            headers["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
            connection.request("GET", "/tieout/_stcore/stream", headers=headers)
            answers[origin] = connection.getresponse().status
            connection.close()
    assert list(answers.values()) == [101, 403]


def test_a_backup_taken_while_it_runs_is_restored_whole(home, tmp_path: Path) -> None:
    folder, backup = home("submitted"), tmp_path / "backup"
    backup.mkdir(mode=0o700)
    with Control.open(load_settings()) as control:
        # Somebody works meanwhile.
        with sqlite3.connect(folder / "control.sqlite") as database:
            database.execute("VACUUM INTO ?", [str(backup / "control.sqlite")])
        before = (control.verdict(), control.syncs())
    for name in ("tieout.toml", "audit.anchor"):
        shutil.copy2(folder / name, backup / name)
    with Control.open(load_settings(backup)) as restored:
        assert (restored.verdict(), restored.syncs()) == before
        assert restored.verdict().status == 0


def test_a_backup_older_than_its_anchor_says_so(home, tmp_path: Path) -> None:
    older, newer = tmp_path / "older", home("submitted")
    older.mkdir(mode=0o700)
    with sqlite3.connect(newer / "control.sqlite") as database:
        last = database.execute("select max(seq) from events").fetchone()[0]
        database.execute("VACUUM INTO ?", [str(older / "control.sqlite")])
    for name in ("tieout.toml", "audit.anchor"):
        shutil.copy2(newer / name, older / name)
    with sqlite3.connect(older / "control.sqlite") as database:
        for (name,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            database.execute(f"drop trigger {name}")
        database.execute("delete from events where seq = ?", [last])
    with Control.open(load_settings(older)) as restored:
        assert restored.verdict().status == 4
