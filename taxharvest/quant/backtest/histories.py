"""Histories that an account is held through: windows of the real one, and ones drawn from its blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from taxharvest.quant.backtest.market import Days, Floats, Market
from taxharvest.quant.backtest.schedules import Whole

BLOCK = 252
# Before a year of prices is known, the yearly volatility of a large stock is taken to be this.
USUAL_VOLATILITY = 0.30


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Several stretches of time side by side: history, session, name.

    All are as long as the longest: a shorter one stands still on its last session. `stand_in` is the price of
    what replaces each name, `volatility` its standard deviation of the year before, per year.
    """

    days: Days
    prices: Floats
    stand_in: Floats
    volatility: Floats

    @property
    def starts(self) -> Days:
        """The first day of each."""
        return self.days[:, 0]


def windows(market: Market, years: int, *, months: int = 12) -> Histories:
    """Every stretch of `years` that the prices cover, begun at the first session of each `months` months."""
    firsts = window_starts(market.days, years, months)
    ends = [_session(market.days, _later(market.days[first], years)) - 1 for first in firsts]
    length = max(end - first for first, end in zip(firsts, ends, strict=True)) + 1
    places = np.array(
        [np.minimum(np.arange(first, first + length), end) for first, end in zip(firsts, ends, strict=True)]
    )
    returns = market.returns
    stand_in = _compounded(_others(returns), axis=0)
    return Histories(
        days=market.days[places],
        prices=market.prices[places],
        stand_in=stand_in[places],
        volatility=_volatility(returns)[places],
    )


def window_starts(days: Days, years: int, months: int) -> list[int]:
    """The sessions on which a window of `years` may begin: it ends before the prices do."""
    month = days.astype("datetime64[M]").astype(np.int64)
    is_first = np.append(True, month[1:] != month[:-1]) & (month % months == 0)
    last = days[-1] + np.timedelta64(7, "D")  # the last week of a year may hold no session
    return [int(place) for place in np.flatnonzero(is_first) if _later(days[place], years) <= last]


def drawn(market: Market, years: int, *, count: int, seed: int, block: int = BLOCK) -> Histories:
    """Histories made of blocks of sessions of the real one, all names together (moving-block bootstrap).

    A block keeps what names do with each other and from day to day; the calendar is that of the first window.
    """
    calendar = windows(market, years).days[0]
    length = len(calendar)
    generator = np.random.default_rng(seed)
    blocks = -(-length // block)
    begins = generator.integers(1, len(market.days) - block + 1, size=(count, blocks))
    places = (begins[:, :, None] + np.arange(block)).reshape(count, -1)[:, :length]
    returns = market.returns[places]
    returns[:, 0] = 0
    return Histories(
        days=np.broadcast_to(calendar, (count, length)),
        prices=_compounded(returns, axis=1),
        stand_in=_compounded(_others(returns), axis=1),
        volatility=np.stack([_volatility(one) for one in returns]),
    )


def with_perfect_stand_in(histories: Histories) -> Histories:
    """The same, where what replaces a name moves exactly as the name does."""
    return Histories(
        days=histories.days,
        prices=histories.prices,
        stand_in=histories.prices,
        volatility=histories.volatility,
    )


def chosen(histories: Histories, places: Sequence[int]) -> Histories:
    """Some of the histories alone."""
    picked: Whole = np.array(places, dtype=np.int64)
    return Histories(
        days=histories.days[picked],
        prices=histories.prices[picked],
        stand_in=histories.stand_in[picked],
        volatility=histories.volatility[picked],
    )


def _others(returns: Floats) -> Floats:
    """What a fund of the other names in equal parts gains each day; alone, a name stands in for itself."""
    names = returns.shape[-1]
    if names == 1:
        return returns
    result: Floats = (returns.sum(axis=-1, keepdims=True) - returns) / (names - 1)
    return result


def _compounded(returns: Floats, *, axis: int) -> Floats:
    """The price, from one, that grows by `returns`."""
    return np.cumprod(1 + returns, axis=axis).astype(np.float64)


def _volatility(returns: Floats) -> Floats:
    """The standard deviation of the `BLOCK` sessions up to each one, per year: nothing later is in it."""
    zero = np.zeros((1, returns.shape[1]))
    sums = np.vstack([zero, np.cumsum(returns, axis=0)])
    squares = np.vstack([zero, np.cumsum(returns**2, axis=0)])
    found = np.full(returns.shape, USUAL_VOLATILITY)
    if len(returns) > BLOCK:
        mean = (sums[BLOCK:] - sums[:-BLOCK]) / BLOCK
        spread = (squares[BLOCK:] - squares[:-BLOCK]) / BLOCK - mean**2
        found[BLOCK - 1 :] = np.sqrt(np.maximum(spread, 0) * BLOCK)
    return found


def _later(day: np.datetime64, years: int) -> np.datetime64:
    """The first day of the month `years` later."""
    later: np.datetime64 = (day.astype("datetime64[M]") + np.timedelta64(12 * years, "M")).astype(
        "datetime64[D]"
    )
    return later


def _session(days: Days, day: np.datetime64) -> int:
    return int(np.searchsorted(days, day))
