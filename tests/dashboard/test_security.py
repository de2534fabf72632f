"""The checks of a dashboard that handles money (OWASP ASVS level 2 and the plain sense of it), row by row.

 1  provider's sign-in only; sample people never beside a real Procore    here; tests/signin
 2  sessions: idle, absolute, revoked, a stolen cookie                    here; test_pages, test_browser (saved cookie)
 3  another origin opens no websocket and posts no form                   here (configuration); test_outside (403)
 4  every action asked again in the transaction, roles read anew          test_roles; workflow/test_duties
 5  duties kept apart, one person is one person                           workflow/test_duties, test_decisions_of_people
 6  caps, second approver, many just below the limit                      workflow/test_duties
 7  a fresh sign-in and a typed total release a large batch               here; test_picking
 8  approval binds to the exact body and the source rows                  workflow/test_push_protocol; test_actions
 9  of fifty who decide at once one does                                  workflow/test_duties
10  no text from outside becomes markup                                   here (no door); test_browser (every kind)
11  uploads: size, and type by content                                    here; test_browser
12  listens on this machine only                                          here
13  SQL with bound values only; names from a list                         here
14  secrets nowhere but where they belong                                 test_settings; procore/test_redaction; here
15  nothing secret in logs and errors                                     procore/test_redaction; here
16  https, no redirects, company always, bounded answers                  procore/test_web, test_requests
19  every version pinned; nothing loaded from another host                test_house; test_browser (hosts)
22  files of the owner only                                               here; signin/test_issuer
23  wrong tries lock; refused approvals are told to the server's log      here; signin/test_passwords
24  no stack trace in a browser                                           here
25  headers at the proxy                                                  test_outside
26  bank numbers on no page and in no download                            here
"""

from __future__ import annotations

import ast
import stat
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import activity, widgets
from dashboard.views import load
from tests.dashboard.conftest import APP, run, select, turn_to
from tests.dashboard.test_pages import PAGES
from toolkit.cli import serve
from toolkit.errors import SettingsError
from toolkit.settings import ProcoreSection, Settings, SigninSection, load_settings
from toolkit.warehouse import latest

ROOT = Path(__file__).parents[2]
PRODUCT = [*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "toolkit").rglob("*.py")]


def _calls(path: Path) -> list[tuple[str, ast.Call]]:
    found = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return [(ast.unparse(call.func), call) for call in found]


@pytest.mark.parametrize(
    "changes",
    [
        {"procore": ProcoreSection(api_url="https://api.procore.com")},
        {"signin": SigninSection(public_url="https://tieout.example.com")},
    ],
    ids=["real Procore", "public address"],
)
def test_sample_people_are_served_on_this_machine_only(tmp_path: Path, changes: dict) -> None:
    local = {"procore": ProcoreSection(api_url="http://127.0.0.1:9"), "signin": SigninSection()}
    told = Settings(**(local | changes)).model_copy(update={"home": tmp_path})
    with pytest.raises(SettingsError, match="everybody knows"):
        serve.serve(told, 8501, {"approver": "approver-demo"})
    (tmp_path / "SAMPLE_DATA").touch()
    with pytest.raises(SettingsError, match="everybody knows"):
        serve.serve(told, 8501)


def _somebody(**claims: object) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.user = {"is_logged_in": True, "sub": "approver"} | claims
    return app


