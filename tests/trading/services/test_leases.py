"""What was accepted is looked at once more before it is sent, and what must not go out is refused here."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.build import build_digest
from tests.factories.trading import BrokerAccountFactory, OrderFactory
from trading.engine.orders import PROOFS_OF_ABSENCE
from trading.engine.records import OrderState
from trading.models import BrokerAccount, Contract, Gateway, Order
from trading.services.gateways import gateway_take
from trading.services.kill_switches import kill_switch_engage
from trading.services.leases import orders_lease
from trading.services.resends import orders_resend

pytestmark = pytest.mark.django_db
# A Monday, at ten in the morning in New York.
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def account() -> BrokerAccount:
    made: BrokerAccount = BrokerAccountFactory.create()
    return made


def waiting(account: BrokerAccount, **facts: Any) -> Order:
    """An order that was accepted just now, by this build."""
    named = {"account": account, "build": build_digest()} | facts
    order: Order = OrderFactory.create(**named)
    Order.objects.filter(pk=order.pk).update(created_at=NOW)
    Contract.objects.create(
        gateway=account.gateway, instrument=order.instrument, con_id=4815, symbol="ACME", currency="USD"
    )
    return order


def leased(account: BrokerAccount) -> list[Any]:
    """The orders that go out now."""
    epoch = gateway_take(gateway_id=account.gateway_id, holder="one", now=NOW)
    assert epoch is not None
    found = orders_lease(gateway_id=account.gateway_id, epoch=epoch, numbers=[1, 2, 3], now=NOW)
    return [one.order_id for one in found]


def ended(order: Order) -> tuple[str, str, Decimal]:
    """How an order that was not sent has ended, why, and what it still holds back."""
    order.refresh_from_db()
    assert order.broker_order_id is None
    return order.state, order.words, order.reserved


@pytest.mark.parametrize("is_global", [True, False])
def test_a_stop_keeps_back_what_was_accepted_before_it(account: BrokerAccount, *, is_global: bool) -> None:
    order, other = waiting(account), BrokerAccountFactory.create(gateway=account.gateway)
    beside = waiting(other)
    kill_switch_engage(account=None if is_global else account, reason="Odd fills.", now=NOW, actor=None)
    assert leased(account) == ([] if is_global else [beside.pk])
    assert ended(order) == (OrderState.REJECTED, "Trading is stopped: Odd fills.", Decimal(0))


@pytest.mark.parametrize("changes", [{"is_read_only": True}, {"is_enabled": False}])
def test_a_gateway_that_takes_no_orders_is_sent_none(
    account: BrokerAccount, changes: dict[str, bool]
) -> None:
    order = waiting(account)
    epoch = gateway_take(gateway_id=account.gateway_id, holder="one", now=NOW)
    assert epoch is not None
    Gateway.objects.update(**changes)
    assert orders_lease(gateway_id=account.gateway_id, epoch=epoch, numbers=[1], now=NOW) == []
    assert ended(order) == (OrderState.REJECTED, "The gateway takes no orders.", Decimal(0))


def test_an_order_of_another_build_is_not_sent(account: BrokerAccount) -> None:
    order = waiting(account, build="older")
    assert leased(account) == []
    words = "The order was accepted by another build of the product."
    assert ended(order) == (OrderState.REJECTED, words, Decimal(0))


def test_what_another_order_of_the_group_has_done_is_not_done_again(account: BrokerAccount) -> None:
    elsewhere = BrokerAccountFactory.create(gateway=account.gateway)
    OrderFactory.create(account=elsewhere, oca_group="exit", filled=Decimal(1), state=OrderState.FILLED)
    first = waiting(account, oca_group="exit")
    assert leased(account) == [first.pk]
    Order.objects.filter(pk=first.pk).update(filled=Decimal(1), state=OrderState.PARTIALLY_FILLED)
    late = waiting(account, oca_group="exit")
    assert leased(account) == []
    assert ended(late) == (OrderState.REJECTED, "Another order of its group has filled.", Decimal(0))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"oca_group": "exit"}, "Another order of its group has filled."),
        ({}, "Trading is stopped: Odd fills."),
    ],
)
def test_what_never_arrived_is_refused_for_the_same_reasons(
    account: BrokerAccount, facts: dict[str, str], words: str
) -> None:
    OrderFactory.create(account=account, oca_group="exit", filled=Decimal(1), state=OrderState.FILLED)
    epoch = gateway_take(gateway_id=account.gateway_id, holder="one", now=NOW)
    assert epoch is not None
    doubt = {"state": OrderState.UNKNOWN, "attempt": 1, "epoch": epoch, "absences": PROOFS_OF_ABSENCE}
    lost = waiting(account, **doubt, **facts)
    if not facts:
        kill_switch_engage(account=account, reason="Odd fills.", now=NOW, actor=None)
    again = orders_resend(
        gateway_id=account.gateway_id, epoch=epoch, numbers=[7], now=NOW, within=timedelta(minutes=1)
    )
    assert again == []
    assert ended(lost) == (OrderState.REJECTED, words, Decimal(0))
