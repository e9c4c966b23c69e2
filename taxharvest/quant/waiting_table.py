"""The table of the value of waiting: the decisions of `waiting_value` at the entries that the rules read."""

import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import product

from taxharvest.engine.harvest.waiting import COSTS, MONTHS, PRICES, RATIOS, VOLATILITIES
from taxharvest.quant.waiting_value import (
    MONTHS_A_YEAR,
    WaitingModel,
    WaitingValues,
    lognormal_moves,
    rounded,
    solve,
    threshold,
    value_of_waiting,
)

# Prices are taken to grow by 5 % a year on the whole, and later amounts to be worth 5 % less a year.
DRIFT = 0.05
DISCOUNT_RATE = 0.05
HEADER = ("volatility", "long_to_short", "cost", "months", "threshold", *(f"at_{price}" for price in PRICES))


def table_rows() -> Iterator[tuple[str, ...]]:
    """Every row of the table as text, in order; some two hundred decisions, a minute or two in all."""
    for volatility, ratio, cost in product(VOLATILITIES, RATIOS, COSTS):
        yield from rows_of(volatility, ratio, cost)


def rows_of(volatility: Decimal, ratio: Decimal, cost: Decimal) -> Iterator[tuple[str, ...]]:
    """The rows by age of one decision, for a short-term loss worth one."""
    values = solve(model_of(volatility, ratio, cost))
    for months in MONTHS:
        facts = (f"{volatility}", f"{ratio}", f"{cost}", f"{months}")
        yield (*facts, *_numbers(values, months))


def model_of(volatility: Decimal, ratio: Decimal, cost: Decimal) -> WaitingModel:
    """The decision with ten years to go that an entry stands for."""
    return WaitingModel(
        short_rate=1.0,
        long_rate=float(ratio),
        cost=float(cost),
        moves=lognormal_moves(float(volatility), DRIFT),
        discount=math.exp(-DISCOUNT_RATE / MONTHS_A_YEAR),
    )


def _numbers(values: WaitingValues, months: int) -> tuple[str, ...]:
    numbers = [threshold(values, months)]
    numbers += [value_of_waiting(values, months, float(price)) for price in PRICES]
    return tuple(f"{rounded(number)}" for number in numbers)
