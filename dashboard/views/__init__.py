"""One page per file; each asks, shows and forwards."""
