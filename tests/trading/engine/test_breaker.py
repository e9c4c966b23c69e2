"""The breaker: opens after failures in a row, rests longer each time, lets one question try."""

from dataclasses import replace

from trading.engine.breaker import (
    Breaker,
    BreakerRules,
    breaker_failed,
    breaker_pass,
    breaker_succeeded,
    breaker_wait,
)

RULES = BreakerRules(failures=3, rest=1_000, longest_rest=5_000, trial=400)
NOW = 1_000_000


def failed_times(count: int, breaker: Breaker | None = None, now: int = NOW) -> Breaker:
    breaker = breaker or Breaker()
    for _ in range(count):
        breaker = breaker_failed(breaker, RULES, now, breaker.turn)
    return breaker


def test_two_failures_leave_it_closed_and_the_third_opens_it() -> None:
    assert failed_times(2) == Breaker(failures=2)
    assert breaker_wait(failed_times(2), NOW) == 0
    opened = failed_times(3)
    assert opened == Breaker(openings=1, open_until=NOW + 1_000, turn=1)
    assert breaker_wait(opened, NOW) == 1_000
    assert breaker_wait(opened, NOW + 999) == 1


def test_a_success_between_forgives_the_failures_before() -> None:
    assert breaker_succeeded(failed_times(2), 0) == Breaker()
    assert failed_times(2, breaker_succeeded(failed_times(2), 0)) == Breaker(failures=2)


def test_after_the_rest_one_question_tries_and_the_others_wait() -> None:
    opened = failed_times(3)
    later = NOW + 1_000
    assert breaker_wait(opened, later) == 0
    trying = breaker_pass(opened, RULES, later)
    assert trying == replace(opened, trial_until=later + 400, turn=2)
    assert breaker_wait(trying, later) == 400
    assert breaker_wait(trying, later + 400) == 0


def test_a_trial_that_succeeds_closes_it() -> None:
    trying = breaker_pass(failed_times(3), RULES, NOW + 1_000)
    assert breaker_succeeded(trying, 2) == Breaker(turn=2)


def test_a_trial_that_fails_opens_it_at_once_and_for_twice_as_long_up_to_the_longest() -> None:
    breaker, now, rests = failed_times(3), NOW, []
    for _ in range(4):
        now = breaker.open_until
        breaker = breaker_pass(breaker, RULES, now)
        breaker = breaker_failed(breaker, RULES, now, breaker.turn)
        rests.append(breaker.open_until - now)
    assert rests == [2_000, 4_000, 5_000, 5_000]


def test_what_comes_of_a_question_of_an_earlier_turn_changes_nothing() -> None:
    opened = failed_times(3)
    assert breaker_succeeded(opened, 0) == opened
    assert breaker_failed(opened, RULES, NOW + 5, 0) == opened
    trying = breaker_pass(opened, RULES, NOW + 1_000)
    assert breaker_succeeded(trying, 1) == trying


def test_a_source_that_asks_to_be_left_alone_is_at_once() -> None:
    opened = breaker_failed(Breaker(), RULES, NOW, 0, at_least=60_000)
    assert opened == Breaker(openings=1, open_until=NOW + 60_000, turn=1)
    shorter = breaker_failed(Breaker(), RULES, NOW, 0, at_least=10)
    assert shorter.open_until == NOW + 1_000


def test_a_closed_breaker_passes_without_a_trial() -> None:
    assert breaker_pass(Breaker(), RULES, NOW) == Breaker()
