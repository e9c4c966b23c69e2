"""Random lives of an order: whatever is lost, repeated or reordered, it is sent once and told right."""

from collections import Counter, deque
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.trading.engine.order_world import ACTS, WEIGHTS, World
from trading.engine.records import OrderState

RUNS, STEPS = 2_000, 50


def lived(seed: int) -> World:
    """A world after its acts and its recovery; the seed stands in the message of what fails."""
    world = World(rng=Random(seed))
    try:
        for act in world.rng.choices(ACTS, WEIGHTS, k=STEPS):
            act(world)
        world.recover()
        world.verify()
    except Exception as error:
        error.add_note(f"seed {seed}")
        raise
    return world


def test_two_thousand_orders_are_each_sent_once_and_told_right() -> None:
    worlds = [lived(seed) for seed in range(RUNS)]

    ends = Counter(world.book.state for world in worlds)
    assert set(ends) >= {OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED}
    assert sum(world.book.attempt > 1 for world in worlds) > RUNS // 50  # proven absent, and sent again
    assert sum(world.was_doubled for world in worlds) > RUNS // 50
    assert sum(world.was_corrected for world in worlds) > RUNS // 50


def test_the_worlds_notice_an_order_that_is_sent_again_after_one_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trading.engine.orders.PROOFS_OF_ABSENCE", 1)

    with pytest.raises(AssertionError, match="reached the broker twice"):
        deque(map(lived, range(RUNS)), maxlen=0)


class OrderLifeMachine(RuleBasedStateMachine):
    """The same world, driven by the search that shrinks what it finds."""

    world: World

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.world = World(rng=Random(seed))

    @rule(act=st.sampled_from(ACTS))
    def act(self, act: Callable[[World], None]) -> None:
        act(self.world)

    @invariant()
    def it_is_sent_at_most_once(self) -> None:
        assert not hasattr(self, "world") or self.world.arrivals <= 1

    def teardown(self) -> None:
        self.world.recover()
        self.world.verify()


TestOrderLife = OrderLifeMachine.TestCase
TestOrderLife.settings = settings(stateful_step_count=STEPS)
