"""What is wrong with an order by itself: the first refusal, with the code that the wire has for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trading.papergateway.exchange.matching import AUCTIONS, LIMITED, STOPS
from trading.papergateway.exchange.records import PaperContract, PaperOrder

# Codes of the TWS API: https://interactivebrokers.github.io/tws-api/message_codes.html
UNKNOWN_CONTRACT = 200
DUPLICATE_ID, FILLED, MISMATCH, OFF_TICK, TIF_MISFIT, AUCTION_DAY = 103, 104, 105, 110, 111, 113
MODIFY_FAILED, NO_PARENT = 134, 135
REFUSED, INVALID, KIND_UNKNOWN, FRACTION = 201, 321, 387, 10243
ORDER_TYPES = frozenset({"MKT", "LMT"}) | STOPS | AUCTIONS
TIMES = frozenset({"DAY", "GTC", "IOC", "GTD"})
MOST_SHARES = Decimal(1_000_000_000)
MOST_PRICE = Decimal(100_000_000)
MOST_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an order is not taken."""

    code: int
    words: str


def order_refusal(
    order: PaperOrder, contract: PaperContract | None, accounts: tuple[str, ...], now: datetime
) -> Refusal | None:
    """The first thing that is wrong with the words of an order; None if nothing is."""
    if contract is None:
        return Refusal(code=UNKNOWN_CONTRACT, words="No security definition has been found for the request")
    if order.account not in accounts:
        return _invalid(f"Invalid account code '{order.account}'")
    for check in CHECKS:
        refusal = check(order, contract, now)
        if refusal is not None:
            return refusal
    return None


def _kind(order: PaperOrder, contract: PaperContract, now: datetime) -> Refusal | None:
    del contract, now
    if order.action not in {"BUY", "SELL"}:
        return _invalid(f"Invalid action '{order.action}'")
    if order.order_type not in ORDER_TYPES:
        return Refusal(code=KIND_UNKNOWN, words="Unsupported order type for this exchange and security type")
    return None


def _quantity(order: PaperOrder, contract: PaperContract, now: datetime) -> Refusal | None:
    del now
    if not order.quantity.is_finite() or not 0 < order.quantity <= MOST_SHARES:
        return _invalid("The order size must be positive and no more than 1,000,000,000")
    if order.quantity % contract.size_increment:
        return Refusal(
            code=FRACTION,
            words=f"The order size must be a multiple of {contract.size_increment:f} for {contract.symbol}",
        )
    return None


def _times(order: PaperOrder, contract: PaperContract, now: datetime) -> Refusal | None:
    del contract
    if order.tif not in TIMES:
        return _invalid(f"Invalid time in force '{order.tif}'")
    if order.tif == "GTD" and (order.good_till is None or order.good_till <= now):
        return _invalid("The good till date must lie ahead")
    if order.order_type in AUCTIONS and order.tif != "DAY":
        return Refusal(code=AUCTION_DAY, words="The Tif option should be set to DAY for MOC and LOC orders")
    if order.tif == "IOC" and order.order_type in STOPS:
        return Refusal(code=TIF_MISFIT, words="The time in force and the order type are incompatible")
    return None


def _prices(order: PaperOrder, contract: PaperContract, now: datetime) -> Refusal | None:
    del now
    prices = []
    if order.order_type in LIMITED:
        prices.append(("limit price", order.limit_price))
    if order.order_type in {"STP", "STP LMT"}:
        prices.append(("stop price", order.aux_price))
    if order.order_type == "TRAIL" and order.trail_stop_price is not None:
        prices.append(("trailing stop price", order.trail_stop_price))
    for name, price in prices:
        if price is None or not price.is_finite() or not 0 < price < MOST_PRICE:
            return _invalid(f"The {name} is missing or out of range")
        if price % contract.min_tick:
            return Refusal(
                code=OFF_TICK,
                words="The price does not conform to the minimum price variation for this contract",
            )
    return None


def _trail(order: PaperOrder, contract: PaperContract, now: datetime) -> Refusal | None:
    del contract, now
    if order.order_type != "TRAIL":
        return None
    amount, percent = order.aux_price, order.trailing_percent
    if (amount is None) == (percent is None):
        return _invalid("A trailing order needs a trailing amount or a trailing percent, and one alone")
    if amount is not None and not (amount.is_finite() and 0 < amount < MOST_PRICE):
        return _invalid("The trailing amount is out of range")
    if percent is not None and not (percent.is_finite() and 0 < percent < MOST_PERCENT):
        return _invalid("The trailing percent is out of range")
    return None


def _invalid(words: str) -> Refusal:
    return Refusal(code=INVALID, words=f"Error validating request: {words}")


CHECKS: tuple[Callable[[PaperOrder, PaperContract, datetime], Refusal | None], ...] = (
    _kind,
    _quantity,
    _times,
    _prices,
    _trail,
)
