"""The worst that planned trades may come to: which lots a sale that rests may reach, at what price."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from portfolios.engine.records import LotChoice, PortfolioRecord, ReliefMethod, TransactionKind
from taxharvest.engine.harvest.planned_trades import PlannedTrade
from taxharvest.engine.harvest.worst_fills import BEHIND, at_their_worst, may_lose
from taxharvest.engine.what_if import SaleLedger
from tests.portfolios.engine.ledger_rows import ACME, AWAY, HOME, buy, row, seen
from tests.taxharvest.engine.harvest.guarded_ledger import OLD, TODAY, ledger, trade
from trading.engine.tax_looks import TrapKind

# 10 ACME that cost 14 each and, after them, 10 that cost 12.
DEAR, CHEAP = OLD, buy("2026-03-05", "10", "120")
BOTH = ledger(DEAR, CHEAP)


def resting(quantity: str, **facts: Any) -> PlannedTrade:
    """A sale of ACME in HOME that rests at 10."""
    values: dict[str, Any] = {"portfolio_id": HOME, "rests": True, "last": None}
    return trade(quantity, **(values | facts))


def relieved_by(method: ReliefMethod) -> SaleLedger:
    """Both lots in an account that sells by this method."""
    home = PortfolioRecord(id=HOME, base_currency="USD", relief=method)
    return replace(BOTH, portfolios={**BOTH.portfolios, HOME: home})


def lots_closed(before: SaleLedger, *trades: PlannedTrade) -> list[list[tuple[object, ...]]]:
    """For each sale that comes to something: the place of each lot it closes, and how much of it."""
    rows = [one.row(TODAY, place) for place, one in enumerate(trades)]
    places = {lot.root_id: place for place, lot in enumerate(before.lots_of(HOME, ACME))}
    return [
        [(places.get(choice.lot_id, "planned"), choice.quantity) for choice in worst.lots]
        for worst in at_their_worst(before, trades, rows)
        if worst.quantity < 0
    ]


def paid(*trades: PlannedTrade) -> tuple[Decimal | None, Decimal]:
    """Price and amount of the first trade at its worst beside the others."""
    worst = at_their_worst(BOTH, trades, [one.row(TODAY, place) for place, one in enumerate(trades)])
    return worst[0].price, worst[0].amount


def test_a_sale_that_rests_closes_half_of_every_lot_at_the_least_that_it_may_bring() -> None:
    """5 of each lot at 8 bring 80, behind every purchase of the day."""
    sale = resting("-20", worst=Decimal(8))
    plain = sale.row(TODAY, 0)

    (worst,) = at_their_worst(BOTH, [sale], [plain])

    assert seen(worst.quantity, worst.price, worst.amount) == (-10, 8, 80)
    assert [choice.quantity for choice in worst.lots] == [5, 5]
    assert (worst.id, worst.sequence) == (plain.id, plain.sequence + BEHIND)


@pytest.mark.parametrize(("price", "lots"), [("11.99", [0, 1]), ("12", [0]), ("13.99", [0]), ("14", [])])
def test_only_lots_that_cost_more_than_it_may_bring_are_closed(price: str, lots: list[int]) -> None:
    closed = lots_closed(BOTH, resting("-20", price=Decimal(price)))

    assert [place for sale in closed for place, _ in sale] == lots


def test_a_trade_that_does_not_rest_stays_as_it_is() -> None:
    trades = [trade("-20", portfolio_id=HOME), trade("3")]
    rows = [one.row(TODAY, place) for place, one in enumerate(trades)]

    assert at_their_worst(BOTH, trades, rows) == rows


@pytest.mark.parametrize(
    ("method", "lots"),
    [
        (ReliefMethod.FIFO, [(0, 5)]),
        (ReliefMethod.LIFO, [(1, 5)]),
        (ReliefMethod.HIFO, [(0, 5), (1, 5)]),
        (ReliefMethod.MINIMUM_TAX, [(0, 5), (1, 5)]),
    ],
)
def test_by_age_a_sale_reaches_as_many_shares_as_it_sells_and_otherwise_every_lot(
    method: ReliefMethod, lots: list[tuple[int, int]]
) -> None:
    assert lots_closed(relieved_by(method), resting("-10")) == [lots]


def test_sales_of_one_position_reach_as_far_as_all_of_them_together() -> None:
    """4 and 8 of 20 shares come to both lots; what the first closes the second leaves."""
    assert lots_closed(BOTH, resting("-4"), resting("-8")) == [[(0, 5), (1, 5)]]


@pytest.mark.parametrize("method", [ReliefMethod.FIFO, ReliefMethod.HIFO])
def test_where_lots_are_named_a_sale_comes_to_no_others(method: ReliefMethod) -> None:
    before = relieved_by(method)
    second = before.lots_of(HOME, ACME)[1].root_id
    named = (LotChoice(lot_id=second, quantity=Decimal(4)),)

    assert lots_closed(before, resting("-4", lots=named)) == [[(1, 5)]]


def test_shares_that_a_plan_buys_the_same_day_may_be_sold_too() -> None:
    """4 ACME by plan at 10 cost 11 beside a sale at 10, so they lose as well."""
    plan = trade("4", TrapKind.RECURRING, portfolio_id=HOME)

    assert lots_closed(BOTH, plan, resting("-24")) == [[(0, 5), (1, 5), ("planned", 2)]]


@pytest.mark.parametrize(
    ("sale", "price", "amount"),
    [
        # A tenth above the price of today, or above that of a sale which waits for a higher one.
        ({"price": Decimal(9)}, "11", "-33"),
        ({"price": Decimal(12)}, "13.2", "-39.6"),
        ({"price": Decimal(12), "worst": Decimal(11)}, "12.1", "-36.3"),
        # Nothing that rests beside it: as planned.
        ({"price": Decimal(12), "rests": False}, "10", "-30"),
        ({"price": Decimal(12), "portfolio_id": AWAY}, "10", "-30"),
    ],
)
def test_a_purchase_by_plan_is_paid_above_a_sale_that_rests_beside_it(
    sale: dict[str, Any], price: str, amount: str
) -> None:
    plan = trade("3", TrapKind.RECURRING, portfolio_id=HOME)

    assert paid(plan, resting("-10", **sale)) == (Decimal(price), Decimal(amount))


@pytest.mark.parametrize(("worst", "price", "amount"), [(None, "10", "-30"), (Decimal(11), "11", "-33")])
def test_an_order_to_buy_is_paid_at_its_own_worst_price(
    worst: Decimal | None, price: str, amount: str
) -> None:
    order = trade("3", portfolio_id=HOME, worst=worst)

    assert paid(order, resting("-10", price=Decimal(12))) == (Decimal(price), Decimal(amount))


@pytest.mark.parametrize(
    ("facts", "loses"),
    [
        ({"price": Decimal("13.99")}, True),
        ({"price": Decimal(14)}, False),
        ({"price": Decimal(14), "worst": Decimal("13.99")}, True),
        # 15 in a currency of which one is worth 0.9: 13.50.
        ({"price": Decimal(15), "fx_rate": Decimal("0.9")}, True),
        ({"price": Decimal(16), "fx_rate": Decimal("0.9")}, False),
    ],
)
def test_a_sale_may_lose_where_a_lot_has_cost_more_than_it_may_bring(
    facts: dict[str, Any], loses: bool
) -> None:
    assert may_lose(BOTH, trade("-5", portfolio_id=HOME, **facts)) is loses


def test_a_purchase_loses_nothing() -> None:
    assert not may_lose(BOTH, trade("5", portfolio_id=HOME))


def test_a_sale_of_named_lots_loses_only_by_those() -> None:
    second = BOTH.lots_of(HOME, ACME)[1].root_id
    sale = trade("-4", portfolio_id=HOME, price=Decimal(13))

    assert may_lose(BOTH, sale)
    assert not may_lose(BOTH, replace(sale, lots=(LotChoice(lot_id=second, quantity=Decimal(4)),)))


def test_a_lot_of_unknown_basis_may_lose_at_any_price() -> None:
    before = ledger(row(TransactionKind.OPENING, "2026-01-05", quantity="4"))

    assert may_lose(before, trade("-4", portfolio_id=HOME, price=Decimal(1000)))


@pytest.mark.parametrize(
    ("purchase", "loses"),
    [
        (trade("3", portfolio_id=HOME, price=Decimal(20)), False),
        (trade("3", portfolio_id=HOME, price=Decimal("20.01")), True),
        (trade("3", portfolio_id=HOME, price=Decimal(19), worst=Decimal(21)), True),
        # Nobody knows yet what a plan pays.
        (trade("3", TrapKind.RECURRING, portfolio_id=HOME, price=Decimal(1)), True),
        (trade("3", TrapKind.REINVESTMENT, portfolio_id=HOME, price=Decimal(1)), True),
        (trade("3", TrapKind.RECURRING, portfolio_id=AWAY, price=Decimal(30)), False),
    ],
)
def test_a_sale_may_lose_what_is_bought_above_its_price_before_it(
    purchase: PlannedTrade, loses: bool
) -> None:
    sale = trade("-5", portfolio_id=HOME, price=Decimal(20))

    assert may_lose(BOTH, sale, [sale, purchase]) is loses
