"""Fills that land while the broker is being asked make no difference of their own, wherever they land."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from portfolios.engine.records import TransactionKind
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import InstrumentFactory, parsed
from tests.factories.trading import BrokerAccountFactory
from trading.brokers.base import Broker
from trading.daemon.comparing import MOST_READINGS, broker_ask
from trading.engine.records import AccountValue, BrokerOrder, BrokerPosition, ExecutionFacts, Side
from trading.models import BrokerAccount, Contract, Difference
from trading.services.booking import account_book
from trading.services.comparisons import ComparisonResult, comparison_begin, comparison_finish
from trading.services.gateways import gateway_take
from trading.services.reports import executions_record

CODE, CON_ID = "DU100", 1001
CASH = Decimal(100_000)
# One reading: fills, open orders, completed orders, positions, values; then the fills again.
ANSWERS = 5


@dataclass(slots=True, kw_only=True)
class MovingBroker:
    """An account in which one share is bought at 100, for a dollar, before each of some of its answers.

    `heard` is told of every fill at once, as the daemon is that listens beside the questions.
    """

    fills_before: frozenset[int]
    heard: list[ExecutionFacts] = field(default_factory=list)
    shares_unseen: Decimal = Decimal(0)
    asked: int = 0
    accounts: tuple[str, ...] = (CODE,)

    async def executions(self) -> Sequence[ExecutionFacts]:
        """All fills so far."""
        self._move()
        return tuple(self.heard)

    async def open_orders(self) -> Sequence[BrokerOrder]:
        """None lives."""
        self._move()
        return ()

    async def completed_orders(self) -> Sequence[BrokerOrder]:
        """None is told."""
        self._move()
        return ()

    async def positions(self) -> Sequence[BrokerPosition]:
        """What the fills so far have bought."""
        self._move()
        held = len(self.heard) + self.shares_unseen
        named = {"account": CODE, "con_id": CON_ID, "symbol": "ACME", "average_cost": Decimal(100)}
        return [BrokerPosition(quantity=held, **named)] if held else []  # type: ignore[arg-type] # mixed

    async def account_values(self) -> Sequence[AccountValue]:
        """What they have left of the cash."""
        self._move()
        cash = CASH - 101 * len(self.heard)
        return [AccountValue(account=CODE, tag="CashBalance", value=f"{cash:f}", currency="USD")]

    def _move(self) -> None:
        self.asked += 1
        if self.asked in self.fills_before:
            self.heard.append(fill(len(self.heard)))


def fill(number: int) -> ExecutionFacts:
    """One share of ACME."""
    return ExecutionFacts(
        exec_id=f"{number:04}.01", revision=1, order_ref="", perm_id=0, account=CODE, con_id=CON_ID,
        symbol="ACME", currency="USD", side=Side.BUY, quantity=Decimal(1), price=Decimal(100),
        executed_at=datetime.now(UTC), commission=Decimal(1), commission_currency="USD",
    )  # fmt: skip


@pytest.fixture
def account() -> BrokerAccount:
    """An account with the broker's cash in its book, and ACME known there."""
    made: BrokerAccount = BrokerAccountFactory.create(code=CODE)
    deposit = parsed(TransactionKind.DEPOSIT, timezone.localdate() - timedelta(days=9), amount=CASH)
    transactions_record(portfolio=made.portfolio, parsed=[deposit], source="test")
    book_derive(household_id=made.portfolio.household_id)
    instrument = InstrumentFactory.create(
        symbol="ACME", currency="USD", household=made.portfolio.household, conid=str(CON_ID)
    )
    Contract.objects.create(
        gateway=made.gateway, instrument=instrument, con_id=CON_ID, symbol="ACME", currency="USD"
    )
    return made


def compared(
    account: BrokerAccount, broker: MovingBroker, *, is_booked: bool, late: int = 0
) -> ComparisonResult:
    """A comparison beside a daemon that hears every fill, and books it or has not come to it yet.

    So many fills land after the last answer.
    """
    now = timezone.now()
    epoch = gateway_take(gateway_id=account.gateway_id, holder="test", now=now)
    assert epoch is not None
    comparison = comparison_begin(gateway_id=account.gateway_id, epoch=epoch, cause="regular", now=now)
    state, _values = async_to_sync(broker_ask)(cast("Broker", broker))
    broker.heard += [fill(len(broker.heard) + number) for number in range(late)]
    executions_record(gateway_id=account.gateway_id, told=broker.heard, now=timezone.now())
    if is_booked:
        account_book(account_id=account.pk, now=timezone.now())
    return comparison_finish(
        gateway_id=account.gateway_id, epoch=epoch, comparison=comparison, broker=state, now=timezone.now()
    )


@pytest.mark.django_db
@pytest.mark.parametrize("is_booked", [True, False])
@pytest.mark.parametrize("before", range(1, ANSWERS + 2))
def test_a_fill_before_any_of_the_answers_makes_no_difference(
    account: BrokerAccount, before: int, *, is_booked: bool
) -> None:
    result = compared(account, MovingBroker(fills_before=frozenset({before})), is_booked=is_booked)
    assert result.differences == 0
    assert not Difference.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("is_booked", [True, False])
def test_an_account_that_never_rests_is_compared_another_time(
    account: BrokerAccount, *, is_booked: bool
) -> None:
    busy = MovingBroker(fills_before=frozenset(range(1, 50)), shares_unseen=Decimal(7))
    assert compared(account, busy, is_booked=is_booked).differences == 0
    assert busy.asked == 1 + ANSWERS * MOST_READINGS
    at_rest = MovingBroker(fills_before=frozenset(), heard=busy.heard, shares_unseen=Decimal(7))
    assert compared(account, at_rest, is_booked=is_booked).differences == 1
    assert Difference.objects.get().kind == "position"


@pytest.mark.django_db
def test_a_fill_after_the_answers_is_no_difference_and_hides_none(account: BrokerAccount) -> None:
    broker = MovingBroker(fills_before=frozenset({1}), shares_unseen=Decimal(7))
    result = compared(account, broker, is_booked=True, late=3)
    assert (result.differences, Difference.objects.get().ours) == (1, Decimal(1))


async def test_answers_are_asked_again_when_something_was_filled_between_them() -> None:
    broker = MovingBroker(fills_before=frozenset({4}))
    state, _values = await broker_ask(cast("Broker", broker))
    assert broker.asked == 1 + 2 * ANSWERS
    assert (state.in_motion, state.positions[0].quantity) == (frozenset(), Decimal(1))
