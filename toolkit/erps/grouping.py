"""Lines of payments to drafts: which lines are one payment, what kind it is, and what it settles."""

from __future__ import annotations

import re
from collections.abc import Sequence

from toolkit.erps.assemble import DEFAULT_COMPANY
from toolkit.erps.base import LoadOptions, SourceFile
from toolkit.erps.draft import Drafts, PaymentDraft
from toolkit.erps.profile import Profile, method, period
from toolkit.erps.settled import SEVERAL, number_applications, settled_by
from toolkit.erps.table import Found, Line, Texts
from toolkit.errors import RefusedFile

ID_FIRST = re.compile(r"^(\S*\d\S*) (.+)$")
NAMED_CURRENCIES = {
    "us dollar": "USD",
    "usa": "USD",
    "canadian dollar": "CAD",
    "australian dollar": "AUD",
    "new zealand dollar": "NZD",
    "british pound": "GBP",
    "euro": "EUR",
}


# What tells the payments of a file without keys apart.
APART = (
    "payment_number",
    "bank_account_id",
    "check_number",
    "payment_date",
    "vendor_id",
    "vendor_name",
    "payment_amount",
)


def draft_payments(found: Found, companies: dict[int, str], profile: Profile, drafts: Drafts) -> None:
    """Lines of payments, each row's company known, to drafts of payments."""
    last = {line.block: line for line in found.lines}
    for key, group in _grouped(found, found.lines, companies, profile, drafts):
        payment = _payment(key, group, profile, drafts)
        if last[group[-1].block] is group[-1]:
            # The total under a block of rows is that of the payment just above it.
            payment.stated = found.stated.get(group[-1].block)
        drafts.payments.append(payment)


def company_of(file: SourceFile, own: Sequence[str], profile: Profile, options: LoadOptions) -> tuple[str | None, str]:
    """The one company of all lines where there is only one, and that of a line which names none.

    `own` are the companies that the file names. MRI's entity and Yardi's property are companies; a check
    over several needs one name for them all.
    """
    said = options.company
    if said and len(own) == 1 and own[0] != said:
        raise RefusedFile(file.name, f"its company column says {own[0]!r} but --company says {said!r}.")
    if len(own) > 1 and not profile.keyed_by_company:
        if not said:
            raise RefusedFile(
                file.name, f"holds several companies ({', '.join(own)}); say with --company whose payments these are."
            )
        return said, said
    if said and len(own) > 1 and said not in own:
        raise RefusedFile(file.name, f"its company column says {' and '.join(own)} but --company says {said!r}.")
    return None, said or (own[0] if len(own) == 1 else DEFAULT_COMPANY)


def _grouped(
    found: Found, lines: Sequence[Line], companies: dict[int, str], profile: Profile, drafts: Drafts
) -> list[tuple[tuple[str, str], list[Line]]]:
    """Lines by payment, each with its key; one whose ERP gives no key gets it from `assemble`."""
    names = [name for name in profile.key if name in found.columns or name not in profile.optional_key]
    keyed = bool(names) and all(name in found.columns for name in names)
    groups: dict[tuple[str | int | None, ...], list[Line]] = {}
    for line in lines:
        parts = [line.cells.get(name) for name in names]
        if keyed and not all(parts):
            missing = next(name for name, part in zip(names, parts, strict=True) if not part)
            line.row.fault(missing, f"the row has no {drafts.labels.get(missing, missing)}")
            drafts.lost.append(line.row)
            continue
        apart = parts if keyed else _tells_apart(line, profile)
        groups.setdefault((companies[line.row.number], *apart), []).append(line)
    return [
        ((str(key[0]), "|".join(str(part) for part in key[1:]) if keyed else ""), group)
        for key, group in groups.items()
    ]


def _tells_apart(line: Line, profile: Profile) -> list[str | int | None]:
    """What makes two lines of a list without keys one payment: equal heads, unless each is whole by itself."""
    cells = line.cells
    whole = profile.one_per_row or (
        cells.get("payment_amount") is not None and _sum(cells.get("applied_amount")) == _sum(cells["payment_amount"])
    )
    return [*(cells.get(name) for name in APART), line.block, line.row.number if whole else None]


