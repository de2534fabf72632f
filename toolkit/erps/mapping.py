"""The mapping file: what one site calls its columns and its words (`loading.md` gives its keys)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from toolkit import schemas
from toolkit.erps.base import ColumnMap
from toolkit.erps.profile import Profile
from toolkit.errors import InputError

ORDERS, MARKS = ("mdy", "dmy", "ymd"), (".", ",")
WORDS = {
    "status": schemas.PAYMENT_STATUSES,
    "kind": ("payment", "prepayment", "refund", "reversal", "credit"),
    "payment_method": schemas.PAYMENT_METHODS,
    "document_type": schemas.DOCUMENT_TYPES,
}


def read_mapping(path: Path) -> ColumnMap:
    """A mapping file; InputError names the key that cannot be followed."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: is no TOML: {error}.") from error
    return mapping_of(content, path.name)


def mapping_of(content: Mapping[str, Any], name: str) -> ColumnMap:
    """The same from a table that was already read."""
    known = {one.name: one for one in fields(ColumnMap)}
    for key, value in content.items():
        if key not in known:
            raise InputError(f"{name}: unknown key {key}; known are {', '.join(known)}.")
        _check(name, key, value)
    if "erp" not in content:
        raise InputError(f'{name}: says no ERP; begin it with erp = "generic" or an ERP\'s code.')
    return ColumnMap(**content)


def _check(name: str, key: str, value: Any) -> None:
    """One key of the file, by its type and its words."""
    checked: Any = value
    kinds: dict[str, type] = {"header_row": int, "name_prefix_ids": bool, "columns": dict, "values": dict}
    kind = kinds.get(key, str)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InputError(f"{name}: {key} says {value!r}, which is no {kind.__name__}.")
    allowed = {"date_order": ORDERS, "decimal": MARKS, "erp": schemas.ERP_CODES}.get(key)
    if allowed and value not in allowed:
        raise InputError(f"{name}: {key} says {value!r}; known are {', '.join(allowed)}.")
    if key == "columns":
        for column, header in checked.items():
            if not isinstance(header, str) or not header.strip():
                raise InputError(f"{name}: columns.{column} names no header.")
    if key == "values":
        _check_values(name, checked)


def _check_values(name: str, values: Mapping[str, Any]) -> None:
    for column, words in values.items():
        if column not in WORDS or not isinstance(words, dict):
            raise InputError(f"{name}: values.{column} is unknown; known are {', '.join(WORDS)}.")
        for word, meaning in words.items():
            if meaning not in WORDS[column]:
                raise InputError(
                    f"{name}: values.{column}.{word} says {meaning!r}; known are {', '.join(WORDS[column])}."
                )


def mapped(profile: Profile, mapping: ColumnMap | None) -> Profile:
    """The ERP's profile with the site's labels first and its words added."""
    if mapping is None:
        return profile
    headers = dict(profile.headers)
    for name, label in mapping.columns.items():
        if name not in headers:
            raise InputError(f"The mapping's column {name} is unknown; known are {', '.join(sorted(headers))}.")
        headers[name] = (" ".join(label.lower().split()),)
    words = {
        column: {word.lower(): meaning for word, meaning in said.items()} for column, said in mapping.values.items()
    }
    if mapping.totals:
        amount = next((name for name in ("payment_amount", "applied_amount") if name in mapping.columns), None)
        begins = re.compile(rf"^{re.escape(mapping.totals)}\b", re.IGNORECASE)
        profile = replace(profile, total=begins, total_of=amount or profile.total_of)
    return replace(
        profile,
        headers=headers,
        statuses={**profile.statuses, **words.get("status", {})},
        kinds={**profile.kinds, **words.get("kind", {})} if profile.kinds or "kind" in words else {},
        methods={**profile.methods, **words.get("payment_method", {})},
        documents={**words.get("document_type", {}), **profile.documents},
    )
