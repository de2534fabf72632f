"""Saved JSON replies to lines, by the same profile as the ERP's table.

An object is flattened: `{"value": x}` is x, an instance with a Descriptor is that, a reference with an
id is the id (its name beside it). Lists of objects inside it are its lines (`line.` before their
keys). Keys are compared without case, blanks and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.draft import ApplicationDraft, Drafts, Row
from toolkit.erps.profile import Profile
from toolkit.erps.table import BILL, Found, Line, Texts
from toolkit.erps.text import as_text, items_of, json_objects, looks_like_json, raw_json

ENVELOPES = ("items", "value", "Report_Entry")
BILL_FIELDS = {
    "document_number": "referencenbr",
    "invoice_number": "vendorref",
    "invoice_date": "date",
    "vendor_id": "vendor",
    "vendor_name": "vendorname",
    "currency_code": "currencyid",
    "document_amount": "amount",
    "project_number": "project",
}
Flat = dict[str, str]


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _objects(file: SourceFile) -> Iterator[tuple[int, Any]]:
    """Every object of the reply's main list with its place; a bare list of objects is one, too."""
    found = json_objects(file)
    lists = [items for one in found for name in ENVELOPES if (items := items_of(one, name))]
    if not lists and not any(name in one for one in found for name in ENVELOPES):
        lists = [list(found)]
    for items in lists:
        yield from enumerate(items, start=1)


def flatten(item: dict[str, Any]) -> tuple[Flat, list[Flat]]:
    """An object's own values and those of the objects in its lists; keys are bare."""
    own: Flat = {}
    lines: list[Flat] = []
    for name, value in item.items():
        key, inside = _key(name), _unwrapped(value)
        if isinstance(inside, list) and any(isinstance(one, dict) and not _described(one) for one in inside):
            parts = [flatten(one)[0] for one in inside if _counts(one)]
            lines += [{"list": key} | {f"line.{k}": text for k, text in part.items()} for part in parts]
        elif isinstance(inside, list):
            texts = [as_text(_described(one) or one) if isinstance(one, dict) else as_text(one) for one in inside]
            own[key] = "; ".join(text for text in texts if text)
        elif isinstance(inside, dict):
            own |= {f"{key}{k}": text for k, text in flatten(inside)[0].items()}
            own[key] = as_text(inside.get("id")) or ""
        elif (text := as_text(inside)) is not None:
            own[key] = text
    return own, lines


def _counts(one: Any) -> bool:
    """NetSuite lists open bills beside paid ones: `apply` says which were paid."""
    return isinstance(one, dict) and one.get("apply") is not False


def _described(value: dict[str, Any]) -> str | None:
    return as_text(value.get("Descriptor"))


def _unwrapped(value: Any) -> Any:
    """What a wrapped value holds: Acumatica's `value`, Workday's `Descriptor`, a list's `items`."""
    if not isinstance(value, dict):
        return value
    if set(value) <= {"value", "error"}:
        return value.get("value")
    return value["items"] if isinstance(value.get("items"), list) else _described(value) or value


def _known(profile: Profile) -> dict[str, tuple[str, ...]]:
    """Canonical name -> the bare keys under which a reply may have it."""
    return {
        name: (*profile.fields.get(name, ()), *(_key(label) for label in labels))
        for name, labels in profile.headers.items()
    }


def _read(flat: Flat, line: Flat, known: dict[str, tuple[str, ...]]) -> Texts:
    """A payment's own facts are its object's; what belongs to a bill may stand in a line of it."""
    both = flat | line | {key.removeprefix("line."): text for key, text in line.items()}
    return {
        name: next((text for key in keys if (text := (both if name in BILL else flat | line).get(key))), None)
        for name, keys in known.items()
    }


def knows_reply(file: SourceFile, profile: Profile) -> bool:
    """Does any object of the reply have what tells a payment, or a bill, of this ERP?"""
    if not profile.replies or not looks_like_json(file):
        return False
    known = _known(profile)
    for _, item in _objects(file):
        if isinstance(item, dict):
            own, lines = flatten(item)
            cells = _read(own, lines[0] if lines else {}, known)
            if all(cells[name] for name in profile.replies) or _is_bill(own, profile):
                return True
    return False


def _as_credit(cells: Texts, line: Flat, profile: Profile) -> Texts:
    """A credit that a payment's record lists beside its cash: a document of its own, which settles a bill without cash.

    Its key is the credit's and the payment's, for one credit may stand in several payments' records.
    """
    word = next(word for word, kind in profile.kinds.items() if kind == "credit")
    identity = "|".join(text for text in (cells["credit_id"], cells["payment_id"]) if text)
    day = line.get("line.creditdate") or cells["payment_date"]
    return cells | {"kind": word, "payment_id": identity, "check_number": cells["credit_number"], "payment_date": day}


def _is_bill(own: Flat, profile: Profile) -> bool:
    return bool(profile.bill_keys) and all(key in own for key in profile.bill_keys)


def reply_lines(file: SourceFile, profile: Profile, options: LoadOptions, drafts: Drafts) -> Found:
    """The lines of every payment in the reply; bills are kept, what is neither is quarantined."""
    known = _known(profile)
    found = Found(columns=dict.fromkeys(known, 0))
    for place, item in _objects(file):
        drafts.rows_seen += 1
        row = Row(place, raw_json(item))
        own, lines = flatten(item) if isinstance(item, dict) else ({}, [])
        parts = [_read(own, line, known) for line in lines or [{}]]
        if all(parts[0][name] for name in profile.replies):
            found.lines += [
                Line(row, _as_credit(cells, line, profile) if line.get("list") == profile.credit_list else cells)
                for cells, line in zip(parts, lines or [{"list": ""}], strict=True)
            ]
        elif _is_bill(own, profile):
            drafts.other += 1
            drafts.bills.append(_bill(own, row, options))
        else:
            row.fault(None, f"is no payment; needed are {', '.join(known[name][0] for name in profile.replies)}")
            drafts.lost.append(row)
    told = {name for line in found.lines for name, text in line.cells.items() if text}
    found.columns = dict.fromkeys(told, 0)
    if any(one.get("hasMore") is True or one.get("nextLink") for one in json_objects(file)):
        drafts.notes.append("The reply says that there is more: load its other pages too.")
    return found


def _bill(own: Flat, row: Row, options: LoadOptions) -> ApplicationDraft:
    """A bill of Acumatica or MYOB: payments name it by type and reference number."""
    cells: Texts = {name: own.get(key) for name, key in BILL_FIELDS.items()}
    identity = f"{own.get('type', 'Bill')}|{own['referencenbr']}"
    kind = "vendor_credit" if own.get("type", "").lower().startswith("debit") else "bill"
    cells |= {"erp_company": options.company or "default", "document_id": identity, "document_type": kind}
    return ApplicationDraft(row, cells)
