"""Text to dates: ISO, Xero's milliseconds, and dates with separators whose order the file must prove."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from toolkit.errors import RefusedFile

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$")
_MILLISECONDS = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
_NAMED = re.compile(r"^(\d{1,2})[ -]([A-Za-z]{3,9})[ -](\d{4})$")
_THREE = re.compile(r"^(\d{1,4})[/.-](\d{1,2})[/.-](\d{2,4})(?:[ T].*)?$")
# The shape of a date, for whole columns.
DATED = "|".join(shape.pattern for shape in (_ISO, _MILLISECONDS, _NAMED, _THREE))
_MONTHS = {
    name: n + 1
    for n, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
}


def date_order(
    name: str, column: str, texts: list[str], said: str | None, of_payments: str | None = None
) -> str | None:
    """The order of a column's separated dates: what a person said, else what a day above 12 proves.

    None where no text needs an order. A column that proves nothing follows that of the payment
    dates (`of_payments`). Undecided, or both orders proved, refuses the file.
    """
    split = [match.groups() for text in texts if (match := _THREE.match(text)) and len(match[1]) < 3]
    if said or not split:
        return said
    mdy = any(int(second) > 12 for _, second, _ in split)
    dmy = any(int(first) > 12 for first, _, _ in split)
    if not (mdy or dmy) and of_payments:
        return of_payments
    if mdy == dmy:
        why = "proves both day-month and month-day" if mdy else "does not prove whether day or month comes first"
        raise RefusedFile(
            name, f"the dates' order {why}; say it with --date-order mdy or --date-order dmy.", None, column
        )
    return "mdy" if mdy else "dmy"


def witnesses(texts: list[str]) -> list[str]:
    """A few of these texts that prove as much about their order as all of them do."""
    split = {text: match for text in texts if (match := _THREE.match(text)) and len(match[1]) < 3}
    second = next((text for text, match in split.items() if int(match[2]) > 12), None)
    first = next((text for text, match in split.items() if int(match[1]) > 12), None)
    return [text for text in (first, second, next(iter(split), None)) if text]


def is_dated(text: str | None) -> bool:
    """Does the text have the shape of a date, whether or not there is such a day?"""
    return any(shape.match((text or "").strip()) for shape in (_ISO, _MILLISECONDS, _NAMED, _THREE))


def read_instant(text: str | None) -> datetime | None:
    """The moment a stamp stands for (ISO, or Xero's milliseconds); None where it stands for none."""
    match = _MILLISECONDS.match(text or "")
    try:
        if match:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(match[1]))
        found = datetime.fromisoformat(text or "")
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def read_date(text: str | None, order: str | None = None) -> tuple[date | None, str | None]:
    """The date a text stands for, or why it stands for none."""
    if not text:
        return None, None
    try:
        found = _date(text.strip(), order)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        return None, f"{text!r} is no date"
    if not EARLIEST <= found <= LATEST:
        return None, f"{text!r} lies outside 1990 to 2100"
    return found, None


def _date(text: str, order: str | None) -> date | None:
    if match := _ISO.match(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _MILLISECONDS.match(text):
        # Midnight UTC means the calendar day; it must never be shifted to a local zone.
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(match[1]))).date()
    if match := _NAMED.match(text):
        named = _MONTHS.get(match[2].lower()[:3])
        return date(int(match[3]), named, int(match[1])) if named else None
    if match := _THREE.match(text):
        first, second, third = match.groups()
        if len(first) == 4:
            return date(int(first), int(second), int(third))
        year = int(third) + (2000 if len(third) == 2 else 0)
        month, day = (second, first) if order == "dmy" else (first, second)
        return date(year, int(month), int(day))
    return None
