"""What was said about a load, as the journal keeps it: JSON that reads back as the very same options."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from toolkit.erps.base import ColumnMap, LoadOptions
from toolkit.errors import StoreError


def written(options: LoadOptions) -> str:
    """Everything that was said; what was not is left out."""
    facts = {name: value for name, value in asdict(options).items() if value is not None}
    return json.dumps(facts, sort_keys=True, default=_iso)


def read(text: str) -> LoadOptions:
    """The other way round; StoreError where an older Tieout wrote it for people only."""
    facts: dict[str, Any] = json.loads(text)
    try:
        if "extracted_at" in facts:
            facts["extracted_at"] = datetime.fromisoformat(facts["extracted_at"])
        if "complete" in facts:
            first, last = facts["complete"]
            facts["complete"] = (date.fromisoformat(first), date.fromisoformat(last))
        if "mapping" in facts:
            facts["mapping"] = ColumnMap(**facts["mapping"])
        return LoadOptions(**facts)
    except (TypeError, ValueError) as error:
        raise StoreError(
            "An older Tieout loaded this file, and kept too little to load it again the same way."
        ) from error


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
