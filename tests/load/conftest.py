"""A working folder to load into, and what the published views then say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from toolkit.erps.base import LoadOptions
from toolkit.load import load_paths
from toolkit.settings import load_settings
from toolkit.warehouse import LoadReport

HEADER = "Internal ID,Date,Document Number,Name,Status,Amount,Applied To Transaction,Applied To Link Amount"


class Desk:
    """`load` takes a file's content and what is said of it; each load is a minute later than the last."""

    def __init__(self, home: Path) -> None:
        self.home, self.minute = home, 0

    def load(self, content: str | bytes | dict | list, name: str = "export.csv", **said) -> LoadReport:
        return self.load_all({name: content}, **said)[0]

    def load_all(self, files: dict[str, str | bytes | dict | list], **said) -> list[LoadReport]:
        folder = self.home / "in"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            text = json.dumps(content) if isinstance(content, dict | list) else content
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        self.minute += 1
        now = datetime(2026, 11, 1, 12, self.minute, tzinfo=UTC)
        return load_paths([folder / name for name in files], LoadOptions(**said), load_settings(self.home), now)

    def rows(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.home / "published" / "loads.duckdb"), read_only=True) as published:
            return [tuple("" if cell is None else str(cell) for cell in row) for row in published.sql(sql).fetchall()]

    def core(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as warehouse:
            return warehouse.sql(sql).fetchall()

    def payments(self) -> list[tuple]:
        return self.rows("SELECT payment_id, payment_amount, status FROM report.payments ORDER BY ALL")


def netsuite(*lines: str) -> str:
    """A saved search with these rows under the labels of `HEADER`."""
    return "\n".join([HEADER, *lines, ""])


def paid(identity: str, amount: str, bill: str = "A-1", status: str = "", date: str = "9/14/2026") -> str:
    """One row that pays one bill."""
    return f'{identity},{date},00{identity},Tamarack Steel,{status},"{amount}",Bill #{bill},"{amount}"'


def quickbooks(*payments: dict, time: str | None = None, **lists: list) -> dict:
    """A reply of change data capture."""
    reply: dict = {"CDCResponse": [{"QueryResponse": [{"BillPayment": list(payments), **lists}]}]}
    return reply | ({"time": time} if time else {})


def bill_payment(identity: str, amount: str, *bills: tuple[str, str], **more) -> dict:
    """A QuickBooks payment of these bills (id, amount)."""
    lines = [{"Amount": part, "LinkedTxn": [{"TxnId": bill, "TxnType": "Bill"}]} for bill, part in bills]
    return {"Id": identity, "DocNumber": identity, "TxnDate": "2026-09-14", "TotalAmt": amount, "Line": lines} | more


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")
