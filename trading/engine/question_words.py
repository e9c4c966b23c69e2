"""Contracts, tickets and what orders would do, as the text in which pages and a gateway's daemon tell them.

Amounts are text, times ISO 8601. Reading raises KeyError, ValueError, TypeError or ArithmeticError for what
nobody has written so.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from trading.engine.records import ContractFacts, OrderKind, OrderTicket, Side, TimeInForce, WhatIf

CONTRACT_WORDS = ("symbol", "kind", "exchange", "primary_exchange", "currency", "name")
STEPS = ("min_tick", "size_increment")
PRICES = ("limit_price", "stop_price", "trail_amount", "trail_percent")
MARGINS = ("commission", "initial_margin_change", "maintenance_margin_change", "equity_with_loan_after")


def contract_told(facts: ContractFacts) -> dict[str, Any]:
    """A contract as text."""
    words = {name: getattr(facts, name) for name in CONTRACT_WORDS}
    steps = {name: f"{getattr(facts, name):f}" for name in STEPS}
    return {"con_id": facts.con_id, **words, **steps}


def contract_read(told: Mapping[str, Any]) -> ContractFacts:
    """The contract that was told."""
    words: dict[str, Any] = {name: str(told[name] or "") for name in CONTRACT_WORDS}
    steps: dict[str, Any] = {name: Decimal(str(told[name])) for name in STEPS}
    return ContractFacts(con_id=int(told["con_id"]), **words, **steps)


def ticket_told(ticket: OrderTicket) -> dict[str, Any]:
    """A ticket by itself, without the orders it is bound to; what is not given is left out."""
    told: dict[str, Any] = {
        "side": ticket.side.value,
        "quantity": f"{ticket.quantity:f}",
        "kind": ticket.kind.value,
        "time_in_force": ticket.time_in_force.value,
        "outside_hours": ticket.outside_hours,
    }
    prices = {name: getattr(ticket, name) for name in PRICES}
    told |= {name: f"{price:f}" for name, price in prices.items() if price is not None}
    if ticket.good_till is not None:
        told["good_till"] = ticket.good_till.isoformat()
    return told


def ticket_read(told: Mapping[str, Any]) -> OrderTicket:
    """The ticket that was told."""
    good_till = told.get("good_till")
    prices: dict[str, Any] = {name: _amount(told.get(name)) for name in PRICES}
    return OrderTicket(
        side=Side(told["side"]),
        quantity=Decimal(str(told["quantity"])),
        kind=OrderKind(told["kind"]),
        time_in_force=TimeInForce(told["time_in_force"]),
        outside_hours=bool(told["outside_hours"]),
        good_till=datetime.fromisoformat(good_till) if good_till else None,
        **prices,
    )


def what_if_told(found: WhatIf) -> dict[str, Any]:
    """What an order would do; None where the broker did not say."""
    amounts = {name: _text(getattr(found, name)) for name in MARGINS}
    return {**amounts, "commission_currency": found.commission_currency, "words": found.words}


def what_if_read(told: Mapping[str, Any]) -> WhatIf:
    """What was told of what an order would do."""
    return WhatIf(
        commission_currency=str(told["commission_currency"] or ""),
        words=str(told.get("words") or ""),
        **{name: _amount(told[name]) for name in MARGINS},
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"


def _amount(text: object) -> Decimal | None:
    return None if text is None else Decimal(str(text))
