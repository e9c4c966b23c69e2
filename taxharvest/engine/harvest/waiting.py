"""When a loss is worth taking now and when to wait: named thresholds, and the value of waiting."""

import csv
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from common.dates import add_months
from portfolios.engine.holding import is_long

ZERO = Decimal(0)
ONE = Decimal(1)
DECEMBER = 12
LONG_MONTHS = 13

# The table that `manage.py tabulate_waiting` makes from `taxharvest.quant.waiting_value`.
TABLE = Path(__file__).resolve().parents[2] / "data" / "waiting_values.csv"
VOLATILITIES = tuple(map(Decimal, ("0.05", "0.10", "0.15", "0.20", "0.30", "0.40", "0.55", "0.80")))
RATIOS = tuple(map(Decimal, ("0", "0.25", "0.5", "1")))
COSTS = tuple(map(Decimal, ("0", "0.005", "0.01", "0.02", "0.04", "0.08")))
MONTHS = (1, 4, 7, 9, 11, 12, LONG_MONTHS)
PRICES = tuple(map(Decimal, ("0.5", "0.7", "0.8", "0.85", "0.9", "0.92", "0.94", "0.96", "0.98", "1")))

Row = tuple[Decimal, ...]
Key = tuple[int, int, int, int]


class Threshold(StrEnum):
    """When a loss is taken; the values are those of an account's harvest policy."""

    OPTION = "option"
    ANY_LOSS = "any_loss"
    FIVE_PERCENT = "five_percent"
    TEN_PERCENT = "ten_percent"
    YEAR_END = "year_end"


# The part of its basis that a lot must have lost; the other rules ask something else.
LEAST_LOST: Mapping[Threshold, Decimal] = MappingProxyType(
    {Threshold.FIVE_PERCENT: Decimal("0.05"), Threshold.TEN_PERCENT: Decimal("0.10")}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWorth:
    """What one dollar of loss is worth by term, after what comes back later, and the cost of taking it.

    `cost` is a fraction of the basis. `volatility` is that of the price, a year.
    """

    short: Decimal
    long: Decimal
    cost: Decimal
    volatility: Decimal

    @property
    def scale(self) -> Decimal:
        """The worth that the others are counted in: the larger one, never below nothing."""
        return max(self.short, self.long, ZERO)


def months_held(holding_date: date, day: date) -> int:
    """Whole months from `holding_date` to `day`, as the table counts them: 1 to 12, and 13 for long-term.

    A year to the day is still twelve months, and short (IRC 1222).
    """
    if is_long(holding_date, day):
        return LONG_MONTHS
    months = (day.year - holding_date.year) * 12 + day.month - holding_date.month
    if add_months(holding_date, months) > day:
        months -= 1
    return min(max(months, 1), LONG_MONTHS - 1)


def value_of_waiting(worth: LossWorth, *, price_to_basis: Decimal, months: int) -> Decimal:
    """What leaving a lot alone is worth beyond what follows a harvest, as a fraction of its basis.

    Harvesting is right as long as the loss at its worth, less the cost, is no less than this. Linear between
    the entries of the table in price, volatility and cost; age and the ratio of the two worths are those of
    the nearest entry; beyond the table its edge holds.
    """
    if worth.scale == 0:
        return ZERO
    fraction = _between(worth, months, price_to_basis)
    return max(ZERO, fraction) * worth.scale


def threshold_of(worth: LossWorth, months: int) -> Decimal:
    """The largest price over basis at which a lot of this age is worth harvesting; 0 where it never is."""
    return ZERO if worth.scale == 0 else _between(worth, months, None)


def is_in_season(threshold: Threshold, day: date) -> bool:
    """Whether the rule lets losses be taken on `day` at all: the year-end rule does in December alone."""
    return threshold is not Threshold.YEAR_END or day.month == DECEMBER


@lru_cache(maxsize=1)
def waiting_table() -> Mapping[Key, Row]:
    """The table: by place in VOLATILITIES, RATIOS, COSTS and MONTHS the threshold, then a value by PRICES.

    Values are in units of the worth of a dollar of short-term loss. Read once from the data of this release.
    """
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {_key(row): tuple(map(Decimal, row[4:])) for row in rows}


def _key(row: Sequence[str]) -> Key:
    volatility, ratio, cost = (Decimal(text) for text in row[:3])
    return (
        VOLATILITIES.index(volatility),
        RATIOS.index(ratio),
        COSTS.index(cost),
        MONTHS.index(int(row[3])),
    )


def _between(worth: LossWorth, months: int, price: Decimal | None) -> Decimal:
    """The entry for `worth`, between its neighbours in volatility and cost; the threshold without a price."""
    ratio = max(ZERO, min(worth.short, worth.long)) / worth.scale
    nearest_ratio = _nearest(RATIOS, ratio)
    nearest_age = _nearest_age(months)
    table = waiting_table()
    total = ZERO
    for place_v, part_v in _neighbours(VOLATILITIES, worth.volatility):
        for place_c, part_c in _neighbours(COSTS, worth.cost / worth.scale):
            row = table[place_v, nearest_ratio, place_c, nearest_age]
            total += part_v * part_c * (row[0] if price is None else _at_price(row, price))
    return total


@cache
def _nearest_age(months: int) -> int:
    """The place of the nearest age in the table; there are no more than thirteen to keep."""
    return min(range(len(MONTHS)), key=lambda place: abs(MONTHS[place] - _same_side(months, place)))


def _same_side(months: int, place: int) -> int:
    """`months`, put out of reach where the entry is on the other side of the year's end."""
    is_same = (months >= LONG_MONTHS) == (MONTHS[place] >= LONG_MONTHS)
    return months if is_same else months + 10 * LONG_MONTHS


def _at_price(row: Row, price: Decimal) -> Decimal:
    """The value at `price`, on the straight line through the two entries around it or beside it."""
    right = min(max(bisect_left(PRICES, price), 1), len(PRICES) - 1)
    low, high = PRICES[right - 1], PRICES[right]
    part = (min(price, ONE) - low) / (high - low)
    return row[right] + (row[right + 1] - row[right]) * part


def _nearest(entries: Sequence[Decimal], value: Decimal) -> int:
    return min(range(len(entries)), key=lambda place: abs(entries[place] - value))


def _neighbours(entries: Sequence[Decimal], value: Decimal) -> tuple[tuple[int, Decimal], ...]:
    """The places around `value` with their parts; one place at and beyond the ends."""
    right = bisect_left(entries, value)
    if right == 0:
        return ((0, ONE),)
    if right == len(entries):
        return ((len(entries) - 1, ONE),)
    part = (value - entries[right - 1]) / (entries[right] - entries[right - 1])
    return ((right - 1, ONE - part), (right, part))
