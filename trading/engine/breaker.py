"""A breaker: who fails again and again is not asked for a while, then by one question only."""

from dataclasses import dataclass, replace

MOST_DOUBLINGS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRules:
    """When a breaker opens and for how long, in milliseconds.

    It opens after `failures` in a row, for `rest`; each opening without a success between doubles that, up
    to `longest_rest`. Then one question is let through, and no other until it was answered or `trial` has
    passed.
    """

    failures: int = 3
    rest: int = 30_000
    longest_rest: int = 15 * 60_000
    trial: int = 60_000


USUAL = BreakerRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How a source has fared. It is open until `open_until` (0: closed), and then on trial.

    `turn` grows whenever the breaker opens or lets a trial through: what comes of a question of an earlier
    turn says nothing about now.
    """

    failures: int = 0
    openings: int = 0
    open_until: int = 0
    trial_until: int = 0
    turn: int = 0


def breaker_wait(breaker: Breaker, now: int) -> int:
    """Milliseconds until a question may be let through; 0 when one may now."""
    return max(breaker.open_until - now, breaker.trial_until - now, 0)


def breaker_pass(breaker: Breaker, rules: BreakerRules, now: int) -> Breaker:
    """The breaker after a question was let through at `now`, for which `breaker_wait` was 0."""
    if not breaker.open_until:
        return breaker
    return replace(breaker, trial_until=now + rules.trial, turn=breaker.turn + 1)


def breaker_succeeded(breaker: Breaker, turn: int) -> Breaker:
    """The breaker after a question of `turn` was answered: closed, and all is forgiven."""
    return Breaker(turn=turn) if turn == breaker.turn else breaker


def breaker_failed(
    breaker: Breaker, rules: BreakerRules, now: int, turn: int, *, at_least: int = 0
) -> Breaker:
    """The breaker after a question of `turn` failed at `now`.

    `at_least` is how long the source itself asked to be left alone, in milliseconds: it opens at once then.
    """
    if turn != breaker.turn:
        return breaker
    failures = breaker.failures + 1
    if failures < rules.failures and not breaker.open_until and not at_least:
        return replace(breaker, failures=failures)
    rest = min(rules.rest << min(breaker.openings, MOST_DOUBLINGS), rules.longest_rest)
    return Breaker(openings=breaker.openings + 1, open_until=now + max(rest, at_least), turn=breaker.turn + 1)
