"""A plan that somebody else worked out, put through the rules: whole shares, cash, budget, windows, sizes."""

from collections.abc import Mapping
from decimal import Decimal

from taxharvest.engine.rebalance.desk import Desk, Pair
from taxharvest.engine.rebalance.lots import whole_units
from taxharvest.engine.rebalance.records import Plan, RebalanceFacts
from taxharvest.engine.rebalance.selling import cash_raise

ZERO = Decimal(0)
WHY = "Worked out over all assets at once, against risk, costs and tax."
# A share less a millionth: a solver's answer is never quite whole.
NEARLY = Decimal("0.000001")


def checked_plan(facts: RebalanceFacts, wanted: Mapping[Pair, Decimal], name: str) -> Plan:
    """The plan that makes `wanted` changes of shares (sales below zero) as far as every rule lets it.

    Shares are rounded towards zero. Losses are sold first, so that they make room in the gain budget. Cash
    that rounding leaves short of a withdrawal is raised; cash that it leaves over stays.
    """
    desk = Desk(facts)
    sales = {pair: whole_units(-units + NEARLY) for pair, units in wanted.items() if units < 0}
    for pair in sorted(sales, key=lambda pair: _gain_key(desk, pair, sales[pair])):
        if sales[pair] > 0:
            desk.sell(pair, sales[pair], WHY)
    cash_raise(desk)
    purchases = {pair: whole_units(units + NEARLY) for pair, units in wanted.items() if units > 0}
    for pair in sorted(purchases, key=lambda pair: _value_key(desk, pair, purchases[pair])):
        if purchases[pair] > 0:
            desk.buy(pair, purchases[pair], WHY)
    return desk.plan(name)


def _gain_key(desk: Desk, pair: Pair, units: Decimal) -> tuple[Decimal, int, int]:
    gain = ZERO
    lots = desk.lots.get(pair)
    for lot, remaining in lots.fragments() if lots else ():
        part = min(remaining, units)
        gain += part * lots.counted_per_unit(lot) if lots else ZERO
        units -= part
    return gain, pair[0].int, pair[1].int


def _value_key(desk: Desk, pair: Pair, units: Decimal) -> tuple[Decimal, int, int]:
    """The largest purchase first: what the cash no longer pays for is then the smallest."""
    return -units * (desk.assets[pair[1]].price or ZERO), pair[0].int, pair[1].int
