"""Which sessions are reviews, deposits or the last of a year, and when what is bought turns long-term."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from portfolios.engine.holding import long_from
from taxharvest.quant.backtest.assumptions import Deposits, Review, Threshold
from taxharvest.quant.backtest.market import Days

Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]

MONTHS: Mapping[str, int] = {
    Review.MONTHLY: 1,
    Review.QUARTERLY: 3,
    Review.YEARLY: 12,
    Deposits.MONTHLY: 1,
    Deposits.QUARTERLY: 3,
}


def review_flags(days: Days, review: Review, threshold: Threshold = Threshold.ANY) -> Flags:
    """On which sessions the account is looked through; those of a rarer review are among a closer one's."""
    if threshold is Threshold.YEAR_END:
        return _last_of(days, MONTHS[Review.YEARLY])
    if review is Review.DAILY:
        return np.ones(len(days), dtype=np.bool_)
    return _last_of(days, MONTHS[review])


def deposit_flags(days: Days, deposits: Deposits) -> Flags:
    """On which sessions money comes in after the first day."""
    if deposits is Deposits.LUMP:
        return np.zeros(len(days), dtype=np.bool_)
    last = _last_of(days, MONTHS[deposits])
    return np.concatenate([[False], last[:-1]])


def years_of(days: Days) -> Whole:
    """The calendar year of each session."""
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def day_numbers(days: Days) -> Whole:
    """Calendar days since 1970."""
    return days.astype("datetime64[D]").astype(np.int64)


def long_days(days: Days) -> Whole:
    """For what is bought on each session, the first day on which its sale is long-term (IRC 1222)."""
    turned = [long_from(day) for day in days.tolist()]
    return day_numbers(np.array(turned, dtype="datetime64[D]"))


def _last_of(days: Days, months: int) -> Flags:
    """The last session of every stretch of calendar months that the prices cover to its end."""
    stretch = days.astype("datetime64[M]").astype(np.int64) // months
    return np.append(stretch[1:] != stretch[:-1], False)
