"""How near two series of closes are, reckoned by hand and against the standard library."""

import math
import random
import statistics
from datetime import date, timedelta
from decimal import Decimal

import pytest

from taxharvest.engine.harvest.replacements import Likeness
from taxharvest.quant.tracking import (
    LEAST_SAMPLE,
    MOST_SAMPLE,
    Series,
    daily_returns,
    likeness_of,
    series_of,
    volatility_of,
)

D = Decimal
FIRST = date(2026, 1, 1)


def series(returns: list[float], first: date = FIRST) -> Series:
    """A series that starts at 100 and has these daily returns."""
    closes = [100.0]
    for one in returns:
        closes.append(closes[-1] * math.exp(one))
    return Series(tuple(first + timedelta(days=day) for day in range(len(closes))), tuple(closes))


def walk(seed: int, count: int = 300, spread: float = 0.01) -> list[float]:
    """Seeded returns."""
    generator = random.Random(seed)
    return [generator.gauss(0, spread) for _ in range(count)]


def test_the_same_series_is_one_with_itself() -> None:
    one = series(walk(1))

    assert likeness_of(one, one) == Likeness(correlation=D(1), tracking_error=D(0), sample=300)


def test_opposite_series_are_as_far_apart_as_can_be() -> None:
    up = walk(1)

    found = likeness_of(series(up), series([-one for one in up]))

    assert found.correlation == -1
    spread = statistics.stdev(up) * 2 * math.sqrt(252)
    assert found.tracking_error == Decimal(repr(spread)).quantize(D("0.000001"))


def test_correlation_and_tracking_error_are_those_of_the_textbook() -> None:
    one, other = walk(1), walk(2)
    mixed = [0.8 * left + 0.6 * right for left, right in zip(one, other, strict=True)]

    found = likeness_of(series(one), series(mixed))

    assert float(found.correlation or 0) == pytest.approx(statistics.correlation(one, mixed), abs=1e-6)
    apart = [left - right for left, right in zip(one, mixed, strict=True)]
    assert float(found.tracking_error or 0) == pytest.approx(
        statistics.stdev(apart) * math.sqrt(252), abs=1e-6
    )


def test_with_equal_swings_it_is_sigma_times_the_root_of_twice_what_is_not_shared() -> None:
    """Sigma sqrt(2 (1 - rho)), exact for series of one volatility."""
    one = [0.01, -0.01] * 100
    other = [0.01, -0.01, -0.01, 0.01] * 50

    found = likeness_of(series(one), series(other))

    assert found.correlation == 0
    sigma = statistics.stdev(one) * math.sqrt(252)
    assert float(found.tracking_error or 0) == pytest.approx(sigma * math.sqrt(2), abs=1e-4)


def test_fewer_than_sixty_common_days_say_nothing() -> None:
    one = series(walk(1, LEAST_SAMPLE))
    late = series(walk(2, LEAST_SAMPLE), FIRST + timedelta(days=1))

    assert likeness_of(one, one).sample == LEAST_SAMPLE
    assert likeness_of(one, late) == Likeness(correlation=None, tracking_error=None, sample=LEAST_SAMPLE - 1)


def test_only_the_last_three_years_count() -> None:
    assert likeness_of(series(walk(1, 1000)), series(walk(2, 1000))).sample == MOST_SAMPLE


def test_a_series_that_does_not_move_has_no_correlation() -> None:
    found = likeness_of(series([0.0] * 100), series(walk(1, 100)))

    assert found.correlation is None
    assert found.tracking_error is not None


def test_a_step_over_a_gap_is_no_daily_return() -> None:
    days = (FIRST, FIRST + timedelta(days=7), FIRST + timedelta(days=15), FIRST + timedelta(days=16))

    assert list(daily_returns(Series(days, (1.0, 2.0, 3.0, 4.0)))) == [days[1], days[3]]


def test_closes_come_in_order_and_those_of_nothing_are_left_out() -> None:
    found = series_of({FIRST + timedelta(days=2): D(3), FIRST: D(1), FIRST + timedelta(days=1): D(0)})

    assert found == Series((FIRST, FIRST + timedelta(days=2)), (1.0, 3.0))


def test_the_volatility_is_that_of_a_year_or_not_known() -> None:
    returns = walk(3, 200)

    found = volatility_of(series(returns))

    assert float(found or 0) == pytest.approx(statistics.stdev(returns) * math.sqrt(252), abs=1e-6)
    assert volatility_of(series(returns[: LEAST_SAMPLE - 1])) is None
