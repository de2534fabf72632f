"""A small local OpenID Connect issuer for the embedded default."""
