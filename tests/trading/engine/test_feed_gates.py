"""The gate before a source: breaker and budget decide together, and who waits uses up nothing."""

from trading.engine.breaker import Breaker, BreakerRules
from trading.engine.budgets import Budget
from trading.engine.feed_gates import Gate, GateRules, Permit, gate_ask, gate_failed, gate_succeeded

NOW = 1_000_000
RULES = GateRules(budget=Budget(per_minute=1), breaker=BreakerRules(failures=1, rest=90_000, trial=1_000))


def test_a_question_takes_from_the_budget() -> None:
    gate, permit = gate_ask(Gate(), RULES, NOW)
    assert (gate, permit) == (Gate(taken=(NOW,)), Permit(wait=0, turn=0))
    assert gate_ask(gate, RULES, NOW + 1) == (gate, Permit(wait=59_999, turn=0))


def test_a_source_that_rests_takes_nothing_from_the_budget() -> None:
    gate = gate_failed(Gate(), RULES, NOW, 0)
    assert gate_ask(gate, RULES, NOW) == (gate, Permit(wait=90_000, turn=1, is_resting=True))


def test_an_empty_budget_takes_no_trial() -> None:
    rested = Gate(breaker=Breaker(open_until=NOW - 1, openings=1, turn=1), taken=(NOW - 10,))
    assert gate_ask(rested, RULES, NOW) == (rested, Permit(wait=59_990, turn=1))


def test_a_trial_is_told_by_its_turn() -> None:
    rested = Gate(breaker=Breaker(open_until=NOW - 1, openings=1, turn=1))
    gate, permit = gate_ask(rested, RULES, NOW)
    assert permit == Permit(wait=0, turn=2)
    assert gate_succeeded(gate, 2) == Gate(breaker=Breaker(turn=2), taken=(NOW,))
    assert gate_succeeded(gate, 1) == gate
    again = gate_failed(gate, RULES, NOW, 2, at_least=500_000)
    assert again.breaker == Breaker(openings=2, open_until=NOW + 500_000, turn=3)