def _sum(text: str | None) -> int:
    """What the figures of a cell come to, in units of their last digit: only ever compared with its like."""
    return sum(int(re.sub(r"[^0-9]", "", part) or 0) for part in SEVERAL.split(text or ""))


def _payment(key: tuple[str, str], lines: list[Line], profile: Profile, drafts: Drafts) -> PaymentDraft:
    head = lines[0].cells
    kind = profile.kinds.get((head.get("kind") or "").lower(), "payment")
    status, voided = _status(head, kind, profile, drafts)
    vendor = head.get("vendor_name") or head.get("payee_name")
    number = head.get("check_number") or (head.get("reference") if profile.reference_is_number else None)
    word = head.get("payment_method") or (said if "card" in (said := (head.get("kind") or "").lower()) else None)
    cells: Texts = {
        "payment_number": head.get("payment_number"),
        "check_number": number,
        "payment_method": "other" if kind == "credit" else method(profile, word, number),
        "document_kind": "credit_application" if kind == "credit" else kind,
        "payment_date": head.get("payment_date"),
        "vendor_id": head.get("vendor_id"),
        "vendor_name": vendor,
        "payee_name": head.get("payee_name") or vendor,
        "currency_code": _currency(head.get("currency_code")),
        "payment_amount": "0" if kind == "credit" else head.get("payment_amount"),
        "status": status,
        "voided_date": voided,
        "cleared_date": head.get("cleared_date"),
        "post_period": period(head.get("post_period")),
        "bank_account_id": head.get("bank_account_id"),
        "reference": head.get("reference"),
        "memo": head.get("memo"),
        "project_number": _only(lines, "project_number"),
    }
    total = "sum" if profile.amount == "lines" else "exact" if _several(lines, profile) else "cash"
    rows = list({id(line.row): line.row for line in lines}.values())
    payment = PaymentDraft(key, cells, rows, total=total, by_sign=profile.by_sign)
    payment.unsigned = profile.unsigned
    payment.twin = tuple(str(cells.get(name)) for name in profile.twins) if profile.twins and number else None
    for line in lines:
        _agrees(line, lines[0])
        payment.applications += settled_by(line, status, kind, profile)
    number_applications(payment)
    if kind != "credit" and profile.amount == "header":
        payment.heads = [(line.row, {"payment_amount": line.cells.get("payment_amount")}) for line in lines[1:]]
    return payment


def _status(head: Texts, kind: str, profile: Profile, drafts: Drafts) -> tuple[str, str | None]:
    """The payment's status and, where it is void, since when as far as the row says."""
    word = head.get("status")
    status = (
        "issued"
        if kind == "credit" and (word or "").lower() not in profile.statuses
        else drafts.status(word, profile.statuses)
    )
    if _yes(head.get("void_mark")) or head.get("voided_date") or _void_note(head, profile):
        status = "voided"
    if status == "issued" and (head.get("cleared_date") or _yes(head.get("cleared"))):
        status = "cleared"
    return status, (head.get("voided_date") or head.get("modified")) if status == "voided" else None


def _yes(text: str | None) -> bool:
    return (text or "no").lower() not in ("f", "false", "n", "no", "0")


def _void_note(head: Texts, profile: Profile) -> bool:
    """A zero payment whose note begins with Voided: how QuickBooks' lists show a void."""
    zero = not (head.get("payment_amount") or "1").strip("$-0.,")
    return profile.unsigned and zero and (head.get("memo") or "").lower().startswith("void")


def _currency(text: str | None) -> str | None:
    return NAMED_CURRENCIES.get(text.lower(), text.upper()) if text else None


def _only(lines: Sequence[Line], name: str) -> str | None:
    """What all lines say, where they say the same."""
    said = {text for line in lines if (text := line.cells.get(name))}
    return said.pop() if len(said) == 1 else None


def _several(lines: Sequence[Line], profile: Profile) -> bool:
    return profile.multiple and any(SEVERAL.search(line.cells.get("invoice_number") or "") for line in lines)


def _agrees(line: Line, first: Line) -> None:
    """One payment has one date and one vendor, whatever rows it stands on."""
    for name in ("payment_date", "vendor_id", "vendor_name"):
        mine, theirs = line.cells.get(name), first.cells.get(name)
        if mine != theirs:
            line.row.fault(name, f"the payment's is {mine} here, but {theirs} in row {first.row.number}")
