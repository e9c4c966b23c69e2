"""The closes that the rules for prices look at: of what an account holds, as traded, with its splits."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from mlrecs.engine.price_rules import Closes
from mlrecs.selectors.scored_accounts import ScoredAccount
from portfolios.models import Holding, Price
from portfolios.selectors.prices import splits_known_to

# The days that are looked at, and as many sessions again for the habits of an instrument.
READ = timedelta(days=250)


def closes_held(account: ScoredAccount, today: date) -> dict[UUID, Closes]:
    """The closes of every position of an account, by instrument. Three queries."""
    held = dict(
        Holding.objects.filter(portfolio_id=account.id, quantity__gt=0).values_list(
            "instrument_id", "instrument__symbol"
        )
    )
    splits = splits_known_to(account.household_id, list(held))
    rows: dict[UUID, list[tuple[date, Decimal]]] = {}
    prices = Price.objects.filter(instrument_id__in=list(held), day__gt=today - READ, day__lte=today)
    for key, day, close in prices.order_by("day").values_list("instrument_id", "day", "close"):
        rows.setdefault(key, []).append((day, close))
    return {
        key: Closes(
            symbol=held[key],
            days=tuple(day for day, _ in found),
            closes=tuple(close for _, close in found),
            split_days=frozenset(split.day for split in splits[key]),
        )
        for key, found in rows.items()
    }
