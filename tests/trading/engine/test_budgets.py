"""Budgets of questions: as many as allowed in any minute and any day, and not one more."""

import random

import pytest

from trading.engine.budgets import DAY, MINUTE, Budget, budget_take, budget_wait

START = 1_790_000_000_000
FREE = Budget(per_minute=5, per_day=25)


def admitted(budget: Budget, moments: list[int]) -> list[int]:
    """Those of the moments at which a question may be asked, each asked as soon as it comes."""
    taken: tuple[int, ...] = ()
    let_through = []
    for now in moments:
        if not budget_wait(budget, taken, now):
            taken = budget_take(budget, taken, now)
            let_through.append(now)
    return let_through


def test_the_sixth_question_of_a_minute_waits_until_the_first_is_a_minute_old() -> None:
    taken = tuple(START + second * 1000 for second in range(5))
    now = START + 10_000
    assert budget_wait(FREE, taken, now) == 50_000
    assert budget_wait(FREE, taken, START + MINUTE - 1) == 1
    assert budget_wait(FREE, taken, START + MINUTE) == 0


def test_the_day_is_used_up_after_25_whatever_the_minute_allows() -> None:
    moments = [START + count * 20_000 for count in range(40)]
    assert admitted(FREE, moments) == moments[:25]
    assert budget_wait(FREE, tuple(moments[:25]), moments[30]) == START + DAY - moments[30]


def test_without_limits_nothing_waits_and_nothing_is_kept() -> None:
    assert budget_wait(Budget(), (START,) * 1000, START) == 0
    assert budget_take(Budget(), (START,) * 3, START) == ()


def test_only_what_a_window_reaches_is_kept() -> None:
    minute = Budget(per_minute=5)
    assert budget_take(minute, (START, START + 1), START + MINUTE) == (START + 1, START + MINUTE)
    assert budget_take(FREE, (START, START + 1), START + DAY) == (START + 1, START + DAY)


def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_the_window() -> None:
    taken = (START + DAY,) * 5
    assert budget_wait(Budget(per_minute=5), taken, START) == MINUTE
    assert budget_take(Budget(per_minute=5), (START + DAY,), START) == (START, START)


@pytest.mark.parametrize("seed", range(20))
def test_no_window_of_any_course_holds_more_than_allowed(seed: int) -> None:
    chance = random.Random(seed)
    now, moments = START, []
    for _ in range(400):
        now += chance.choice((0, 1, 500, 7_000, 60_000, 3_000_000))
        moments.append(now)
    through = admitted(FREE, moments)
    for first in through:
        assert sum(first <= other < first + MINUTE for other in through) <= 5
        assert sum(first <= other < first + DAY for other in through) <= 25
    assert through
