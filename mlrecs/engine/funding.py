"""What the purchases of an advice may cost once its sales have filled, and how many shares that pays for.

Sales come first. A purchase is then as large as was advised, unless the sales brought less or the broker lets
less be spent: nothing is bought on money that is only expected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext

from common.money import ARITHMETIC
from mlrecs.engine.suitability import BUYING_COST

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """An advised purchase: shares, where the market stands, and what a share holds back until it fills."""

    shares: Decimal
    price: Decimal
    held_back: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """What may be spent: `budget` by the advice, at prices of the market; `room` by the broker, held back."""

    budget: Decimal
    room: Decimal


def budget_left(orders: Sequence[Mapping[str, str]], *, brought: Decimal, spent: Decimal) -> Decimal:
    """What is left for the purchases of an advice, never below zero.

    `orders` are the rows that were advised, `brought` what its sales came to after commissions, and `spent`
    what its purchases have cost so far. As much cash is left beside them as was advised.
    """
    with localcontext(ARITHMETIC):
        beside = _worth(orders, "buy") * (ONE + BUYING_COST) - _worth(orders, "sell")
        return max(brought + beside - spent, ZERO)


def shares_afforded(purchases: Sequence[Purchase], funds: Funds) -> tuple[Decimal, ...]:
    """Whole shares of each purchase: all where the funds pay for them, else the same part of each.

    What rounding down leaves pays for further single shares, in the order of the purchases.
    """
    with localcontext(ARITHMETIC):
        part = min(ONE, *_parts(purchases, funds))
        shares = [_whole(one.shares * part) for one in purchases]
        for place, one in enumerate(purchases):
            more = [*shares[:place], min(shares[place] + ONE, one.shares), *shares[place + 1 :]]
            if _fits(purchases, more, funds):
                shares = more
    return tuple(shares)


def _parts(purchases: Sequence[Purchase], funds: Funds) -> tuple[Decimal, Decimal]:
    worth = sum((one.shares * one.price for one in purchases), ZERO)
    held_back = sum((one.shares * one.held_back for one in purchases), ZERO)
    return (
        max(funds.budget, ZERO) / worth if worth else ONE,
        max(funds.room, ZERO) / held_back if held_back else ONE,
    )


def _fits(purchases: Sequence[Purchase], shares: Sequence[Decimal], funds: Funds) -> bool:
    pairs = list(zip(purchases, shares, strict=True))
    worth = sum((count * one.price for one, count in pairs), ZERO)
    return worth <= funds.budget and sum((count * one.held_back for one, count in pairs), ZERO) <= funds.room


def _worth(orders: Sequence[Mapping[str, str]], side: str) -> Decimal:
    amounts = (Decimal(one["quantity"]) * Decimal(one["price"]) for one in orders if one["side"] == side)
    return sum(amounts, ZERO)


def _whole(shares: Decimal) -> Decimal:
    return shares.to_integral_value(rounding=ROUND_FLOOR)
