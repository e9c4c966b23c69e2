"""Filtered historical simulation reproduces what was measured, and looks at nothing later."""

from decimal import Decimal

import numpy as np
import pytest

from mlrecs.engine.coverage import Zone, coverage_of
from mlrecs.quant.risk.checks import bias_check, tail_check
from mlrecs.quant.risk.simulation import Simulation, simulate
from tests.mlrecs.universe import returns


@pytest.fixture(scope="module")
def equal() -> tuple[int, Simulation]:
    """The 20 stocks in equal weights, and the first row of 2000."""
    days, table = returns()
    return next(row for row, day in enumerate(days) if day >= "2000"), simulate(np.log1p(table.mean(axis=1)))


@pytest.mark.parametrize(
    ("place", "count", "chances"),
    [(0, 299, ("0.0517", "0.5585", "0.5051")), (1, 68, ("0.0118", "0.1919", "0.2524"))],
)
def test_the_equal_weighted_stocks_exceed_as_often_as_was_measured(
    equal: tuple[int, Simulation], place: int, count: int, chances: tuple[str, ...]
) -> None:
    since, simulation = equal
    tail = simulation.tails[place]
    found = coverage_of(simulation.failures(tail, since=since).tolist(), tail.level)

    assert (found.days, found.count, found.passes) == (5785, count, True)
    told = (found.rate, found.unconditional, found.independence)
    assert [round(Decimal(one or 0), 4) for one in told] == [Decimal(one) for one in chances]


def test_the_last_year_of_the_stocks_is_green(equal: tuple[int, Simulation]) -> None:
    since, simulation = equal
    found = coverage_of(simulation.failures(simulation.tails[1], since=since).tolist(), 0.99)

    assert (found.recent, found.zone) == (3, Zone.GREEN)


def test_the_mean_beyond_was_right_and_the_volatility_a_little_too_low(equal: tuple[int, Simulation]) -> None:
    since, simulation = equal
    rows = simulation.tested(simulation.tails[1], since=since)
    tail = tail_check(simulation, simulation.tails[1], rows)
    bias = bias_check(simulation, rows)

    assert (tail.count, tail.passes) == (68, True)
    assert bias is not None
    assert (bias.days, round(bias.bias, 4), bias.passes) == (5785, 1.0463, False)


def test_the_forecast_of_a_day_knows_nothing_of_it_or_later() -> None:
    made = np.random.default_rng(3).normal(0, 0.01, 700)
    changed = made.copy()
    changed[500:] = changed[500:][::-1] * 20
    before, after = simulate(made), simulate(changed)

    for one, other in zip(before.tails, after.tails, strict=True):
        assert one.quantiles[:501].tobytes() == other.quantiles[:501].tobytes()
        assert one.means[:501].tobytes() == other.means[:501].tobytes()
        assert one.quantiles[501] != other.quantiles[501]


def test_the_quantile_is_that_of_the_window_times_the_volatility() -> None:
    made = np.random.default_rng(4).normal(0, 0.01, 400)
    found = simulate(made, window=100, least=50)
    scaled = made / found.volatilities[:-1]

    for tail in found.tails:
        expected = np.quantile(scaled[200:300], 1 - tail.level) * found.volatilities[300]
        assert tail.quantiles[300] == pytest.approx(expected)
        beyond = np.sort(scaled[200:300])[: int((1 - tail.level) * 99) + 1]
        assert tail.means[300] == pytest.approx(beyond.mean() * found.volatilities[300])


def test_only_the_day_to_come_is_forecast_from_little() -> None:
    found = simulate(np.random.default_rng(5).normal(0, 0.01, 200))

    assert np.isnan(found.tails[0].quantiles[:-1]).all()
    assert -0.05 < found.tails[1].quantiles[-1] < found.tails[0].quantiles[-1] < 0
    assert found.tested(found.tails[0]).tolist() == []
    assert bias_check(found, found.tested(found.tails[0])) is None
    assert tail_check(found, found.tails[0], found.tested(found.tails[0])).passes is None
