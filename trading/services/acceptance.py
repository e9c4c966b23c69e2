"""Accepting orders: all controls, a reservation, the order and its news in one transaction, once for a key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import User
from common.errors import DomainError
from common.idempotency import Answer
from portfolios.engine.records import LotChoice
from trading.engine.controls.verdicts import Outcome, Verdict
from trading.engine.records import ContractFacts, OrderTicket, Quote
from trading.engine.tax_looks import TaxLook
from trading.models import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWanted:
    """One order that somebody asks for. `parent` is the place in the request of the order it waits for."""

    portfolio_id: UUID
    instrument_id: UUID
    ticket: OrderTicket
    lots: tuple[LotChoice, ...] = ()
    parent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRequest:
    """Orders that are accepted together or not at all; `confirmed` names the controls that were answered."""

    orders: tuple[OrderWanted, ...]
    confirmed: frozenset[str] = frozenset()
    origin: Order.Origin = Order.Origin.API


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderJudged:
    """An order as it was judged. `price` is what it is reckoned at, `reserved` what it would hold back.

    `tax` is None where nothing could be priced.
    """

    wanted: OrderWanted
    contract: ContractFacts
    quote: Quote | None
    verdicts: tuple[Verdict, ...]
    price: Decimal | None
    reserved: Decimal | None
    tax: TaxLook | None

    @property
    def outcome(self) -> Outcome:
        """The gravest verdict."""
        raise NotImplementedError


class TradeRefused(DomainError):
    """A control denied, or asks what the person has not confirmed: nothing was kept. `judged` says all."""

    judged: tuple[OrderJudged, ...]


def trade(
    user: User,
    request: TradeRequest,
    *,
    key: str,
    content: Any,
    render: Callable[[Sequence[Order]], dict[str, Any]],
    signed_in_at: datetime | None,
    now: datetime,
) -> Answer:
    """Accept all orders of `request` once; the same key with the same `content` gets the same answer again.

    Raises NotFound, InvalidInput by field (`orders.0.quantity`), TradeRefused with every verdict, Conflict.
    """
    raise NotImplementedError


def trade_preview(
    user: User, request: TradeRequest, *, signed_in_at: datetime | None, now: datetime
) -> tuple[OrderJudged, ...]:
    """How the orders would be judged; nothing is kept."""
    raise NotImplementedError


def order_cancel(user: User, order_id: UUID, *, now: datetime) -> Order:
    """Ask for the cancellation of an order; one that was not sent yet ends at once. Conflict when it is over."""
    raise NotImplementedError


def order_change(
    user: User,
    order_id: UUID,
    changes: Mapping[str, Decimal],
    *,
    signed_in_at: datetime | None,
    now: datetime,
    confirmed: frozenset[str] = frozenset(),
) -> Order:
    """Ask for a change of `quantity`, `limit_price`, `stop_price` or `trail_amount`; all controls judge it."""
    raise NotImplementedError
