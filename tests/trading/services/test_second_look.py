"""The second look under the lock: at orders that came in meanwhile, the other way, in something tied."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.factories.portfolios import InstrumentFactory
from tests.factories.trading import OrderFactory
from tests.trading.services.trading_desk import TradingDesk
from trading.engine.records import Side
from trading.engine.tax_looks import TaxLook
from trading.models import Order
from trading.services.acceptance import trade

pytestmark = pytest.mark.django_db
PATH = f"{__name__}.look"
looks: list[Side] = []
meanwhile: list[Callable[[], object]] = []


def look(*, instrument_id: Any, side: Side, **_asked: Any) -> TaxLook:
    """A look at one instrument alone, during which somebody else is quicker."""
    looks.append(side)
    if meanwhile:
        meanwhile.pop()()
    return TaxLook(currency="USD", tied=frozenset([instrument_id]))


@pytest.fixture
def desk(settings: Settings) -> TradingDesk:
    looks.clear()
    meanwhile.clear()
    settings.ORDER_TAX_LOOK = PATH
    return TradingDesk()


def placed(desk: TradingDesk, **columns: Any) -> Order:
    """Another order of the same account."""
    told = {"account": desk.account, "portfolio": desk.account.portfolio, "instrument": desk.instrument}
    order: Order = OrderFactory.create(**(told | {"side": Side.SELL, "state": "submitted"} | columns))
    return order


def bought(desk: TradingDesk) -> int:
    """Buy ten shares; how often that was looked at."""
    trade(
        desk.user, desk.buy(confirmed=["duplicate"]), key="one", content="one", signed_in_at=None,
        now=timezone.now(), render=lambda orders: {"orders": [str(order.pk) for order in orders]},
    )  # fmt: skip
    return len(looks)


def test_a_sale_that_was_there_before_is_seen_the_first_time(desk: TradingDesk) -> None:
    placed(desk)

    assert bought(desk) == 1


def test_a_sale_that_comes_in_meanwhile_is_seen_by_a_second_look(desk: TradingDesk) -> None:
    meanwhile.append(lambda: placed(desk))

    assert bought(desk) == 2


def test_a_purchase_that_comes_in_meanwhile_changes_nothing(desk: TradingDesk) -> None:
    meanwhile.append(lambda: placed(desk, side=Side.BUY))

    assert bought(desk) == 1


def test_a_sale_of_what_is_not_tied_changes_nothing(desk: TradingDesk) -> None:
    meanwhile.append(lambda: placed(desk, instrument=InstrumentFactory.create(symbol="BETA")))

    assert bought(desk) == 1
