"""Every mismatch, in one list: what stands twice, what is missing, what may not stand, who and where, how much."""

from __future__ import annotations

from toolkit.rules.amounts import AMOUNTS
from toolkit.rules.late import LATE
from toolkit.rules.numbers import NUMBERS
from toolkit.rules.places import PLACES
from toolkit.rules.presence import PRESENCE
from toolkit.rules.retainage import RETAINAGE
from toolkit.rules.rule import Rule
from toolkit.rules.settlements import SETTLEMENTS
from toolkit.rules.standing import STANDING
from toolkit.rules.voids import VOIDS

RULES: tuple[Rule, ...] = (*VOIDS, *PRESENCE, *STANDING, *PLACES, *AMOUNTS, *RETAINAGE, *SETTLEMENTS, *NUMBERS, *LATE)
BY_CODE = {rule.code: rule for rule in RULES}
