"""How long a subject rests before it may be raised again."""

from datetime import UTC, datetime, timedelta

import pytest

from mlrecs.engine.quiet import Ended, PastAdvice, is_quiet, quiet_until

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def past(*ended: tuple[Ended, int]) -> list[PastAdvice]:
    """What became of it, so many days ago."""
    return [PastAdvice(ended=how, at=DAY - timedelta(days=days)) for how, days in ended]


def test_a_subject_that_was_never_raised_is_not_quiet() -> None:
    assert quiet_until([]) is None
    assert not is_quiet([], DAY)


@pytest.mark.parametrize(
    ("ended", "days"),
    [
        ([(Ended.DISMISSED, 0)], 30),
        ([(Ended.ACCEPTED, 0)], 30),
        ([(Ended.EXPIRED, 0)], 7),
        ([(Ended.DISMISSED, 40), (Ended.DISMISSED, 0)], 60),
        ([(Ended.DISMISSED, 200), (Ended.DISMISSED, 100), (Ended.DISMISSED, 0)], 120),
        ([(Ended.DISMISSED, 40), (Ended.EXPIRED, 0)], 7),
        ([(Ended.DISMISSED, n) for n in range(0, 900, 100)], 365),
    ],
)
def test_each_further_dismissal_doubles_the_rest_up_to_a_year(
    ended: list[tuple[Ended, int]], days: int
) -> None:
    assert quiet_until(past(*ended)) == DAY + timedelta(days=days)


def test_the_rest_ends_on_its_moment() -> None:
    dismissed = past((Ended.DISMISSED, 30))

    assert is_quiet(dismissed, DAY - timedelta(seconds=1))
    assert not is_quiet(dismissed, DAY)
