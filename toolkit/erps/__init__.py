"""One file per ERP: its export as data, its reply as shape. `ERPS` is the one visible list."""
