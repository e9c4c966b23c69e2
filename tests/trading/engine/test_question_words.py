"""What page and daemon tell each other of orders comes out as it went in."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from trading.engine.question_words import (
    contract_read,
    contract_told,
    ticket_read,
    ticket_told,
    what_if_read,
    what_if_told,
)
from trading.engine.records import ContractFacts, OrderKind, OrderTicket, Side, TimeInForce, WhatIf

PLAIN = OrderTicket(side=Side.BUY, quantity=Decimal("0.5"))
FULL = OrderTicket(
    side=Side.SELL,
    quantity=Decimal(10),
    kind=OrderKind.STOP_LIMIT,
    time_in_force=TimeInForce.GOOD_TILL_DATE,
    limit_price=Decimal("100.50"),
    stop_price=Decimal(101),
    good_till=datetime(2026, 3, 2, 21, tzinfo=UTC),
    outside_hours=True,
)
TRAILING = OrderTicket(
    side=Side.SELL, quantity=Decimal(1), kind=OrderKind.TRAILING_STOP, trail_percent=Decimal(5)
)


def sent(told: dict[str, Any]) -> dict[str, Any]:
    """The same after its way through a queue."""
    found: dict[str, Any] = json.loads(json.dumps(told))
    return found


@pytest.mark.parametrize("ticket", [PLAIN, FULL, TRAILING])
def test_a_ticket_comes_out_as_it_went_in(ticket: OrderTicket) -> None:
    assert ticket_read(sent(ticket_told(ticket))) == ticket


def test_amounts_are_text_and_what_is_not_given_is_left_out() -> None:
    assert ticket_told(PLAIN) == {
        "side": "buy",
        "quantity": "0.5",
        "kind": "market",
        "time_in_force": "day",
        "outside_hours": False,
    }


def test_a_contract_comes_out_as_it_went_in() -> None:
    facts = ContractFacts(
        con_id=4815, symbol="ACME", primary_exchange="NYSE", name="Acme Corp.",
        min_tick=Decimal("0.05"), size_increment=Decimal("0.0001"),
    )  # fmt: skip
    assert contract_read(sent(contract_told(facts))) == facts


def test_what_an_order_would_do_comes_out_as_it_went_in() -> None:
    found = WhatIf(
        commission=Decimal("1.25"), commission_currency="USD", initial_margin_change=None,
        maintenance_margin_change=Decimal(-250), equity_with_loan_after=Decimal("99748.75"), words="Near.",
    )  # fmt: skip
    assert what_if_read(sent(what_if_told(found))) == found


@pytest.mark.parametrize(
    "spoiled", [{}, {"side": "borrow"}, {"quantity": "many"}, {"good_till": 7}, {"kind": None}]
)
def test_what_is_no_ticket_is_not_read(spoiled: dict[str, Any]) -> None:
    told = ticket_told(PLAIN) | spoiled if spoiled else {}
    with pytest.raises((KeyError, ValueError, TypeError, ArithmeticError)):
        ticket_read(told)
