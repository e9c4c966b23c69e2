"""An order that every control lets pass, to be changed one fact at a time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from trading.engine.controls.facts import AccountFacts, ControlFacts, WashFacts
from trading.engine.link import GatewayState
from trading.engine.records import ContractFacts, OrderKind, OrderTicket, PriceSource, Quote, Side

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ORDER, ACCOUNT = UUID(int=1), UUID(int=2)
ACME = ContractFacts(con_id=7, symbol="ACME")
QUOTE = Quote(
    symbol="ACME",
    source=PriceSource.IBKR_LIVE,
    as_of=NOW - timedelta(seconds=1),
    bid=Decimal("99.99"),
    ask=Decimal("100.01"),
    last=Decimal("100.00"),
    close=Decimal("98.00"),
)
TICKET = OrderTicket(side=Side.BUY, quantity=Decimal(10), kind=OrderKind.LIMIT, limit_price=Decimal("100.00"))
OWNER = AccountFacts(
    id=ACCOUNT,
    currency="USD",
    buying_power=Decimal(50_000),
    reserved=Decimal(0),
    day_notional=Decimal(0),
    held=Decimal(20),
    open_sells=Decimal(0),
    equity=Decimal(60_000),
)
SOUND = ControlFacts(
    order_id=ORDER,
    now=NOW,
    today=date(2026, 3, 2),
    is_live=True,
    ticket=TICKET,
    contract=ACME,
    account=OWNER,
    quote=QUOTE,
    firm_exposure=Decimal(0),
    average_volume=Decimal(1_000_000),
    wash=WashFacts(),
    may_trade=True,
    signed_in_at=NOW - timedelta(seconds=60),
    compared_at=NOW - timedelta(seconds=10),
    gateway=GatewayState.READY,
    is_reconciled=True,
    builds=frozenset({"b1"}),
)


def with_ticket(facts: ControlFacts = SOUND, **changes: Any) -> ControlFacts:
    """The facts with another ticket."""
    return replace(facts, ticket=replace(facts.ticket, **changes))


def with_account(facts: ControlFacts = SOUND, **changes: Any) -> ControlFacts:
    """The facts with another account."""
    return replace(facts, account=replace(facts.account, **changes))


def with_quote(facts: ControlFacts = SOUND, **changes: Any) -> ControlFacts:
    """The facts with another quote."""
    return replace(facts, quote=replace(QUOTE, **changes))


def of_kind(kind: OrderKind, **changes: Any) -> ControlFacts:
    """The facts with an order of another kind, without a limit price unless one is given."""
    return with_ticket(kind=kind, **{"limit_price": None, **changes})
