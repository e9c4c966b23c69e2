"""Fills: each once, in its newest telling, with its commission whenever that comes."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations
from types import SimpleNamespace as Told
from typing import Any

import pytest

from trading.brokers.base import BrokerError, Filled
from trading.brokers.ibkr.fills import Fills

LIVE = -1
APPLE = Told(conId=265598, symbol="AAPL", currency="USD")
Row = tuple[str, int, Decimal, Decimal | None]


class Desk:
    """The fills of one connection, and what they emitted: id, revision, quantity, commission."""

    def __init__(self) -> None:
        self._events: list[Filled] = []
        self.fills = Fills(emit=self._events.append)

    def executed(
        self, exec_id: str, shares: float = 10.0, *, question: int = LIVE, side: str = "BOT"
    ) -> None:
        execution = Told(
            execId=exec_id, orderRef="ref-1", permId=900, acctNumber="DU1", side=side, shares=shares,
            price=100.0, time=datetime(2026, 7, 1, 14, 0, tzinfo=UTC),
        )  # fmt: skip
        self.fills.execution(question, APPLE, execution)

    def charged(self, exec_id: str, commission: float = 1.0) -> None:
        self.fills.commission(Told(execId=exec_id, commission=commission, currency="USD"))

    @property
    def told(self) -> list[Row]:
        rows = [event.execution for event in self._events]
        return [(row.exec_id, row.revision, row.quantity, row.commission) for row in rows]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_fill_is_told_again_once_its_commission_is_known(desk: Desk) -> None:
    desk.executed("a.01.01")
    desk.charged("a.01.01")
    desk.charged("a.01.01")
    assert desk.told == [("a.01", 1, Decimal(10), None), ("a.01", 1, Decimal(10), Decimal(1))]


def test_a_commission_that_comes_first_waits_for_its_fill(desk: Desk) -> None:
    desk.charged("a.01.01")
    desk.executed("a.01.01")
    assert desk.told == [("a.01", 1, Decimal(10), Decimal(1))]


def test_the_same_fill_twice_is_one(desk: Desk) -> None:
    desk.executed("a.01.01")
    desk.executed("a.01.01")
    assert desk.told == [("a.01", 1, Decimal(10), None)]


def test_a_correction_takes_the_place_of_what_it_corrects(desk: Desk) -> None:
    desk.executed("a.01.01", 10.0)
    desk.executed("a.01.02", 8.0)
    desk.charged("a.01.01", 1.0)  # of the telling that no longer counts
    desk.charged("a.01.02", 0.8)
    assert desk.told == [
        ("a.01", 1, Decimal(10), None),
        ("a.01", 2, Decimal(8), None),
        ("a.01", 2, Decimal(8), Decimal("0.8")),
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_whatever_order_messages_come_the_last_word_is_the_same(
    desk: Desk, order: tuple[int, ...]
) -> None:
    messages: list[Any] = [
        lambda: desk.executed("a.01.01", 10.0),
        lambda: desk.executed("a.01.02", 8.0),
        lambda: desk.charged("a.01.01", 1.0),
        lambda: desk.charged("a.01.02", 0.8),
    ]
    for number in order:
        messages[number]()
    assert desk.told[-1] == ("a.01", 2, Decimal(8), Decimal("0.8"))


@pytest.mark.parametrize("seed", range(20))
def test_a_thousand_messages_twice_late_and_in_disorder_add_up_to_the_share(seed: int) -> None:
    source, desk = random.Random(seed), Desk()
    revisions = {f"f{number}.01": source.randint(1, 3) for number in range(100)}
    shares = {
        (fill, one): source.randint(1, 99) for fill, last in revisions.items() for one in range(1, last + 1)
    }
    messages = [
        (key, kind) for key in shares for kind in ("fill", "cost") for _ in range(source.randint(1, 3))
    ]
    source.shuffle(messages)
    for (fill, revision), kind in messages:
        if kind == "fill":
            desk.executed(f"{fill}.{revision:02}", float(shares[fill, revision]))
        else:
            desk.charged(f"{fill}.{revision:02}", revision / 100)
    newest = {row[0]: row for row in desk.told}
    assert newest == {
        fill: (fill, last, Decimal(shares[fill, last]), Decimal(last) / 100)
        for fill, last in revisions.items()
    }


def test_a_commission_that_is_unset_is_not_known(desk: Desk) -> None:
    desk.executed("a.01.01")
    desk.charged("a.01.01", 1.7976931348623157e308)
    assert desk.told == [("a.01", 1, Decimal(10), None)]


def test_fills_that_were_asked_for_are_an_answer_and_no_event(desk: Desk) -> None:
    desk.fills.begin_listing(12)
    desk.executed("a.01.01", question=12)
    desk.executed("b.01.01", 5.0)  # a live one meanwhile
    desk.executed("a.01.02", 8.0, question=12)
    assert [(row.exec_id, row.revision) for row in desk.fills.end_listing(12)] == [("a.01", 2)]
    assert desk.told == [("b.01", 1, Decimal(5), None)]


def test_a_fill_that_cannot_be_read_makes_the_listing_fail(desk: Desk) -> None:
    desk.fills.begin_listing(12)
    with pytest.raises(ValueError, match="'HELD'"):
        desk.executed("a.01.01", question=12, side="HELD")
    with pytest.raises(BrokerError, match="'HELD'"):
        desk.fills.end_listing(12)


def test_a_listing_that_was_not_answered_leaves_nothing_behind(desk: Desk) -> None:
    desk.fills.begin_listing(12)
    desk.fills.drop_listing(12)
    desk.executed("a.01.01", question=12)  # its answer comes after all
    assert desk.told == [("a.01", 1, Decimal(10), None)]
