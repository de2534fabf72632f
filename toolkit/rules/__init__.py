"""Pure polars: the mismatch rules, the tie-out statement, the preflight rules, explain."""
