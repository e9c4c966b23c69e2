"""The value of waiting: two steps by hand, the closed forms of simple worlds, and what volatility does."""

import csv
import math
from decimal import Decimal
from typing import Any

import pytest

from taxharvest.engine.harvest.waiting import (
    COSTS,
    MONTHS,
    PRICES,
    RATIOS,
    TABLE,
    VOLATILITIES,
    waiting_table,
)
from taxharvest.quant.waiting_table import HEADER, rows_of
from taxharvest.quant.waiting_value import (
    LONG,
    PriceMoves,
    WaitingModel,
    lognormal_moves,
    rounded,
    solve,
    threshold,
    value_of_waiting,
)

STEP = math.log(1.25)
# Up by a quarter or down by a fifth, each as likely: the points of the grid meet.
BINOMIAL = PriceMoves(steps=(STEP, -STEP), chances=(0.5, 0.5))
STILL = lognormal_moves(0.0, 0.0)


def model(**facts: Any) -> WaitingModel:
    """A lot whose loss is worth one dollar a dollar, whatever its term, with ten years to go."""
    values: dict[str, Any] = {
        "short_rate": 1.0,
        "long_rate": 1.0,
        "cost": 0.01,
        "moves": STILL,
        "discount": math.exp(-0.05 / 12),
    }
    return WaitingModel(**(values | facts))


def lattice(months: int) -> WaitingModel:
    """Prices over basis of 0.512, 0.64, 0.8, 1, 1.25, 1.5625 and 1.953125, a rate of 30 %, a cost of 3 %."""
    return model(
        short_rate=0.3,
        long_rate=0.3,
        cost=0.03,
        moves=BINOMIAL,
        discount=1.0,
        months=months,
        lowest=-3 * STEP,
        spacing=STEP,
        points=7,
    )


def test_one_step_of_the_lattice_by_hand() -> None:
    """At the end a loss of 20 % is worth 0.06 - 0.03 = 0.03, one of 36 % is worth 0.078.

    Harvest at 0.8: 0.03 + 0.8 (0 + 0.03) / 2 = 0.042. Wait: (0 + 0.078) / 2 = 0.039.
    """
    values = solve(lattice(1))

    assert values.renewed == pytest.approx(0.015, abs=1e-8)
    assert values.harvest[2, 1] == pytest.approx(0.042, abs=1e-8)
    assert values.wait[2, 1] == pytest.approx(0.039, abs=1e-8)
    assert threshold(values, 1) == pytest.approx(0.8 + 0.2 * 0.003 / (0.003 + 0.03), abs=1e-8)


def test_two_steps_of_the_lattice_by_hand() -> None:
    """With two steps to go it is better to wait at 0.8, and to harvest at 0.64.

    One step before the end the lot is worth 0.015 at 1, 0.042 at 0.8, 0.0876 at 0.64 and 0.12408 at 0.512.
    Harvest at 0.8: 0.03 + 0.8 (0 + 0.042) / 2 = 0.0468. Wait: (0.015 + 0.0876) / 2 = 0.0513.
    Harvest at 0.64: 0.078 + 0.64 × 0.021 = 0.09144. Wait: (0.042 + 0.12408) / 2 = 0.08304.
    """
    values = solve(lattice(2))

    assert values.renewed == pytest.approx(0.021, abs=1e-8)
    assert values.harvest[2, 1] == pytest.approx(0.0468, abs=1e-8)
    assert values.wait[2, 1] == pytest.approx(0.0513, abs=1e-8)
    assert values.harvest[1, 1] == pytest.approx(0.09144, abs=1e-8)
    assert values.wait[1, 1] == pytest.approx(0.08304, abs=1e-8)
    assert threshold(values, 1) == pytest.approx(0.64 + 0.16 * 0.0084 / 0.0129, abs=1e-8)
    assert value_of_waiting(values, 1, 0.8) == pytest.approx(0.0513 - 0.8 * 0.021, abs=1e-8)


def test_where_the_price_stands_still_a_loss_is_taken_once_it_pays_its_cost() -> None:
    cost = 1 - math.exp(-0.05)

    values = solve(model(cost=cost))

    assert threshold(values, 1) == pytest.approx(math.exp(-0.05), abs=1e-9)
    assert value_of_waiting(values, 1, 0.8) == pytest.approx(math.exp(-0.05 / 12) * (0.2 - cost), abs=1e-4)


