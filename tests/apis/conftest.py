"""A working folder that pulls from a stand-in, and what its published views then say."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.apis.standin import SECRET
from toolkit.erps.api import Ask, Fetched, api_of
from toolkit.pull_erp import ErpPull, pull_erp
from toolkit.settings import load_settings

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


class Desk:
    """`pull` asks an ERP's API; each pull begins a day after the last."""

    def __init__(self, home: Path) -> None:
        self.home, self.now = home, NOW
        self.slept: list[float] = []

    def set_up(self, erp: str, **keys: object) -> None:
        """Write `[erp.CODE]`."""
        self.home.mkdir(parents=True, exist_ok=True)
        lines = [f"{key} = {_toml(value)}" for key, value in keys.items()]
        (self.home / "tieout.toml").write_text("\n".join([f"[erp.{erp}]", *lines, ""]))

    def pull(self, erp: str, since: date | None = None, days: float = 1) -> ErpPull:
        self.now += timedelta(days=days)
        return pull_erp(erp, load_settings(self.home), self.now, since, sleep=self.slept.append)

    def fetch(self, erp: str, since: datetime | None = None) -> Fetched:
        """What the API answers, not yet read."""
        settings = load_settings(self.home)
        return api_of(erp, settings).fetch(Ask(erp, settings, self.now, since, sleep=self.slept.append))

    def rows(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.home / "published" / "loads.duckdb"), read_only=True) as published:
            return [tuple("" if cell is None else str(cell) for cell in row) for row in published.sql(sql).fetchall()]

    def paid(self) -> list[tuple]:
        return self.rows("SELECT payment_id, payment_amount, status FROM report.payments ORDER BY ALL")

    def applied(self) -> list[tuple]:
        return self.rows(
            "SELECT payment_id, invoice_number, applied_amount, status FROM report.applications "
            "ORDER BY payment_id, application_id"
        )


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f'{key} = "{part}"' for key, part in value.items()) + " }"
    return json.dumps(value)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch) -> Desk:
    monkeypatch.setattr("keyring.get_password", lambda *_: None)
    for erp in ("XERO", "QBO", "ACUMATICA", "MYOB"):
        monkeypatch.setenv(f"TIEOUT_ERP_{erp}_CLIENT_SECRET", SECRET)
        monkeypatch.setenv(f"TIEOUT_ERP_{erp}_REFRESH_TOKEN", "seed-token")
    for erp in ("CMIC", "WORKDAY", "MRI", "YARDI"):
        monkeypatch.setenv(f"TIEOUT_ERP_{erp}_PASSWORD", SECRET)
    monkeypatch.setenv("TIEOUT_ERP_MRI_PARTNER_KEY", "partner")
    monkeypatch.setenv("TIEOUT_ERP_YARDI_LICENCE", "licence-text")
    return Desk(tmp_path / "home")
