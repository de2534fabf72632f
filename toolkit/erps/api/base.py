"""What an ERP's API is: one more way to get a source file.

An API is asked page by page and answers one document in the envelope that the ERP's own file reader
accepts; from there on a pull is a load. Numbers with a point travel as text, so none passes a float.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from toolkit.errors import RemoteError
from toolkit.settings import ErpSection, Settings, erp_secret

# What changed while the last pull ran, or carries a clock of another zone, is asked for again.
OVERLAP = timedelta(days=1)
MAX_PAGES = 100_000

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Ask:
    """What one pull wants: changes since an instant, or (None) everything that the API will give.

    `began` is the moment the pull began, `last` that of the one before it; `sleep` waits where a host
    asks for it; `told` hears how far the pull is.
    """

    erp: str
    settings: Settings
    began: datetime
    since: datetime | None = None
    last: datetime | None = None
    sleep: Callable[[float], None] = time.sleep
    told: Callable[[str], None] = lambda _: None
    # Every secret that was handed out: what a host says is cleared of them before it is repeated.
    secrets: set[str] = field(default_factory=set, repr=False)

    @property
    def section(self) -> ErpSection:
        return self.settings.erp.get(self.erp, ErpSection())

    @property
    def from_day(self) -> date:
        """The first day of payments, for an API that cannot say what changed: a window before the last pull."""
        return (self.since or (self.last or self.began) - timedelta(days=self.section.window_days)).date()

    def secret(self, key: str, *, needed: bool = True) -> str:
        """A secret of `[erp.CODE]`; without `needed` an absent one is ''."""
        return self.hide(erp_secret(self.settings, self.erp, key, needed=needed))

    def hide(self, secret: str) -> str:
        """Remember that this must not be repeated."""
        if secret:
            self.secrets.add(secret)
        return secret

    def fill(self, text: str) -> str:
        """A prompt or filter of the settings with `{since}` and `{until}` as ISO days."""
        return text.replace("{since}", self.from_day.isoformat()).replace("{until}", self.began.date().isoformat())


@dataclass(frozen=True)
class Fetched:
    """What an API answered, as the bytes of one file of `records` records.

    `newest` is the newest change instant among them (None where the API tells none); `complete`
    says that every payment the ERP still has is among them; `notes` are for people.
    """

    content: bytes
    records: int
    newest: datetime | None = None
    complete: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Api:
    """One ERP's API: the keys of `[erp.CODE]` it cannot do without, and how it is read."""

    erp: str
    title: str
    needs: tuple[str, ...]
    fetch: Callable[[Ask], Fetched]


def document(content: Mapping[str, Any] | Rows) -> bytes:
    """A document as the bytes that are kept and read: the same content is the same bytes."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def rows_of(reply: Any, name: str, host: str) -> Rows:
    """The list `name` of a reply; RemoteError where it is no list of objects."""
    found = reply.get(name, []) if isinstance(reply, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise RemoteError(host, f"the answer has no list of {name}; check [erp] api_url.")
    return found


def newest_of(moments: Iterable[datetime | None], began: datetime) -> datetime | None:
    """The newest of these instants, but never later than the pull: a clock that runs ahead hides nothing."""
    known = [min(moment, began) for moment in moments if moment]
    return max(known, default=None)


def once(rows: Rows, key: Callable[[dict[str, Any]], Any]) -> Rows:
    """Each record once, the last that was read of it: pages may shift while they are read."""
    return list({key(row): row for row in rows}.values())
