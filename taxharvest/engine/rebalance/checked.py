"""A plan that somebody else worked out, put through the rules: whole shares, cash, budget, windows, sizes."""

from collections.abc import Mapping
from decimal import Decimal

from taxharvest.engine.rebalance.desk import Desk, Pair
from taxharvest.engine.rebalance.lots import whole_units
from taxharvest.engine.rebalance.records import Plan, RebalanceFacts
from taxharvest.engine.rebalance.selling import cash_raise, gain_of

ZERO = Decimal(0)
WHY = "Worked out over all assets at once, against risk, costs and tax."
# A share less a millionth: a solver's answer is never quite whole.
NEARLY = Decimal("0.000001")


def checked_plan(facts: RebalanceFacts, wanted: Mapping[Pair, Decimal], name: str) -> Plan:
    """The plan that makes `wanted` changes of shares (sales below zero) as far as every rule lets it.

    Shares are rounded towards zero; what is not held is not sold. Losses are sold first, so that they make
    room in the gain budget. Cash that rounding leaves short of a withdrawal is raised; cash that it leaves
    over stays.
    """
    desk = Desk(facts)
    # A solver's zero may be a little below it where nothing is held.
    sales = {pair: -units for pair, units in wanted.items() if units < 0 and pair in desk.lots}
    whole = _whole(sales)
    for pair in sorted(whole, key=lambda pair: gain_of(desk, pair, whole[pair])):
        desk.sell(pair, whole[pair], WHY)
    cash_raise(desk)
    purchases = _whole(wanted)
    for pair in sorted(purchases, key=lambda pair: _value_key(desk, pair, purchases[pair])):
        desk.buy(pair, purchases[pair], WHY)
    return desk.plan(name)


def _whole(wanted: Mapping[Pair, Decimal]) -> dict[Pair, Decimal]:
    """Whole shares, of what comes to one at least."""
    return {pair: units for pair, part in wanted.items() if (units := whole_units(part + NEARLY)) > 0}


def _value_key(desk: Desk, pair: Pair, units: Decimal) -> tuple[Decimal, int, int]:
    """The largest purchase first: what the cash no longer pays for is then the smallest."""
    return -units * (desk.assets[pair[1]].price or ZERO), pair[0].int, pair[1].int
