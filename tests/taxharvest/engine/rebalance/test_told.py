"""A plan as it is stored: every figure as text, cents for money, eight places for the rest."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from taxharvest.engine.income_range import TaxRange
from taxharvest.engine.rebalance.records import (
    Constraint,
    LotTaken,
    NotDone,
    Plan,
    PlannedTrade,
    TargetOutcome,
)
from taxharvest.engine.rebalance.told import difference_json, plan_json
from tests.taxharvest.engine.rebalance.wishes import IRA, TAXABLE, asset_id
from trading.engine.records import Side

D = Decimal
KNOWN = LotTaken(
    lot_id=UUID(int=101), acquired=date(2024, 1, 1), quantity=D("3.50000000"), is_long=True,
    gain=D("17.505"), washed=D(0), tax=D("3.501"),
)  # fmt: skip
UNKNOWN = LotTaken(
    lot_id=UUID(int=102), acquired=None, quantity=D(2), is_long=None, gain=None, washed=D(0), tax=D(0)
)


def trade(side: Side, symbol: str, **facts: Any) -> PlannedTrade:
    values: dict[str, Any] = {
        "account_id": TAXABLE, "account": "Taxable", "asset_id": asset_id(symbol), "symbol": symbol,
        "side": side, "quantity": D("5.5"), "price": D("10.12500000"), "value": D("55.6875"),
        "cost": D("1.0111"), "lots": (), "short_gain": D(0), "long_gain": D(0), "washed": D(0), "tax": D(0),
        "words": "Why.",
    }  # fmt: skip
    return PlannedTrade(**(values | facts))


def plan(**facts: Any) -> Plan:
    """A sale for 55.6875 and two purchases for 30 and 20.005."""
    values: dict[str, Any] = {
        "name": "greedy",
        "trades": (
            trade(Side.SELL, "ACME", lots=(KNOWN, UNKNOWN), long_gain=D("17.505"), tax=D("3.501")),
            trade(Side.BUY, "BETA", value=D(30)),
            trade(Side.BUY, "CORE", value=D("20.005"), account_id=IRA, account="IRA"),
        ),
        "not_done": (
            NotDone(subject="BETA", amount=D("12.345"), constraint=Constraint.CASH, words="No more cash."),
        ),
        "outcomes": (
            TargetOutcome(
                key="ACME", kind="instrument", target=D("0.50000000"), band=D("0.05"),
                before=D(1) / 3, after=D("0.5"),
            ),
        ),
        "cash_after": {TAXABLE: D("1000"), IRA: D("-0.004")},
        "short_gain": D("-2.5"), "long_gain": D("17.505"), "washed": D("0.125"), "tax": D("3.501"),
        "cost": D("3.0333"), "drift": D("0.0123456789"),
    }  # fmt: skip
    return Plan(**(values | facts))


def test_the_sums_of_a_plan_are_told_in_cents_and_its_sales_and_purchases_apart() -> None:
    told = plan_json(plan())
    figures = ("name", "count", "sold", "bought", "short_gain", "long_gain", "washed", "tax", "cost", "drift")
    assert {name: told[name] for name in figures} == {
        "name": "greedy",
        "count": 3,
        "sold": "55.69",
        # 30 and 20.005 are added before they are rounded, half to even.
        "bought": "50.00",
        "short_gain": "-2.50",
        "long_gain": "17.50",
        "washed": "0.12",
        "tax": "3.50",
        "cost": "3.03",
        "drift": "0.01234568",
    }


def test_a_trade_is_told_with_its_lots_and_what_is_not_known_of_them() -> None:
    sale, *purchases = plan_json(plan())["trades"]
    assert sale == {
        "account_id": str(TAXABLE),
        "account": "Taxable",
        "instrument_id": str(asset_id("ACME")),
        "symbol": "ACME",
        "side": "sell",
        "quantity": "5.5",
        "price": "10.125",
        "value": "55.69",
        "cost": "1.01",
        "short_gain": "0.00",
        "long_gain": "17.50",
        "washed": "0.00",
        "tax": "3.50",
        "words": "Why.",
        "lots": [
            {
                "lot_id": str(KNOWN.lot_id), "acquired": "2024-01-01", "quantity": "3.5", "is_long": True,
                "gain": "17.50", "washed": "0.00", "tax": "3.50",
            },
            {
                "lot_id": str(UNKNOWN.lot_id), "acquired": None, "quantity": "2", "is_long": None,
                "gain": None, "washed": "0.00", "tax": "0.00",
            },
        ],
    }  # fmt: skip
    assert [(one["account"], one["side"], one["symbol"], one["lots"]) for one in purchases] == [
        ("Taxable", "buy", "BETA", []),
        ("IRA", "buy", "CORE", []),
    ]


def test_what_is_left_undone_and_where_targets_stand_are_told() -> None:
    told = plan_json(plan())
    assert told["not_done"] == [
        {
            "subject": "BETA",
            "amount": "12.34",
            "constraint": "cash",
            "label": "cash",
            "words": "No more cash.",
        }
    ]
    assert told["outcomes"] == [
        {
            "key": "ACME",
            "kind": "instrument",
            "target": "0.5",
            "band": "0.05",
            "before": "0.33333333",
            "after": "0.5",
        }
    ]


def test_an_amount_that_rounds_to_nothing_has_no_sign() -> None:
    told = plan_json(plan(drift=D("-0.000000001")))
    assert told["cash_after"] == {str(TAXABLE): "1000.00", str(IRA): "0.00"}
    assert told["drift"] == "0"


def test_what_nobody_reckoned_is_told_as_none() -> None:
    bare = plan_json(plan())
    assert (bare["tracking_error"], bare["year_tax_low"], bare["year_tax_high"]) == (None, None, None)
    full = plan_json(plan(), year_tax=TaxRange(lowest=D("-1.005"), highest=D("2.5")), tracking=D("0.021500"))
    assert (full["tracking_error"], full["year_tax_low"], full["year_tax_high"]) == (
        "0.0215",
        "-1.00",
        "2.50",
    )


def test_plans_are_compared_figure_by_figure() -> None:
    """The convex plan less the greedy one; the tracking error of one of them is not known."""
    greedy = plan_json(plan(), tracking=D("0.02"))
    convex = plan_json(
        plan(trades=plan().trades[:2], tax=D("1.25"), drift=D("0.0223456789"), short_gain=D("-2.5"))
    )
    assert difference_json(greedy, convex) == {
        "count": "-1",
        "sold": "0",
        "bought": "-20",
        "short_gain": "0",
        "long_gain": "0",
        "tax": "-2.25",
        "cost": "0",
        "drift": "0.01",
        "tracking_error": None,
    }
    again = plan_json(plan(), tracking=D("0.0125"))
    assert difference_json(greedy, again)["tracking_error"] == "-0.0075"
