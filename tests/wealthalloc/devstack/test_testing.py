"""Workers of a parallel run keep out of each other's way in Valkey."""

import os

import pytest

from wealthalloc.devstack.testing import servers_for_tests


@pytest.mark.parametrize(
    ("worker", "given", "used"),
    [
        ("gw1", "redis://:secret@127.0.0.1:6379/0", "redis://:secret@127.0.0.1:6379/1"),
        ("gw0", "redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("", "redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("gw16", "redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("gw1", "redis://127.0.0.1:6379/7", "redis://127.0.0.1:6379/7"),
    ],
)
def test_each_worker_has_a_database_of_its_own(
    monkeypatch: pytest.MonkeyPatch, worker: str, given: str, used: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1/book")
    monkeypatch.setenv("REDIS_URL", given)
    monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
    servers_for_tests()
    assert os.environ["REDIS_URL"] == used
