"""DuckDB, the only analytical SQL: load journal, quarantine, runs, published snapshots."""