def test_a_session_is_over_after_eight_hours_whatever_the_provider_grants(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    month = time.time() + 30 * 86400
    begun = time.time() - activity.LONGEST_SECONDS
    assert _somebody(iat=begun + 60, exp=month).run().metric
    assert not _somebody(iat=begun - 1, exp=month).run().metric


def test_a_mail_address_alone_is_no_sign_in(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.user = {"email": "approver@example.com", "sub": "approver"}
    assert not app.run().metric


@pytest.mark.parametrize(("minutes", "offered"), [(4, True), (6, False)])
def test_a_large_batch_takes_a_sign_in_of_the_last_minutes(home, minutes: int, offered: bool) -> None:
    path = home("submitted") / "tieout.toml"
    text = path.read_text().replace('api_url = "http://127.0.0.1', 'api_url = "https://127.0.0.1.invalid', 1)
    path.write_text(f'{text}\n[limits]\nconfirm_total_above = "100.00"\n')
    app = turn_to(_somebody(iat=time.time() - 60 * minutes), "approve")
    app.button(key="waiting-all").click().run()
    totals = [field.key for field in app.text_input if str(field.key).startswith("total-")]
    assert bool(totals) is offered
    assert any("sign out and in again" in warning.value for warning in app.warning) is not offered
    assert app.button(key="approve").disabled


def test_no_page_has_a_door_for_markup() -> None:
    doors = {"st.html", "st.iframe", "components.html", "components.v1.html", "components.v1.iframe"}
    found = [
        (path.name, call.lineno)
        for path in (ROOT / "dashboard").rglob("*.py")
        for name, call in _calls(path)
        if name in doors or any(keyword.arg in ("unsafe_allow_html", "help_html") for keyword in call.keywords)
    ]
    assert found == []


def test_a_name_is_shown_as_it_stands() -> None:
    nasty = "<img onerror=x> [a](b) $x$ :home: www.e.example"
    shown = widgets.plainly(nasty)
    for letter in "<>[]()$:":
        assert f"\\{letter}" in shown
        assert letter not in shown.replace(f"\\{letter}", "")


def test_only_what_stands_between_backticks_is_code() -> None:
    assert widgets.with_code("Run `tieout load`: *now*") == "Run `tieout load`\\: \\*now\\*"
    # One without its fellow opens nothing.
    assert widgets.with_code("a ` *b*") == widgets.plainly("a ` *b*")


def test_an_upload_is_bounded_and_known_by_its_content(home) -> None:
    assert load.MEGABYTES == serve.configuration(8501)["server.maxUploadSize"] == 64
    home("empty")
    program = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(range(256)) * 8
    app = run("analyst", "load")
    app.file_uploader(key="files").upload("payments.csv", program).run()
    app.button(key="load").click().run()
    assert "payments" in app.error[0].value
    assert "Nothing of any file was loaded" in app.error[0].value
    assert not (load_settings().published / "loads.duckdb").exists()


def test_it_listens_on_this_machine_and_tells_a_browser_no_stack() -> None:
    told = serve.configuration(8501)
    assert told["server.address"] == "127.0.0.1"
    assert (told["server.enableCORS"], told["server.enableXsrfProtection"]) == (True, True)
    assert told["client.showErrorDetails"] == "none"
    # The grid's own export knows nothing of formulas.
    assert told["client.disableDataExport"] is True


def test_sql_is_put_together_from_names_of_our_own_only() -> None:
    """An f-string reaches a database only where names were checked against the catalogue: in the warehouse."""
    found = [
        path.relative_to(ROOT).as_posix()
        for path in PRODUCT
        for name, call in _calls(path)
        if name.rsplit(".", 1)[-1] in ("execute", "sql", "executemany", "text")
        and call.args
        and isinstance(call.args[0], ast.JoinedStr)
    ]
    assert {path for path in found if not path.startswith(("toolkit/warehouse/", "toolkit/workflow/"))} == set()


def test_no_name_from_outside_reaches_a_query(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["submitted"]))
    snapshot = latest(load_settings())
    assert snapshot.view("payments", {"vendor_name": "x' OR '1'='1"}).is_empty()
    assert run("viewer", "mismatches", words="'; DROP TABLE canon.run; --").title
    assert snapshot.count("payments") > 0


def test_nothing_dangerous_is_called_anywhere() -> None:
    banned = {"eval", "exec", "pickle.loads", "pickle.load", "yaml.load", "os.system"}
    found = [
        (path.name, name)
        for path in PRODUCT
        for name, call in _calls(path)
        if name in banned or any(word.arg == "shell" for word in call.keywords)
    ]
    assert found == []


def test_what_the_pages_write_belongs_to_its_owner(home) -> None:
    folder = home("submitted")
    run("viewer")
    app = run("admin", "settings")
    app.selectbox(key="who").set_value("viewer").run()
    app.multiselect(key="roles-viewer").set_value(["viewer", "analyst"]).run()
    (folder / "tieout.toml").chmod(0o600)
    app.button(key="save-roles").click().run()
    for path in [folder / "tieout.toml", *(folder / "looked").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_a_refused_approval_is_told_to_the_servers_log(home, monkeypatch, caplog) -> None:
    home("submitted")
    monkeypatch.setattr(widgets, "refusal", lambda *_: None)
    app = select(run("viewer", "approve"), "table-waiting-", [0])
    app.button(key="approve").click().run()
    assert any("refused: viewer (viewer) may not approve" in record.getMessage() for record in caplog.records)


def test_no_page_shows_a_bank_account(homes, monkeypatch) -> None:
    monkeypatch.setenv("TIEOUT_HOME", str(homes["pushed"]))
    known = latest(load_settings()).view("payments")["bank_account_id"].drop_nulls()
    # Short ids of the sample are also counts and hours elsewhere.
    accounts = {number for number in known if len(number) > 4 and not number.isdigit()}
    assert accounts
    app = run("viewer")
    for page in PAGES:
        app = turn_to(app, page) if page else app
        for table in app.dataframe:
            assert not [name for name in table.value.columns if "bank" in name.lower() or "account" in name.lower()]
            assert not {str(cell) for cell in table.value.to_numpy().ravel()} & accounts
