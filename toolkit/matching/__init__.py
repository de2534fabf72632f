"""Pure polars: payments put beside claims, by ordered passes. No clock, no network, no database."""
