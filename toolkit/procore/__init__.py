"""Procore over HTTP: client, sign-in, pace, and its replies as canonical rows."""
