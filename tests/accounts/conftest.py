"""What the tests of people and households share."""

import secrets

import pytest
from django.core.cache import caches


@pytest.fixture(autouse=True)
def _empty_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed sign-ins of one test do not count in the next."""
    monkeypatch.setattr(caches["default"], "key_prefix", f"test-{secrets.token_hex(4)}")
