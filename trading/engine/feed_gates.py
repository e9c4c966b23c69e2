"""The gate before a source of prices: its breaker and its budget, asked in one step."""

from dataclasses import dataclass, field, replace

from trading.engine.breaker import (
    USUAL,
    Breaker,
    BreakerRules,
    breaker_failed,
    breaker_pass,
    breaker_succeeded,
    breaker_wait,
)
from trading.engine.budgets import Budget, budget_take, budget_wait


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """What a source may be asked, and when it is left alone."""

    budget: Budget = field(default_factory=Budget)
    breaker: BreakerRules = USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What all processes know of a source: how it fares, and when it was asked."""

    breaker: Breaker = field(default_factory=Breaker)
    taken: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Whether a question may be asked: now when `wait` is 0, else in so many milliseconds.

    `turn` is told to the gate again with what came of the question. `is_resting` tells a source that failed
    from a budget that is used up.
    """

    wait: int
    turn: int
    is_resting: bool = False


def gate_ask(gate: Gate, rules: GateRules, now: int) -> tuple[Gate, Permit]:
    """The gate after somebody wanted to ask at `now`. Who must wait uses up neither budget nor trial."""
    rest = breaker_wait(gate.breaker, now)
    wait = max(rest, budget_wait(rules.budget, gate.taken, now))
    if wait:
        return gate, Permit(wait=wait, turn=gate.breaker.turn, is_resting=rest == wait)
    passed = Gate(
        breaker=breaker_pass(gate.breaker, rules.breaker, now),
        taken=budget_take(rules.budget, gate.taken, now),
    )
    return passed, Permit(wait=0, turn=passed.breaker.turn)


def gate_succeeded(gate: Gate, turn: int) -> Gate:
    """The gate after a question of `turn` was answered."""
    return replace(gate, breaker=breaker_succeeded(gate.breaker, turn))


def gate_failed(gate: Gate, rules: GateRules, now: int, turn: int, *, at_least: int = 0) -> Gate:
    """The gate after a question of `turn` failed; `at_least` as `breaker_failed` has it."""
    breaker = breaker_failed(gate.breaker, rules.breaker, now, turn, at_least=at_least)
    return replace(gate, breaker=breaker)
