"""From what a client sends to what the services take, and from their refusals to problem documents."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.models import User
from accounts.selectors.sessions import last_proof
from accounts.selectors.sign_ins import signed_in_at
from accounts.services.tokens import AccessClaims
from common.errors import DomainError, InvalidInput, NotFound
from common.throttling import Limit, TooManyAttempts, attempt_count, attempts_check
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
from trading.selectors.standing_facts import StandingFacts, standing_facts
from trading.services.acceptance import TradeRefused

KEY_HEADER = "Idempotency-Key"
# A person who is refused this often is a program that does not listen: judging costs as much as accepting.
REFUSALS = Limit(name="order-refusals", attempts=60, seconds=60)
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
    found = dict(_read(data, is_list=is_list))
    if is_list:
        return found
    confirmed = found.pop("confirmed", [])
    return {"orders": [found], "confirmed": confirmed}


def _read(data: Any, *, is_list: bool) -> Mapping[str, Any]:
    if isinstance(data, Mapping):
        read: Mapping[str, Any] = _reader(is_list).run_validation(data)
        return read
    serializer = SingleTradeSerializer(data=data)
    serializer.is_valid(raise_exception=True)
    told: Mapping[str, Any] = serializer.validated_data
    return told


@cache
def _reader(is_list: bool) -> Serializer[Any]:  # noqa: FBT001 - one of two
    """What reads every request: making one copies all of its fields, and it keeps nothing of the request."""
    return TradeSerializer() if is_list else SingleTradeSerializer()


def standing_of(found: Mapping[str, Any], accounts: Accounts) -> StandingFacts:
    """What is known of all that a validated body names."""
    orders = found["orders"]
    return standing_facts(
        accounts.values(),
        [order["instrument"] for order in orders if "instrument" in order],
        [order["symbol"] for order in orders if "symbol" in order],
    )


def request_of(
    user: User, found: Mapping[str, Any], accounts: Accounts, standing: StandingFacts
) -> TradeRequest:
    """The validated body as the services take it.

    Raises InvalidInput for a symbol that nobody knows, NotFound for an instrument that is not the caller's.
    """
    orders = found["orders"]
    refuse_unseen(
        user, [(accounts[one["account"]], one["instrument"]) for one in orders if "instrument" in one]
    )
    named = [(accounts[order["account"]], order["symbol"]) for order in orders if "symbol" in order]
    symbols = instruments_of_symbols(user, named, standing)
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
def refusals_told(user: User) -> Iterator[None]:
    """Give a refusal of the controls its verdicts, for the problem document, and count every refusal.

    Whoever has been refused too often in a minute is not judged again until it is over. Raises
    TooManyAttempts.
    """
    attempts_check(REFUSALS, str(user.pk))
    try:
        yield
    except DomainError as refused:
        with suppress(TooManyAttempts):
            attempt_count(REFUSALS, str(user.pk))
        if isinstance(refused, TradeRefused):
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