@pytest.mark.parametrize("volatility", [0.0, 0.1, 0.3, 0.6])
@pytest.mark.parametrize("long_rate", [0.25, 1.0])
def test_without_a_cost_every_loss_is_taken(volatility: float, long_rate: float) -> None:
    values = solve(model(cost=0.0, moves=lognormal_moves(volatility, 0.05), long_rate=long_rate))

    assert [threshold(values, months) for months in (1, 6, 12, LONG)] == [1.0, 1.0, 1.0, 1.0]


def test_the_loss_asked_for_rises_with_volatility() -> None:
    found = [
        threshold(solve(model(moves=lognormal_moves(volatility, 0.05))), 6)
        for volatility in (0.0, 0.1, 0.2, 0.4, 0.8)
    ]

    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(0.99, abs=0.002)
    assert found[-1] < 0.87


def test_the_loss_asked_for_rises_with_the_cost() -> None:
    moves = lognormal_moves(0.2, 0.05)

    found = [threshold(solve(model(moves=moves, cost=cost)), 6) for cost in (0.0, 0.005, 0.01, 0.04)]

    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 4


def test_a_loss_is_taken_sooner_where_its_rate_is_about_to_fall() -> None:
    values = solve(model(moves=lognormal_moves(0.2, 0.05), long_rate=0.25))

    assert threshold(values, 1) < threshold(values, 9) <= threshold(values, 12)


def test_a_loss_that_never_pays_its_cost_is_never_taken() -> None:
    values = solve(model(long_rate=0.0))

    assert threshold(values, LONG) == 0.0
    assert value_of_waiting(values, LONG, 0.7) == 0.0


def test_the_mean_and_the_spread_of_a_month_are_those_asked_for() -> None:
    moves = lognormal_moves(0.24, 0.06)
    mean = sum(chance * math.exp(step) for step, chance in zip(moves.steps, moves.chances, strict=True))
    steps = [(step, chance) for step, chance in zip(moves.steps, moves.chances, strict=True)]
    centre = sum(step * chance for step, chance in steps)
    spread = math.sqrt(sum(chance * (step - centre) ** 2 for step, chance in steps))

    assert mean == pytest.approx(math.exp(0.06 / 12), abs=1e-9)
    assert spread == pytest.approx(0.24 / math.sqrt(12), abs=1e-9)


def test_a_statistic_leaves_with_five_places() -> None:
    assert rounded(0.123456789) == Decimal("0.12346")


def test_the_table_has_every_entry() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))

    assert tuple(rows[0]) == HEADER
    assert len(rows) - 1 == len(VOLATILITIES) * len(RATIOS) * len(COSTS) * len(MONTHS)
    assert len(waiting_table()) == len(rows) - 1


@pytest.mark.parametrize(
    ("volatility", "ratio", "cost"), [("0.05", "1", "0"), ("0.20", "0.25", "0.01"), ("0.80", "0.5", "0.08")]
)
def test_the_table_is_what_the_decision_gives(volatility: str, ratio: str, cost: str) -> None:
    table = waiting_table()
    place = (
        VOLATILITIES.index(Decimal(volatility)),
        RATIOS.index(Decimal(ratio)),
        COSTS.index(Decimal(cost)),
    )

    for row in rows_of(Decimal(volatility), Decimal(ratio), Decimal(cost)):
        kept = table[*place, MONTHS.index(int(row[3]))]
        differences = [abs(one - Decimal(text)) for one, text in zip(kept, row[4:], strict=True)]
        # The last place may hang on the machine's arithmetic.
        assert max(differences) <= Decimal("0.00002")


def test_in_the_table_the_loss_asked_for_rises_with_volatility() -> None:
    table = waiting_table()
    same_rates = RATIOS.index(Decimal(1))
    for cost in range(len(COSTS)):
        found = [table[place, same_rates, cost, 0][0] for place in range(len(VOLATILITIES))]
        assert found == sorted(found, reverse=True)


def test_prices_of_the_table_are_in_order() -> None:
    assert list(PRICES) == sorted(PRICES)
    assert PRICES[-1] == 1
