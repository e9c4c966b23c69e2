"""A book whose prices can be scored: an account, five stocks, and made-up closes on weekdays."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from portfolios.models import Holding, Instrument, Portfolio, Price
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory

LAST = date(2026, 2, 27)
CENT = Decimal("0.0001")


def sessions(count: int) -> list[date]:
    """So many weekdays that end on LAST."""
    days = [LAST - timedelta(days=back) for back in range(2 * count)]
    return sorted([day for day in days if day.weekday() < 5][:count])


def account_holding(symbols: Sequence[str] = "ABCDE", *, days: int = 600, shock: float = 0.0) -> Portfolio:
    """An account with ten shares of each, and closes; the first one jumps by `shock` on the last day."""
    portfolio: Portfolio = PortfolioFactory.create()
    returns = _returns(days, len(symbols))
    returns[-1, 0] += shock
    closes = 100 * np.cumprod(1 + returns, axis=0)
    for place, symbol in enumerate(symbols):
        instrument = InstrumentFactory.create(
            symbol=symbol, household=portfolio.household, asset_class=Instrument.AssetClass.STOCK
        )
        Holding.objects.create(portfolio=portfolio, instrument=instrument, quantity=10, currency="USD")
        price(instrument, sessions(days), [Decimal(repr(float(close))) for close in closes[:, place]])
    return portfolio


def price(instrument: Instrument, days: Sequence[date], closes: Sequence[Decimal]) -> None:
    """Closes of an instrument."""
    Price.objects.bulk_create(
        Price(instrument=instrument, day=day, close=close.quantize(CENT), currency="USD", source="test")
        for day, close in zip(days, closes, strict=True)
    )


def _returns(days: int, assets: int) -> np.ndarray:
    generator = np.random.default_rng(11)
    return generator.normal(0, 0.006, (days, 1)) + generator.normal(0, 0.008, (days, assets))
