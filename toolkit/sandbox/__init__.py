"""A local Procore over HTTP: what the demo and the tests push into."""
