"""Statement and evidence as files; notebooks from templates."""
