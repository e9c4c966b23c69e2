"""When a look for advice is under way."""

from datetime import UTC, datetime, timedelta

from mlrecs.engine.looks import PATIENCE, is_under_way

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_look_is_under_way_from_the_asking_to_the_making() -> None:
    assert not is_under_way(None, None, NOW)
    assert is_under_way(NOW, None, NOW)
    assert is_under_way(NOW, NOW - SECOND, NOW)
    assert not is_under_way(NOW - SECOND, NOW, NOW)


def test_a_worker_that_says_nothing_for_long_is_not_waited_for() -> None:
    assert is_under_way(NOW - PATIENCE, None, NOW)
    assert not is_under_way(NOW - PATIENCE - SECOND, None, NOW)
