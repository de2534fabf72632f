"""Hashes that cost little: what is looked at here is everything around them."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from toolkit.signin import passwords


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes():
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "PasswordHasher", lambda: cheap)
        yield
