"""What the sockets ask: which symbols somebody may watch, whose events they may hear, the latest prices."""

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from accounts.models import Grant, Household, HouseholdMember, User
from common.valkey import valkey
from portfolios.models import Portfolio
from trading.engine.records import PriceSource, Quote
from trading.selectors.instruments import instruments_tradable

PRICES_CHANNEL = "wealthalloc:prices"
QUOTES_HASH = "wealthalloc:quotes"
WANTED_SET = "wealthalloc:wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Whose events somebody may hear, by household: None for all of them, or the accounts they may see.

    Households and accounts are ids in text, as events name them.
    """

    households: Mapping[str, frozenset[str] | None]


def hearing_of(user: User) -> Hearing:
    """Whose events `user` may hear now.

    All of a household for a member who sees all accounts of it and for the holder of a grant on the whole;
    elsewhere only events of the accounts that they may see.
    """
    whole = {
        str(key)
        for rows in (
            HouseholdMember.objects.filter(user=user, sees_all=True),
            Grant.objects.active().filter(grantee=user, portfolio_id__isnull=True),
        )
        for key in rows.values_list("household_id", flat=True)
    }
    visible = Household.objects.visible_to(user).values_list("pk", flat=True)
    parts = {str(key) for key in visible} - whole
    accounts: dict[str, set[str]] = {key: set() for key in parts}
    for household, portfolio in _accounts(user, parts):
        accounts[str(household)].add(str(portfolio))
    return Hearing(
        households=dict.fromkeys(whole) | {key: frozenset(found) for key, found in accounts.items()}
    )


def _accounts(user: User, households: Collection[str]) -> list[tuple[Any, Any]]:
    if not households:
        return []
    rows = Portfolio.objects.visible_to(user).filter(household_id__in=households)
    return list(rows.values_list("household_id", "pk"))


def symbols_known(user: User, symbols: Collection[str]) -> frozenset[str]:
    """Those of `symbols` that name an instrument which `user` may see or trade."""
    rows = instruments_tradable(user).filter(symbol__in=symbols)
    return frozenset(rows.values_list("symbol", flat=True))


def quotes_told(symbols: Collection[str]) -> dict[str, Quote]:
    """The latest quotes that were told to pages, by symbol; what nobody watches is missing or old."""
    wanted = sorted(set(symbols))
    rows = cast("list[bytes | None]", valkey().hmget(QUOTES_HASH, wanted)) if wanted else []
    return {symbol: quote_of_entry(json.loads(row)) for symbol, row in zip(wanted, rows, strict=True) if row}


def quote_of_entry(entry: Mapping[str, Any]) -> Quote:
    """The quote that an entry of prices tells (`trading.services.live_prices`)."""
    price, change = _amount(entry["price"]), _amount(entry["change"])
    return Quote(
        symbol=entry["symbol"],
        source=PriceSource(entry["source"]),
        as_of=datetime.fromisoformat(entry["as_of"]),
        bid=_amount(entry["bid"]),
        ask=_amount(entry["ask"]),
        last=price,
        close=None if price is None or change is None else price - change,
        is_halted=bool(entry.get("halted")),
        gateway=str(entry.get("gateway") or ""),
    )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def wanted_symbols(now: float | None = None) -> frozenset[str]:
    """Symbols that some page shows at `now` (seconds since 1970): what the gateway is to watch."""
    moment = time.time() if now is None else now
    rows = cast("list[bytes]", valkey().zrangebyscore(WANTED_SET, moment, "+inf"))
    return frozenset(row.decode() for row in rows)
