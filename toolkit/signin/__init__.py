"""A small local OIDC issuer for the embedded default, mounted in the dashboard's own process."""

from toolkit.signin.issuer import CLIENT_ID, Issuer
from toolkit.signin.passwords import Passwords
from toolkit.signin.secrets import kept_secret, signing_key

__all__ = ["CLIENT_ID", "Issuer", "Passwords", "kept_secret", "signing_key"]
