"""The limits that controls go by: defaults, and an account's own in their place."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlLimits:
    """What an order may be at most. Amounts are in the account's currency, shares of a whole are fractions.

    | control | limits |
    |---|---|
    | 1 buying power | `buying_power_share` of it may be committed; market orders count at the offer plus
      `market_markup` |
    | 2 firm capital | `firm_capital` over all accounts |
    | 3 quantity | `order_quantity` shares and `volume_share` of the average daily volume of 20 days |
    | 4 notional | `order_notional` an order, `day_notional` a day |
    | 5 price collar | beyond `collar_warn` of the reference a warning, beyond `collar_deny` no; a market that
      moved by more than `spike_factor` since its close is not believed |
    | 6 quote | at most `quote_seconds` old, at most `clock_skew_seconds` in the future |
    | 7 duplicates | the same order within `duplicate_seconds` |
    | 8 rate | `account_rate` and `global_rate` orders a second |
    | 10 day trades | below `day_trade_equity`, fewer than `day_trades` in five business days
      (FINRA Rule 4210(f)(8)(B)) |
    | 12 authority | signed in anew within `sign_in_seconds` for live orders |
    | 13 drop copy | compared within `drop_copy_seconds` |
    """

    buying_power_share: Decimal = Decimal(1)
    market_markup: Decimal = Decimal("0.03")
    firm_capital: Decimal = Decimal(1_000_000)
    order_quantity: Decimal = Decimal(10_000)
    volume_share: Decimal = Decimal("0.05")
    order_notional: Decimal = Decimal(100_000)
    day_notional: Decimal = Decimal(500_000)
    collar_warn: Decimal = Decimal("0.05")
    collar_deny: Decimal = Decimal("0.10")
    spike_factor: Decimal = Decimal(2)
    quote_seconds: int = 15
    clock_skew_seconds: int = 5
    duplicate_seconds: int = 10
    account_rate: int = 5
    global_rate: int = 50
    day_trades: int = 4
    day_trade_equity: Decimal = Decimal(25_000)
    sign_in_seconds: int = 300
    drop_copy_seconds: int = 60


DEFAULT_LIMITS = ControlLimits()


def limits_with(own: Mapping[str, Decimal | int], limits: ControlLimits = DEFAULT_LIMITS) -> ControlLimits:
    """`limits` with an account's own in place of those that it names.

    Raises ValueError for a name that is none, and for what cannot be a limit: a limit that is not understood
    must never be taken for no limit.
    """
    defaults = {field.name: getattr(DEFAULT_LIMITS, field.name) for field in fields(ControlLimits)}
    changes: dict[str, Any] = {name: _limit(name, value, defaults) for name, value in own.items()}
    return replace(limits, **changes)


def _limit(name: str, value: Decimal | int, defaults: Mapping[str, Decimal | int]) -> Decimal | int:
    if name not in defaults:
        raise ValueError(f"there is no limit called {name}")
    number = Decimal(value)
    if not number.is_finite() or number < 0:
        raise ValueError(f"{name} cannot be {value}")
    if isinstance(defaults[name], Decimal):
        return number
    if number != int(number):
        raise ValueError(f"{name} must be a whole number, not {value}")
    return int(number)
