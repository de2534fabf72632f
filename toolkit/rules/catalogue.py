"""Every mismatch, in one list: the gravest first, then in the order in which a month is worked off."""

from __future__ import annotations

from toolkit.rules.amounts import AMOUNTS
from toolkit.rules.numbers import NUMBERS
from toolkit.rules.presence import PRESENCE
from toolkit.rules.rule import Rule
from toolkit.rules.voids import VOIDS

RULES: tuple[Rule, ...] = (*VOIDS, *PRESENCE, *AMOUNTS, *NUMBERS)
BY_CODE = {rule.code: rule for rule in RULES}
