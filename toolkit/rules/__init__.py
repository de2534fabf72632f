"""Pure polars: the mismatch rules, the tie-out statement, the preflight rules, explain."""

from toolkit.rules.catalogue import RULES, Rule

__all__ = ["RULES", "Rule"]
