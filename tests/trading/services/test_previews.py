"""What the broker says of an order before it is sent, and what is said when it says nothing."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.trading.services.trading_desk import TradingDesk
from tests.trading.tax_looks import PATH
from trading.engine.records import OrderKind
from trading.engine.trade_requests import TradeRequest
from trading.services import previews
from trading.services.previews import Preview
from trading.services.questions import GatewaySilent

pytestmark = pytest.mark.django_db
TOLD = {
    "commission": "1.25",
    "commission_currency": "USD",
    "initial_margin_change": "250",
    "maintenance_margin_change": None,
    "equity_with_loan_after": "9000",
    "words": "",
}


@pytest.fixture
def desk(settings: Settings) -> TradingDesk:
    settings.ORDER_TAX_LOOK = PATH
    return TradingDesk()


def previewed(desk: TradingDesk, **ticket: Any) -> Preview:
    request = TradeRequest(orders=(desk.wanted(kind=OrderKind.LIMIT, **ticket),))
    (found,) = previews.previews(desk.user, request, signed_in_at=None, now=timezone.now())
    return found


def test_the_broker_is_asked_about_the_order_as_it_would_be_sent(
    desk: TradingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def ask(*question: Any, **_options: Any) -> dict[str, Any]:
        asked.append(question)
        return TOLD

    monkeypatch.setattr(previews, "question_ask", ask)
    found = previewed(desk, limit_price=Decimal("100.50"))
    assert asked == [
        (
            desk.account.gateway_id,
            "what_if",
            {
                "account": desk.account.code,
                "con_id": 4815,
                "side": "buy",
                "quantity": "10",
                "kind": "limit",
                "time_in_force": "day",
                "outside_hours": False,
                "limit_price": "100.50",
            },
        )
    ]
    assert found.broker is not None
    assert (found.broker.commission, found.amount, found.total, found.silence) == (
        Decimal("1.25"),
        Decimal(1005),
        Decimal("1006.25"),
        "",
    )


def test_a_silent_gateway_leaves_the_rest_of_the_preview_standing(
    desk: TradingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_question: Any, **_options: Any) -> dict[str, Any]:
        raise GatewaySilent

    monkeypatch.setattr(previews, "question_ask", ask)
    found = previewed(desk, limit_price=Decimal(100))
    assert (found.broker, found.total, found.amount) == (None, None, Decimal(1000))
    assert found.silence == "The broker's gateway does not answer now. Try again shortly."


@pytest.mark.parametrize("told", [{}, TOLD | {"commission": "many"}])
def test_an_answer_that_cannot_be_read_is_no_answer(
    desk: TradingDesk, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]
) -> None:
    monkeypatch.setattr(previews, "question_ask", lambda *_question, **_options: told)
    assert previewed(desk, limit_price=Decimal(100)).silence == "The broker's answer could not be read."
