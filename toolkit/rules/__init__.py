"""Pure polars: the mismatch rules, the tie-out statement, the preflight rules, explain."""

from toolkit.rules.catalogue import RULES
from toolkit.rules.rule import Rule

__all__ = ["RULES", "Rule"]
