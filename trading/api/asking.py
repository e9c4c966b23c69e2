"""From what a client sends to what the services take, and from their refusals to problem documents."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from accounts.models import User
from accounts.selectors.sessions import last_proof
from accounts.selectors.sign_ins import signed_in_at
from accounts.services.tokens import AccessClaims
from common.errors import InvalidInput, NotFound
from portfolios.engine.records import LotChoice
from trading.api.serializers import SingleTradeSerializer, TradeSerializer, verdicts_json
from trading.engine.records import OrderKind, OrderTicket, Side, TimeInForce
from trading.engine.trade_requests import OrderWanted, TradeRequest
from trading.models import Order
from trading.selectors.request_facts import (
    Accounts,
    instruments_of_symbols,
    refuse_unseen,
    tradable_accounts,
)
from trading.services.acceptance import TradeRefused

KEY_HEADER = "Idempotency-Key"
PRICES = ("limit_price", "stop_price", "trail_amount", "trail_percent", "good_till")


def caller(request: Request) -> User:
    """Who asks; operations are behind authentication, so there is somebody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


def proof_of(request: Request) -> datetime | None:
    """When the caller last gave their password: for this sign-in over the API, or in this browser."""
    if isinstance(request.auth, AccessClaims):
        return request.auth.signed_in_at or signed_in_at(request.auth.family_id)
    return last_proof(request._request)  # noqa: SLF001 (the session belongs to Django's request)


def key_of(request: Request) -> str:
    """The key that makes a request one effect. Raises InvalidInput without one."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        raise InvalidInput(
            f"Send a header {KEY_HEADER}: a new one for every trade, the same one to try it again.",
            code="key-missing",
        )
    return key


def asked(data: Any) -> dict[str, Any]:
    """The validated body: one order by itself, or a list of them, always given as a list.

    Raises ValidationError by field.
    """
    is_list = isinstance(data, Mapping) and "orders" in data
    serializer = TradeSerializer(data=data) if is_list else SingleTradeSerializer(data=data)
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = dict(serializer.validated_data)
    if is_list:
        return found
    confirmed = found.pop("confirmed", [])
    return {"orders": [found], "confirmed": confirmed}


def request_of(user: User, found: Mapping[str, Any], accounts: Accounts) -> TradeRequest:
    """The validated body as the services take it.

    Raises InvalidInput for a symbol that nobody knows, NotFound for an instrument that is not the caller's.
    """
    orders = found["orders"]
    refuse_unseen(
        user, [(accounts[one["account"]], one["instrument"]) for one in orders if "instrument" in one]
    )
    named = [(accounts[order["account"]], order["symbol"]) for order in orders if "symbol" in order]
    symbols = instruments_of_symbols(user, named)
    return TradeRequest(
        orders=tuple(_wanted(order, place, len(orders), symbols) for place, order in enumerate(orders)),
        confirmed=frozenset(found.get("confirmed", ())),
        origin=Order.Origin.API if len(orders) == 1 else Order.Origin.BASKET,
    )


def accounts_of(user: User, found: Mapping[str, Any]) -> Accounts:
    """The accounts that a validated body names, by portfolio.

    Raises NotFound for an account that is not the caller's to trade in: whoever may only look gets the same
    answer as for one that is not there.
    """
    return tradable_accounts(user, {order["account"] for order in found["orders"]})


@contextmanager
def refusals_told() -> Iterator[None]:
    """Give a refusal of the controls its verdicts, for the problem document."""
    try:
        yield
    except TradeRefused as refused:
        refused.extensions = {
            "verdicts": [
                {"order": place, **verdict}
                for place, judged in enumerate(refused.judged)
                for verdict in verdicts_json(judged.verdicts)
            ]
        }
        raise


def _wanted(order: Mapping[str, Any], place: int, count: int, symbols: Mapping[str, UUID]) -> OrderWanted:
    instrument_id = order.get("instrument") or symbols.get(order["symbol"].strip())
    if instrument_id is None:
        field = "symbol" if count == 1 else f"orders.{place}.symbol"
        sentence = f"There is no instrument called {order['symbol'].strip()[:60]}."
        raise InvalidInput(sentence, code="unknown-instrument", fields={field: [sentence]})
    return OrderWanted(
        portfolio_id=order["account"],
        instrument_id=instrument_id,
        ticket=OrderTicket(
            side=Side(order["side"]),
            quantity=order["quantity"],
            kind=OrderKind(order["type"]),
            time_in_force=TimeInForce(order["time_in_force"]),
            outside_hours=order["outside_hours"],
            oca_group=order.get("oca_group", ""),
            **{name: order.get(name) for name in PRICES},
        ),
        lots=tuple(LotChoice(lot_id=lot["lot"], quantity=lot["quantity"]) for lot in order.get("lots", ())),
        parent=order.get("parent"),
    )
