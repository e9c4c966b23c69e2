"""What harvesting added to each account: tax alpha before and after liquidation, and what the stand-ins did.

Tax alpha is the difference of two money-weighted returns: that of the untouched account, and that of the same
account with every dollar of tax saved put, on its day, into a fund that moves as the untouched account does.
What the account itself gained or lost because a fund stood in for a name is kept apart as tracking: it is
luck of the names, not tax.
"""

from dataclasses import dataclass

import numpy as np

from taxharvest.quant.backtest.credits import Credits, Rates
from taxharvest.quant.backtest.histories import Histories
from taxharvest.quant.backtest.market import Floats
from taxharvest.quant.backtest.schedules import Whole, day_numbers
from taxharvest.quant.backtest.simulation import Walk

YEAR = 365.25
_STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Figures of each history; shares are of the money paid in, alphas and tracking a year.

    - gross: losses sold at reviews; back_loss, back_gain: realised on the way back.
    - net: gross and back_loss less back_gain.
    """

    gross: Floats
    short_share: Floats
    back_loss: Floats
    back_gain: Floats
    net: Floats
    saved: Floats
    alpha: Floats
    alpha_after: Floats
    tracking: Floats


def measured(histories: Histories, walk: Walk, untouched: Walk, saved: Credits, rates: Rates) -> Measures:
    """The figures of a walk held against that of the untouched account with the same deposits."""
    day = day_numbers(histories.days)
    growth = growth_to_end(untouched)
    fund = (saved.saved * growth).sum(axis=1)
    flows, age = untouched.paid_in, (day[:, -1:] - day) / YEAR
    base = money_weighted(flows, age, untouched.end)
    tax = _tax_of_end(walk, untouched, rates) + _tax_of_fund(saved, growth, day, rates)
    relief = rates.long * np.minimum(saved.carried, np.maximum(walk.end_long, 0))
    left = untouched.end - _tax(untouched, rates)
    paid = untouched.paid_in.sum(axis=1)
    back = walk.back_short + walk.back_long
    gain, loss = np.maximum(back, 0).sum(axis=1), np.maximum(-back, 0).sum(axis=1)
    gross = walk.gross.sum(axis=1)
    return Measures(
        gross=gross / paid,
        short_share=np.divide(walk.loss_short.sum(axis=1), gross, out=np.zeros_like(gross), where=gross > 0),
        back_loss=loss / paid,
        back_gain=gain / paid,
        net=(gross + loss - gain) / paid,
        saved=saved.saved.sum(axis=1) / paid,
        alpha=money_weighted(flows, age, untouched.end + fund) - base,
        alpha_after=money_weighted(flows, age, untouched.end + fund - tax + relief)
        - money_weighted(flows, age, left),
        tracking=money_weighted(flows, age, walk.end) - base,
    )


def growth_to_end(untouched: Walk) -> Floats:
    """What a dollar put into the untouched account on each session has become at the end."""
    steps = untouched.before[:, 1:] / untouched.after[:, :-1]
    later = np.cumprod(steps[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([later, np.ones((len(later), 1))], axis=1)


def money_weighted(paid_in: Floats, age: Floats, end: Floats) -> Floats:
    """The yearly rate at which what was paid in (history, session; `age` in years) becomes `end`.

    Found by halving; the answer lies between -99 % and +300 % a year, or at the nearer of the two.
    """
    sessions = paid_in.any(axis=0)
    flows, held = paid_in[:, sessions], age[:, sessions]
    low, high = np.full(len(end), -0.99), np.full(len(end), 3.0)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        is_less = (flows * (1 + middle[:, None]) ** held).sum(axis=1) < end
        low, high = np.where(is_less, middle, low), np.where(is_less, high, middle)
    result: Floats = (low + high) / 2
    return result


def _tax(walk: Walk, rates: Rates) -> Floats:
    """The tax of selling everything on the last session; a loss saves tax at the rate of its term."""
    result: Floats = rates.short * walk.end_short + rates.long * walk.end_long
    return result


def _tax_of_end(walk: Walk, untouched: Walk, rates: Rates) -> Floats:
    """The same for a harvested account, as if its stand-ins had moved as the names did.

    What tracking added to the worth is taken out of the gain, at the long rate.
    """
    return _tax(walk, rates) - rates.long * (walk.end - untouched.end)


def _tax_of_fund(saved: Credits, growth: Floats, day: Whole, rates: Rates) -> Floats:
    """The tax of selling the fund that the saved tax bought; a year and a day old is long."""
    gain = saved.saved * (growth - 1)
    is_long = day[:, -1:] - day > YEAR
    result: Floats = (np.where(is_long, rates.long, rates.short) * gain).sum(axis=1)
    return result
