"""Small histories for tests: prices written out, or drawn with a seed, and the rules to run accounts by."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from taxharvest.quant.backtest.assumptions import Review
from taxharvest.quant.backtest.histories import Histories
from taxharvest.quant.backtest.market import Floats
from taxharvest.quant.backtest.schedules import review_flags
from taxharvest.quant.backtest.simulation import Rules, ThresholdRule


def history(
    days: Sequence[str], prices: Sequence[Sequence[float]], stand_in: Floats | None = None
) -> Histories:
    """One history: a row of prices for each day; the stand-ins move as the names do unless given."""
    closes = np.array(prices, dtype=np.float64)[None]
    return Histories(
        days=np.array([days], dtype="datetime64[D]"),
        prices=closes,
        stand_in=closes if stand_in is None else np.array(stand_in, dtype=np.float64)[None],
        volatility=np.full(closes.shape, 0.3),
    )


def drawn_history(seed: int, *, names: int = 6, sessions: int = 700, first: str = "2015-01-02") -> Histories:
    """A seeded random walk on weekdays: lively enough to be harvested again and again."""
    generator = np.random.default_rng(seed)
    days = np.busday_offset(first, np.arange(sessions), roll="forward")
    returns = generator.normal(0.0, 0.02, size=(2, sessions, names))
    returns[:, 0] = 0
    prices, stand_in = 50 * np.exp(np.cumsum(returns, axis=1))
    found = history([str(day) for day in days], prices.tolist(), stand_in)
    return replace(found, days=days.astype("datetime64[D]")[None])


def at_least(share: float) -> ThresholdRule:
    """Losses of this share of basis or more."""
    return lambda _volatility, _age: np.full((1, 1, 1), share)


EVERY_LOSS = at_least(0)


def rules(
    histories: Histories,
    *,
    review: Review = Review.DAILY,
    threshold: ThresholdRule | None = EVERY_LOSS,
    keeps_wash_rule: bool = True,
    deposit: float = 0.0,
    every: int = 21,
) -> Rules:
    """Rules for `histories`; with a `deposit`, one comes every so many sessions."""
    days = histories.days
    deposits = np.zeros(days.shape, dtype=np.bool_)
    if deposit:
        deposits[:, every::every] = True
    return Rules(
        reviews=np.stack([review_flags(one, review) for one in days]),
        deposits=deposits,
        threshold=threshold,
        keeps_wash_rule=keeps_wash_rule,
        deposit=deposit,
    )


def untouched(histories: Histories, *, deposit: float = 0.0) -> Rules:
    """The rules of an account that nobody harvests."""
    return rules(histories, threshold=None, keeps_wash_rule=False, deposit=deposit)
