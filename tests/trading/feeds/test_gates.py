"""One budget for all: however many threads ask at once, a source hears as many questions as allowed."""

import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from common.valkey import valkey
from tests.loopback import loopback
from tests.trading.feeds.doors import always, door_to, said
from trading.engine.breaker import BreakerRules
from trading.engine.budgets import Budget
from trading.engine.feed_gates import Gate, GateRules
from trading.feeds.base import FeedError, FeedUnavailable, FeedWaits
from trading.feeds.gates import PREFIX, FeedGate, gate_read, gate_write


def gate(budget: Budget, breaker: BreakerRules | None = None) -> FeedGate:
    rules = GateRules(budget=budget, breaker=breaker or BreakerRules())
    return FeedGate(f"test:{secrets.token_hex(8)}", rules)


def entered(one: FeedGate) -> bool:
    try:
        one.enter("Massive")
    except FeedWaits:
        return False
    return True


def test_of_eighty_questions_by_eight_threads_exactly_25_are_let_through() -> None:
    one = gate(Budget(per_minute=0, per_day=25))
    with ThreadPoolExecutor(8) as pool:
        through = list(pool.map(lambda _: entered(one), range(80)))

    assert sum(through) == 25


def test_two_processes_share_one_budget() -> None:
    one = gate(Budget(per_minute=5))
    other = FeedGate(one._key.removeprefix(PREFIX), one.rules)
    assert [entered(each) for each in (one, other, one, other, one, other, one)] == [True] * 5 + [False] * 2


def test_the_server_itself_hears_exactly_as_many_as_the_budget_allows() -> None:
    with loopback(always(said({"status": "OK"}))) as server:
        door = door_to(server.address, budget=Budget(per_minute=5, per_day=25))

        def asked(_: int) -> bool:
            try:
                door.ask("/", lambda answer: answer.status)
            except FeedWaits:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(asked, range(40))) == 5

    assert len(server.asked) == 5


def test_the_wait_is_told_in_whole_seconds() -> None:
    one = gate(Budget(per_day=1))
    one.enter("Alpha Vantage")
    with pytest.raises(FeedWaits, match=r"^Alpha Vantage was asked as often as is allowed$") as refused:
        one.enter("Alpha Vantage")
    assert refused.value.seconds in range(86_390, 86_401)


def test_of_many_who_want_to_try_again_one_does() -> None:
    one = gate(Budget(), BreakerRules(failures=1, rest=1))
    one.failed(one.enter("Massive"))
    time.sleep(0.02)
    with ThreadPoolExecutor(8) as pool:
        through = list(pool.map(lambda _: entered(one), range(40)))
    assert sum(through) == 1


def test_a_source_that_fails_is_left_alone_and_says_so() -> None:
    one = gate(Budget(), BreakerRules(failures=2, rest=30_000))
    one.failed(one.enter("Massive"))
    one.failed(one.enter("Massive"))
    with pytest.raises(FeedWaits, match=r"^Massive failed and is left alone$") as refused:
        one.enter("Massive")
    assert refused.value.seconds in range(28, 31)


def test_a_success_forgives() -> None:
    one = gate(Budget(), BreakerRules(failures=2, rest=30_000))
    one.failed(one.enter("Massive"))
    one.succeeded(one.enter("Massive"))
    one.failed(one.enter("Massive"))
    assert entered(one)


def test_what_cannot_be_counted_is_not_asked(settings: Any) -> None:
    one = gate(Budget())
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(FeedUnavailable, match="while its questions cannot be counted"):
        one.enter("Massive")
    one.succeeded(0)
    one.failed(0)


@pytest.mark.parametrize(
    "state", [b"", b"{", b"[]", b"null", b'{"breaker":{}}', b'{"breaker":{"wings":2},"taken":[]}',
              b'{"breaker":{},"taken":["x"]}', b"\xff"],
)  # fmt: skip
def test_a_state_that_cannot_be_read_is_a_new_gate(state: bytes) -> None:
    assert gate_read(state) == Gate()


def test_a_gate_is_kept_as_it_is() -> None:
    one = gate(Budget(per_minute=5), BreakerRules(failures=1))
    one.failed(one.enter("Massive"))
    state: Any = valkey().get(one._key)
    assert gate_write(gate_read(state)) == state
    assert json.loads(state)["breaker"]["openings"] == 1
    assert valkey().ttl(one._key) in range(172_700, 172_801)


def test_the_gate_learns_what_came_of_a_question() -> None:
    with loopback(always(said({}, 500))) as server:
        door = door_to(server.address, breaker=BreakerRules(failures=2, rest=30_000))

        def fail(_: Any) -> None:
            raise FeedUnavailable("it failed")

        outcomes: list[type[FeedError]] = []
        for _ in range(3):
            with pytest.raises(FeedError) as refused:
                door.ask("/", fail)
            outcomes.append(type(refused.value))

    assert outcomes == [FeedUnavailable, FeedUnavailable, FeedWaits]
    assert len(server.asked) == 2
