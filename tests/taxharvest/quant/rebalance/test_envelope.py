"""The envelope: convex, nowhere above its function, and tighter the more curvature it borrows."""

import numpy as np
import pytest

from taxharvest.engine.rebalance.desk import Desk
from taxharvest.quant.rebalance.envelope import envelope, tax_of_sale
from taxharvest.quant.rebalance.numbers import Numbers, numbers_of
from tests.taxharvest.engine.rebalance.wishes import account, asset, facts, lot, target


def numbers() -> Numbers:
    """30,000 of ACME at a loss and 30,000 at a gain, 40,000 of BETA; both stand on their targets."""
    held = [
        lot(1, "ACME", "3000", "60000"),
        lot(2, "ACME", "3000", "6000"),
        lot(3, "BETA", "4000", "40000"),
    ]
    assets = [asset("ACME", "10", 0), asset("BETA", "10", 1)]
    return numbers_of(Desk(facts([account()], assets, held, [target("ACME", "0.6"), target("BETA", "0.4")])))


def own_part(of: Numbers, trade: float, curvature: float) -> float:
    distance = of.held[0] + trade - of.goals[0]
    tax = tax_of_sale(of.sellable(0), max(0.0, -trade))
    return float(of.risk_weight * curvature * distance**2 + of.tax_weight * tax + of.cost[0] * abs(trade))


def test_the_tax_goes_by_lots_the_loss_first() -> None:
    """The loss saves 0.2 on each unit, the gain costs 0.16."""
    segments = numbers().sellable(0)
    assert [round(one.tax, 10) for one in segments] == [-0.2, 0.16]
    assert tax_of_sale(segments, 0.1) == pytest.approx(-0.02)
    assert tax_of_sale(segments, 0.4) == pytest.approx(-0.06 + 0.016)


@pytest.mark.parametrize("curvature", [0.001, 0.04, 0.5])
def test_it_is_convex_and_nowhere_above(curvature: float) -> None:
    of = numbers()
    lines = envelope(of, 0, curvature)
    slopes = [slope for slope, _ in lines]
    assert slopes == sorted(slopes)
    for trade in np.linspace(-0.6, 0.01, 201):
        under = max(slope * trade + intercept for slope, intercept in lines)
        # Between two points the chord of a parabola is a little above it.
        assert under <= own_part(of, float(trade), curvature) + of.risk_weight * curvature * 0.01**2


def test_more_curvature_keeps_the_sale_smaller() -> None:
    """The least of the envelope is where the relaxation wants to go: all of the loss lot, or a part of it."""
    of = numbers()
    grid = np.linspace(-0.6, 0.01, 611)

    def best(curvature: float) -> float:
        values = [max(a * trade + b for a, b in envelope(of, 0, curvature)) for trade in grid]
        return float(grid[int(np.argmin(values))])

    assert best(0.001) == pytest.approx(-0.3, abs=0.01)
    # 20 · 0.04 · u² - 0.2 u is least at u = 0.125.
    assert best(0.04) == pytest.approx(-0.125, abs=0.01)
