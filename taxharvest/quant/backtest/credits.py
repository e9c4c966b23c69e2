"""What the losses of a walk save in tax: on the session of the sale, or within the yearly cap."""

from dataclasses import dataclass

import numpy as np

from taxharvest.quant.backtest.assumptions import CAPITAL, INCOME_CAP, TaxRates, Use
from taxharvest.quant.backtest.market import Floats
from taxharvest.quant.backtest.schedules import Whole
from taxharvest.quant.backtest.simulation import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Rates as fractions."""

    short: float
    long: float

    @classmethod
    def of(cls, rates: TaxRates) -> "Rates":
        """Those of the assumptions."""
        return cls(short=float(rates.short) / 100, long=float(rates.long) / 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """Tax saved less tax and costs paid (history, session), and the loss carried at the end (history)."""

    saved: Floats
    carried: Floats


def credits_of(walk: Walk, years: Whole, rates: Rates, use: Use, cost: float) -> Credits:
    """The tax saved by a walk; `years` are of its sessions, `cost` is a fraction of what is traded."""
    spent = cost * walk.traded
    if use is Use.GAINS:
        short = walk.loss_short - walk.back_short
        long = walk.loss_long - walk.back_long
        saved = rates.short * short + rates.long * long - spent
        return Credits(saved=saved, carried=np.zeros(len(walk.end)))
    capped = _capped(walk, years, rates)
    return Credits(saved=capped.saved - spent, carried=capped.carried)


def _capped(walk: Walk, years: Whole, rates: Rates) -> Credits:
    """No other gains: the net loss of a year comes off other income up to the cap (IRC 1211(b), 1212(b)).

    A year whose gains exceed its losses and what was carried pays tax at the short rate.
    """
    net = walk.gross - walk.back_short - walk.back_long
    cap = float(INCOME_CAP / CAPITAL)
    saved = np.zeros_like(net)
    carried = np.zeros(len(net))
    everyone = np.arange(len(net))
    for year in range(int(years.min()), int(years.max()) + 1):
        of_year = years == year
        last = len(of_year[0]) - 1 - of_year[:, ::-1].argmax(axis=1)
        left = carried + np.where(of_year, net, 0).sum(axis=1)
        is_lived = of_year.any(axis=1)
        deducted = np.minimum(left, cap)
        saved[everyone, last] += np.where(is_lived, rates.short * deducted, 0)
        carried = np.where(is_lived, left - deducted, carried)
    return Credits(saved=saved, carried=carried)
