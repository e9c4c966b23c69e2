"""What following an advice would cost: spread, tax by lot and wash-sale verdict, as trading previews it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import User
from common.errors import DomainError
from common.money import cents
from mlrecs.engine.suitability import Wanted
from trading.engine.records import OrderTicket, Quote, Side
from trading.engine.tax_looks import OrderBefore, TaxLook
from trading.engine.trade_requests import OrderWanted, TradeRequest
from trading.selectors.controls import exchange_day
from trading.selectors.tax_looks import tax_look
from trading.services.acceptance import trade_preview

ZERO = Decimal(0)
# Where no quote tells, half of a spread of ten hundredths of a per cent.
HALF_SPREAD = Decimal("0.0005")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """One order with what trading says of it; `quote` and `tax` are None where it cannot say."""

    wanted: Wanted
    quote: Quote | None
    tax: TaxLook | None


def advice_costs(
    user: User | None, portfolio_id: UUID, orders: Sequence[Wanted], now: datetime
) -> dict[str, Any]:
    """The costs of orders as text by name, with a line for each order.

    Asked through the preview of trading where the account can be traded in, with its quotes and the tax look
    of every order after those before it; else the tax book is asked at the closes. A part that is not known
    is None. `blocked` are symbols that the household's wash guard would not let pass.
    """
    looked = _previewed(user, portfolio_id, orders, now) or _by_the_book(portfolio_id, orders, now)
    taxes = [one.tax.tax for one in looked if one.tax is not None and one.wanted.shares < 0]
    is_known = all(one.tax is not None and one.tax.tax is not None for one in looked if one.wanted.shares < 0)
    spread = sum((_spread(one) for one in looked), ZERO)
    verdicts = [one.tax.wash_words for one in looked if one.tax is not None and one.tax.wash_words]
    deferred = sum((one.tax.deferred + one.tax.at_risk for one in looked if one.tax is not None), ZERO)
    return {
        "spread": f"{cents(spread):f}",
        "tax": f"{cents(sum((tax for tax in taxes if tax is not None), ZERO)):f}" if is_known else None,
        "deferred": f"{cents(deferred):f}",
        "wash": "deferred" if deferred or verdicts else "clear",
        "wash_words": " ".join(dict.fromkeys(verdicts))[:300],
        "lines": [_line(one) for one in looked],
        "blocked": [one.wanted.asset.symbol for one in looked if _is_blocked(one)],
    }


def _previewed(
    user: User | None, portfolio_id: UUID, orders: Sequence[Wanted], now: datetime
) -> list[_Looked]:
    """The preview of trading; empty where the account is at no broker or cannot be previewed."""
    if user is None or not orders:
        return []
    request = TradeRequest(
        orders=tuple(
            OrderWanted(portfolio_id=portfolio_id, instrument_id=one.asset.key, ticket=_ticket(one))
            for one in orders
        )
    )
    try:
        judged = trade_preview(user, request, signed_in_at=None, now=now)
    except DomainError:
        return []
    return [
        _Looked(wanted=one, quote=said.quote, tax=said.tax) for one, said in zip(orders, judged, strict=True)
    ]


def _by_the_book(portfolio_id: UUID, orders: Sequence[Wanted], now: datetime) -> list[_Looked]:
    day = exchange_day(now)
    found: list[_Looked] = []
    before: list[OrderBefore] = []
    for one in orders:
        ticket = _ticket(one)
        facts = {
            "portfolio_id": portfolio_id, "instrument_id": one.asset.key, "side": ticket.side,
            "quantity": ticket.quantity, "price": one.asset.price,
        }  # fmt: skip
        try:
            look = tax_look(**facts, day=day, before=tuple(before))  # type: ignore[arg-type]
        except DomainError:
            look = None
        found.append(_Looked(wanted=one, quote=None, tax=look))
        before.append(OrderBefore(**facts, last_day=day))  # type: ignore[arg-type]
    return found


def _ticket(wanted: Wanted) -> OrderTicket:
    side = Side.BUY if wanted.shares > 0 else Side.SELL
    return OrderTicket(side=side, quantity=abs(wanted.shares))


def _spread(looked: _Looked) -> Decimal:
    """Half of the quoted spread on what is traded, or the usual half."""
    quote, value = looked.quote, abs(looked.wanted.value)
    if quote is not None and quote.bid and quote.ask and quote.ask >= quote.bid:
        return abs(looked.wanted.shares) * (quote.ask - quote.bid) / 2
    return value * HALF_SPREAD


def _is_blocked(looked: _Looked) -> bool:
    """Whether the household lets no such order pass, since it would wash a loss."""
    tax = looked.tax
    return tax is not None and tax.is_blocked and bool(tax.wash_words or tax.deferred or tax.at_risk)


def _line(looked: _Looked) -> dict[str, Any]:
    tax = looked.tax
    is_sale = looked.wanted.shares < 0
    return {
        "symbol": looked.wanted.asset.symbol,
        "side": "sell" if is_sale else "buy",
        "shares": f"{abs(looked.wanted.shares):f}",
        "value": f"{cents(abs(looked.wanted.value)):f}",
        "spread": f"{cents(_spread(looked)):f}",
        "short": _text(tax.short_term) if tax and is_sale else None,
        "long": _text(tax.long_term) if tax and is_sale else None,
        "tax": _text(tax.tax) if tax and is_sale else None,
        "lots": len(tax.lots) if tax else 0,
        "wash": (tax.wash_words if tax else "")[:300],
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{cents(amount):f}"
