"""What a claim and its retainage are called where the reader works: labels only, never data."""

from __future__ import annotations

import re

from toolkit.settings import Settings

TERMS = {
    "us": {"claim": "invoice", "retainage": "retainage"},
    "au": {"claim": "progress claim", "retainage": "retention"},
    "uk": {"claim": "payment application", "retainage": "retention"},
    "ca": {"claim": "invoice", "retainage": "holdback"},
}
WORD = re.compile(r"\b(claim|retainage)(s?)\b", re.IGNORECASE)


def said(told: Settings, label: str) -> str:
    """A label of ours in the words of `[company] terms`; without them as it stands."""
    words = TERMS.get(told.company.terms or "", {})
    return WORD.sub(lambda found: _as_written(found.group(), words, found.group(1), found.group(2)), label)


def _as_written(whole: str, words: dict[str, str], word: str, plural: str) -> str:
    other = words.get(word.lower())
    if other is None:
        return whole
    return (other[:1].upper() + other[1:] if word[:1].isupper() else other) + plural
