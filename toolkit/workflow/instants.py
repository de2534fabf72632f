"""Instants as the control database keeps them: ISO-8601 text in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """An instant as the control database keeps it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """The other way round."""
    return datetime.fromisoformat(text)
