"""A wrong region, secret or company ends a push before the first POST, says which, and can be corrected."""

from __future__ import annotations

import pytest

from toolkit.errors import RemoteError, SignInRefused, StoreError, TieoutError
from toolkit.sandbox import LocalProcore, sample_data

from .conftest import PAYMENTS, Bench


def _edited(bench: Bench, old: str, new: str) -> None:
    path = bench.home / "tieout.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _refused(bench: Bench) -> TieoutError:
    with pytest.raises(TieoutError) as refused:
        bench.push(ids=[bench.one()])
    assert bench.posts() == 0
    assert bench.sync(bench.one()).state == "approved"
    return refused.value


def test_a_wrong_secret(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_PROCORE_CLIENT_SECRET", "of another app")
    error = _refused(bench)
    assert isinstance(error, SignInRefused)
    assert "check [procore] client_id and the secret" in str(error)


def test_a_wrong_company_is_named_and_corrected(bench: Bench) -> None:
    right = bench.settings.procore.company_id
    _edited(bench, f'company_id = "{right}"', 'company_id = "4711"')
    assert "check [procore] company_id" in str(_refused(bench))
    _edited(bench, 'company_id = "4711"', f'company_id = "{right}"')
    # Nothing was sent to the wrong one, so nothing binds the working folder to it.
    assert bench.push(ids=[bench.one()]).touched[0].state == "posted"


def test_a_token_of_another_region(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    login = bench.settings.procore.login_url
    with LocalProcore(sample_data() / "procore" / "company.json") as other:
        _edited(bench, f'login_url = "{login}"', f'login_url = "{other.login_url}"')
        monkeypatch.setenv("TIEOUT_PROCORE_CLIENT_SECRET", other.client_secret)
        error = _refused(bench)
    assert "401" in str(error)
    assert "check that the service account is installed in this company" in str(error)


def test_no_host_at_that_address(bench: Bench) -> None:
    _edited(bench, bench.settings.procore.api_url, "http://127.0.0.1:9")
    error = _refused(bench)
    assert isinstance(error, RemoteError)
    assert "127.0.0.1:9" in str(error)


def test_once_a_payment_was_sent_another_company_is_refused(bench: Bench) -> None:
    bench.push(ids=[bench.one()])
    right = bench.settings.procore.company_id
    _edited(bench, f'company_id = "{right}"', 'company_id = "4711"')
    with pytest.raises(StoreError, match=f"sent to company {right}"):
        bench.push()
    assert bench.procore.requests.count(("POST", PAYMENTS)) == 1
