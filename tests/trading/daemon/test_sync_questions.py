"""Questions of a sync are put to the broker; what it refuses is told in words."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from trading.brokers.base import Broker, BrokerError, BrokerRefusal
from trading.daemon.sync_questions import ANSWERS, sync_answer
from trading.engine.records import BrokerPosition, ContractFacts, PriceBar
from trading.services.broker_answers import KINDS, encode_history_wanted

ACME = ContractFacts(con_id=1001, symbol="ACME")
DAY = date(2026, 3, 2)


class Answering:
    """A broker that holds one position, knows one contract, and fails as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[ContractFacts] = []

    async def positions(self) -> Sequence[BrokerPosition]:
        """One position, or the failure."""
        if self.error:
            raise self.error
        return [
            BrokerPosition(
                account="DU1", con_id=7, symbol="ACME", quantity=Decimal(3), average_cost=Decimal(2)
            )
        ]

    async def contract(self, symbol: str, _currency: str) -> ContractFacts | None:
        """ACME alone."""
        return ACME if symbol == "ACME" else None

    async def history(self, contract: ContractFacts, *, last: date, days: int) -> Sequence[PriceBar]:
        """One bar of the last day, whose volume is the days that were asked for."""
        self.asked.append(contract)
        one = Decimal(1)
        return [PriceBar(day=last, begins=None, open=one, high=one, low=one, close=one, volume=Decimal(days))]


async def answered(broker: Answering, kind: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    """The broker's answer to one question."""
    question = {"name": "n", "kind": kind, "content": content or {}, "until": 0}
    return await sync_answer(cast("Broker", broker), question)


def test_every_kind_of_question_has_its_answer() -> None:
    assert set(ANSWERS) == set(KINDS)


async def test_positions_are_told_as_text() -> None:
    (row,) = (await answered(Answering(), "positions"))["positions"]
    assert row == {"account": "DU1", "con_id": 7, "symbol": "ACME", "quantity": "3", "average_cost": "2"}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BrokerRefusal(321, "Not now."), "Not now. (321)"),
        (BrokerError("The link is lost."), "The link is lost."),
        (BrokerError(), "The broker did not answer in time."),
    ],
)
async def test_a_broker_that_fails_becomes_a_refusal(error: Exception, words: str) -> None:
    assert await answered(Answering(error), "positions") == {"refusal": words}


async def test_another_kind_of_question_is_not_answered_here() -> None:
    with pytest.raises(KeyError):
        await answered(Answering(), "what_if")


async def test_bars_of_a_contract_without_number_are_looked_up_by_its_symbol() -> None:
    broker = Answering()
    content = encode_history_wanted(ContractFacts(con_id=0, symbol="ACME"), last=DAY, days=30)
    (bar,) = (await answered(broker, "history", content))["history"]
    assert (bar["day"], bar["volume"], broker.asked) == ("2026-03-02", "30", [ACME])


async def test_bars_of_a_numbered_contract_are_asked_as_it_is() -> None:
    broker = Answering()
    contract = ContractFacts(con_id=7, symbol="OTHR")
    await answered(broker, "history", encode_history_wanted(contract, last=DAY, days=2))
    assert broker.asked == [contract]


async def test_bars_of_a_symbol_that_nobody_knows_are_refused() -> None:
    content = encode_history_wanted(ContractFacts(con_id=0, symbol="NONE"), last=DAY, days=2)
    assert await answered(Answering(), "history", content) == {
        "refusal": "The broker knows no single contract NONE in USD."
    }
