"""What a plan aims at, asset by asset, reckoned by hand."""

from decimal import Decimal

from taxharvest.engine.rebalance.desk import Desk
from taxharvest.engine.rebalance.goals import goal_values
from taxharvest.engine.rebalance.records import Asset, HeldLot, Wish
from tests.taxharvest.engine.rebalance.wishes import (
    IRA,
    account,
    asset,
    asset_id,
    facts,
    lot,
    target,
)

STOCKS = [target("stock", "0.6"), target("bond", "0.3")]


def goals(
    assets: list[Asset],
    lots: list[HeldLot],
    wish: Wish | None = None,
    *,
    cash: str = "0",
    fixed: dict[int | None, Decimal] | None = None,
) -> dict[str, Decimal]:
    """The goal of each asset by its symbol."""
    desk = Desk(facts([account(cash=cash), account(IRA)], assets, lots, STOCKS, wish, fixed=fixed))
    symbols = {one.id: one.symbol for one in assets}
    return {symbols[key]: value for key, value in goal_values(desk).items()}


def test_a_target_is_spread_in_the_proportion_in_which_its_assets_are_held() -> None:
    """1,000 in all: 300 ACME over two accounts and 100 BETA share 600 three to one."""
    assets = [asset("ACME", "10", 0), asset("BETA", "20", 0), asset("BOND", "5", 1)]
    held = [lot(1, "ACME", "20", "1"), lot(2, "ACME", "10", "1", at=IRA), lot(3, "BETA", "5", "1")]
    assert goals(assets, held, cash="600") == {"ACME": 450, "BETA": 150, "BOND": 300}


def test_a_target_of_which_nothing_is_held_is_spread_evenly_over_what_may_be_bought() -> None:
    """600 over ACME and BETA; the third fund is in a window, the fourth has no price."""
    assets = [
        asset("ACME", "10", 0),
        asset("BETA", "20", 0),
        asset("LATE", "20", 0, blocked="a loss was sold."),
        asset("NONE", None, 0),
    ]
    assert goals(assets, [], cash="1000") == {"ACME": 300, "BETA": 300}


def test_where_nothing_of_a_target_may_be_bought_no_asset_has_a_goal() -> None:
    assert goals([asset("LATE", "20", 0, blocked="a loss was sold.")], [], cash="1000") == {}


def test_what_no_target_covers_stays_unless_it_is_to_be_sold() -> None:
    assets = [asset("ACME", "10", 0), asset("REST", "10", None)]
    held = [lot(1, "ACME", "60", "1"), lot(2, "REST", "40", "1")]
    assert goals(assets, held) == {"ACME": 600, "REST": 400}
    assert goals(assets, held, Wish(sells_untargeted=True)) == {"ACME": 600, "REST": 0}


def test_what_cannot_be_traded_counts_towards_its_target() -> None:
    """1,000 in all, 200 of it fixed among the stocks: 400 of 600 are left to ACME."""
    held = [lot(1, "ACME", "80", "1")]
    assert goals([asset("ACME", "10", 0)], held, fixed={0: Decimal(200)}) == {"ACME": 400}


def test_a_target_that_is_met_by_what_cannot_be_traded_wants_nothing_more() -> None:
    held = [lot(1, "ACME", "10", "1")]
    assert goals([asset("ACME", "10", 0)], held, fixed={0: Decimal(900)}) == {"ACME": 0}


def test_what_has_no_price_is_worth_nothing_and_gets_no_part() -> None:
    assets = [asset("ACME", "10", 0), asset("NONE", None, 0)]
    held = [lot(1, "ACME", "50", "1"), lot(2, "NONE", "50", "1")]
    assert goals(assets, held, cash="500") == {"ACME": 600}
    assert asset_id("NONE") not in goals(assets, held, cash="500")
