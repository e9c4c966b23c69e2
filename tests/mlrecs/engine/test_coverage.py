"""Back-tests of a value at risk on runs that can be reckoned by hand."""

import math

import pytest

from mlrecs.engine.coverage import Zone, coverage_of, independence_ratio, kupiec_ratio, zone_of


def test_kupiec_compares_the_rate_with_the_one_that_was_told() -> None:
    expected = 2 * (97 * math.log(0.97 / 0.99) + 3 * math.log(0.03 / 0.01))

    assert kupiec_ratio(100, 3, 0.01) == pytest.approx(expected)
    assert kupiec_ratio(100, 1, 0.01) == pytest.approx(0)
    assert kupiec_ratio(0, 0, 0.01) is None


def test_no_failure_at_all_is_judged_too() -> None:
    assert kupiec_ratio(250, 0, 0.01) == pytest.approx(-2 * 250 * math.log(0.99))


def test_failures_that_follow_failures_are_not_independent() -> None:
    spread = ([True] + [False] * 9) * 10
    clustered = [True] * 10 + [False] * 90
    together = coverage_of(clustered, 0.95)

    assert independence_ratio(clustered) == pytest.approx(53.81629, abs=1e-4)
    assert (independence_ratio(spread) or 0) < 2.5
    assert together.passes is False
    assert independence_ratio([False] * 50) is None


def test_the_conditional_test_adds_both_up() -> None:
    failures = ([True] + [False] * 19) * 10
    found = coverage_of(failures, 0.95)
    both = (kupiec_ratio(200, 10, 0.05) or 0) + (independence_ratio(failures) or 0)

    assert (found.days, found.count, found.rate) == (200, 10, 0.05)
    assert found.expected == pytest.approx(10)
    assert found.conditional == pytest.approx(math.exp(-both / 2))


def test_nothing_is_said_of_no_days() -> None:
    found = coverage_of([], 0.99)

    assert (found.rate, found.passes, found.unconditional, found.zone) == (None, None, None, None)


@pytest.mark.parametrize(
    ("count", "zone"),
    [(0, Zone.GREEN), (4, Zone.GREEN), (5, Zone.YELLOW), (9, Zone.YELLOW), (10, Zone.RED)],
)
def test_the_light_counts_the_failures_of_a_year(count: int, zone: Zone) -> None:
    run = [True] * 30 + [False] * (250 - count) + [True] * count

    assert zone_of(count) is zone
    assert (coverage_of(run, 0.99).zone, coverage_of(run, 0.99).recent) == (zone, count)
    assert coverage_of(run, 0.95).zone is None
    assert coverage_of(run[-249:], 0.99).zone is None
