"""What accounts at a paper exchange open with: the cash and the shares that the book says they have."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.models import CashBalance, Holding
from trading.models import BrokerAccount, Gateway

CURRENCY = "USD"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningPosition:
    """Shares that an account opens with; `average_cost` is per share."""

    symbol: str
    quantity: Decimal
    average_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningAccount:
    """An account as the book has it, in US dollars."""

    code: str
    cash: Decimal
    held: tuple[OpeningPosition, ...]


def gateway_key(name: str) -> UUID | None:
    """The key of the gateway with this name."""
    return Gateway.objects.filter(name=name).values_list("pk", flat=True).first()


def has_accounts(name: str) -> bool:
    """Whether there is a gateway with this name and an account behind it."""
    return BrokerAccount.objects.filter(gateway__name=name).exists()


def paper_accounts(name: str) -> list[OpeningAccount]:
    """The accounts behind a gateway, by code."""
    rows = BrokerAccount.objects.filter(gateway__name=name).order_by("code")
    return [
        OpeningAccount(code=row.code, cash=_cash(row.portfolio_id), held=_held(row.portfolio_id))
        for row in rows
    ]


def _cash(portfolio_id: UUID) -> Decimal:
    rows = CashBalance.objects.filter(portfolio_id=portfolio_id, currency=CURRENCY)
    return rows.values_list("amount", flat=True).first() or ZERO


def _held(portfolio_id: UUID) -> tuple[OpeningPosition, ...]:
    rows = Holding.objects.filter(portfolio_id=portfolio_id, currency=CURRENCY).exclude(quantity=0)
    return tuple(
        OpeningPosition(
            symbol=row.instrument.symbol,
            quantity=row.quantity,
            average_cost=quantize(ARITHMETIC.divide(row.basis or ZERO, row.quantity)),
        )
        for row in rows.select_related("instrument").order_by("instrument__symbol")
    )
