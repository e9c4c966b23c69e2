"""The report of an account: the same facts give the same text, and what cannot be told says why."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from mlrecs.engine.return_table import ReturnTable
from mlrecs.engine.risk_facts import Held, NotMeasurable, RiskFacts
from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.risk.report import risk_report
from tests.mlrecs.universe import closes, returns

INDEX = UUID(int=99)
LAST = date(2022, 12, 28)


def holding(number: int, weight: str, symbol: str, sector: str = "Energy") -> Held:
    return Held(
        instrument_id=UUID(int=number),
        symbol=symbol,
        name=symbol,
        asset_class="stock",
        sector=sector,
        tracked_index="",
        weight=Decimal(weight),
    )


def table_of(values: FloatArray, *, has_index: bool = False, last: date = LAST) -> ReturnTable:
    """Columns 1, 2, … and the index last, on consecutive days up to `last`."""
    keys = [UUID(int=place + 1) for place in range(values.shape[1])]
    if has_index:
        keys[-1] = INDEX
    rows = [[None if np.isnan(cell) else cell for cell in row] for row in values.tolist()]
    return ReturnTable(
        days=tuple(last - timedelta(days=len(values) - 1 - place) for place in range(len(values))),
        instrument_ids=tuple(keys),
        values=tuple(tuple(row) for row in rows),
    )


def facts_of(values: FloatArray, *held: Held, **changes: Any) -> RiskFacts:
    facts = RiskFacts(
        day=LAST,
        currency="USD",
        value=Decimal("100000.00"),
        holdings=held,
        unpriced=(),
        table=table_of(values),
    )
    return replace(facts, **changes)


@pytest.fixture(scope="module")
def stocks() -> RiskFacts:
    """Apple, Exxon and the index over their last 1,260 days, with a tenth in cash."""
    _, symbols, _ = closes()
    _, table = returns()
    index = closes("sp500_index.csv.gz")[2][:, 0]
    chosen = [symbols.index("AAPL"), symbols.index("XOM")]
    values = np.column_stack([table[-1260:, chosen], (index[1:] / index[:-1] - 1)[-1260:]])
    held = (holding(1, "0.6", "AAPL", "Information technology"), holding(2, "0.3", "XOM"))
    return facts_of(
        values, *held, table=table_of(values, has_index=True), benchmark_id=INDEX, benchmark="S&P 500"
    )


@pytest.fixture(scope="module")
def report(stocks: RiskFacts) -> dict[str, Any]:
    return risk_report(stocks)


def figure(report: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in report["figures"] if one["key"] == key)
    return found


def test_the_same_facts_give_the_same_text(stocks: RiskFacts, report: dict[str, Any]) -> None:
    assert json.dumps(risk_report(stocks)) == json.dumps(report)


def test_no_float_is_in_it(report: dict[str, Any]) -> None:
    def leaves(node: Any) -> set[type]:
        if isinstance(node, dict):
            return set().union(*(leaves(child) for child in node.values()))
        if isinstance(node, list):
            return set().union(*(leaves(child) for child in node))
        return {type(node)}

    assert leaves(report) == {str, int, bool, type(None)}


def test_the_figures_are_there_with_their_tests(report: dict[str, Any]) -> None:
    told = [(one["key"], one["value"], one["amount"], one["check"]["verdict"]) for one in report["figures"]]

    assert told == [
        ("volatility", "0.265226", None, "passed"),
        ("var_95", "0.030093", "3009.30", "passed"),
        ("var_99", "0.050362", "5036.20", "passed"),
        ("cvar_95", "0.040821", "4082.10", "passed"),
        ("cvar_99", "0.055538", "5553.80", "passed"),
        ("drawdown", "-0.351604", None, "past"),
        ("drawdown_now", "-0.133435", None, "past"),
        ("beta", "0.945632", None, "past"),
    ]


def test_a_test_says_what_it_counted(report: dict[str, Any]) -> None:
    check = figure(report, "var_99")["check"]

    assert check["words"] == "Exceeded on 8 of 950 days (0.84%); 9.5 were to be expected."
    assert (check["zone"], check["recent"]) == ("green", 1)
    assert [(one["key"], one["p"], one["passes"]) for one in check["tests"]] == [
        ("kupiec", "0.615119", True),
        ("independence", "0.712263", True),
        ("conditional", "0.823323", True),
    ]


def test_shares_of_the_risk_add_up(report: dict[str, Any]) -> None:
    shares = [Decimal(row["share"]) for row in report["holdings"]]

    assert [row["symbol"] for row in report["holdings"]] == ["AAPL", "XOM"]
    assert sum(shares) == pytest.approx(Decimal(1), abs=Decimal("0.000002"))
    assert [row["sector"] for row in report["sectors"]] == ["Information technology", "Energy"]


def test_cash_does_not_swing(stocks: RiskFacts, report: dict[str, Any]) -> None:
    without = replace(
        stocks, holdings=tuple(replace(one, weight=one.weight / Decimal("0.9")) for one in stocks.holdings)
    )
    ratio = Decimal(figure(report, "volatility")["value"]) / Decimal(
        figure(risk_report(without), "volatility")["value"]
    )

    assert round(ratio, 2) == Decimal("0.90")


def made(rows: int, columns: int = 2) -> FloatArray:
    return np.random.default_rng(11).normal(0, 0.01, (rows, columns))


ONE, TWO = holding(1, "0.5", "ONE"), holding(2, "0.5", "TWO")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (facts_of(made(100)), "Nothing is held but cash, which does not swing."),
        (facts_of(made(100), unpriced=("OLD",)), "Nothing that is held has a usable close: OLD."),
        (facts_of(made(0), ONE), "There are 0 days of returns; 60 are needed."),
        (
            facts_of(made(59), ONE, TWO),
            (
                "There are fewer than 60 days of returns: ONE (there are 59 daily returns; 60 are needed), "
                "TWO (there are 59 daily returns; 60 are needed)."
            ),
        ),
        (
            facts_of(np.zeros((100, 2)), ONE, TWO),
            (
                "Nothing that is held has a usable series of closes: ONE (the price never moved), "
                "TWO (the price never moved)."
            ),
        ),
        (
            facts_of(np.full((100, 2), np.nan), ONE, TWO),
            (
                "There are fewer than 60 days of returns: ONE (there are no returns at all), "
                "TWO (there are no returns at all)."
            ),
        ),
        (
            facts_of(np.column_stack([made(100, 1), np.zeros(100)]), ONE, TWO),
            "Only 50% of what is held has a usable series of closes: TWO (the price never moved).",
        ),
        (
            facts_of(made(100), ONE, table=table_of(made(100), last=date(2022, 12, 1))),
            "The last closes are of 2022-12-01, too old to go by.",
        ),
        (
            facts_of(made(100)[:, [0, 0]] * [1, -1], ONE, TWO),
            "What is held did not move at all, so there is no risk to measure.",
        ),
    ],
)
def test_what_cannot_be_measured_says_why(facts: RiskFacts, words: str) -> None:
    with pytest.raises(NotMeasurable) as refusal:
        risk_report(facts)

    assert str(refusal.value) == words


def test_a_young_account_is_measured_but_not_tested() -> None:
    found = risk_report(facts_of(made(60), ONE, TWO))
    tested = figure(found, "var_99")["check"]

    assert (tested["verdict"], tested["words"]) == (
        "untested",
        "Not tested yet: that needs 560 days of returns, and there are 60.",
    )
    assert Decimal(figure(found, "var_99")["value"]) > 0
    assert (figure(found, "beta")["value"], figure(found, "beta")["words"]) == (
        None,
        "The book has closes of no index to compare with.",
    )


def test_one_holding_has_nothing_to_share_out() -> None:
    found = risk_report(facts_of(made(100, 1), holding(1, "1", "ONE")))

    assert [(row["symbol"], row["share"]) for row in found["holdings"]] == [("ONE", "1.000000")]
    assert (found["sectors"], found["concentration"]["diversification"]) == ([], None)
    assert found["concentration"]["words"].startswith("There is one holding")


def test_what_is_left_out_is_named_and_the_rest_stands_for_it() -> None:
    values = np.column_stack([made(100, 1), np.zeros(100)])
    found = risk_report(facts_of(values, holding(1, "0.9", "ONE"), holding(2, "0.1", "TWO")))

    assert (found["measured_share"], found["left_out"]) == (
        "0.900000",
        [{"symbol": "TWO", "words": "The price never moved."}],
    )
    whole = risk_report(facts_of(values, holding(1, "1", "ONE")))
    assert figure(found, "volatility")["value"] == figure(whole, "volatility")["value"]


def test_a_close_that_is_not_a_number_is_a_hole() -> None:
    values = made(100)
    values[50, 1] = np.nan

    assert risk_report(facts_of(values, ONE, TWO))["days"] == 100


def test_scenarios_tell_crashes_shocks_and_the_own_worst_day(report: dict[str, Any]) -> None:
    told = {one["key"]: (one["kind"], one["effect"], one["amount"]) for one in report["scenarios"]}

    assert told["2008"] == ("replay", "-0.387900", "-38790.00")
    assert told["rates+1"] == ("rates", "0.000000", "0.00")
    assert told["sector:Information technology"] == ("sector", "-0.150000", "-15000.00")
    assert list(told) == [
        "1987", "2000", "2008", "2020", "2022", "equity-10", "equity-20", "equity-30", "rates+1", "rates+2",
        "rates-1", "sector:Information technology", "sector:Energy", "worst-day",
    ]  # fmt: skip


def test_concentration_and_liquidity_say_what_closes_can(report: dict[str, Any]) -> None:
    assert report["concentration"] == {
        "positions": 2,
        "herfindahl": "0.555556",
        "effective": "1.800000",
        "largest": "AAPL",
        "largest_share": "0.666667",
        "top_five": "1.000000",
        "diversification": "1.109198",
        "words": "",
    }
    assert (report["liquidity"]["still"], report["liquidity"]["fresh"]) == ("0.001587", "1.000000")


def test_charts_end_with_the_last_day(report: dict[str, Any]) -> None:
    assert (len(report["path"]["days"]), report["path"]["days"][-1]) == (252, "2022-12-28")
    assert (report["falls"]["days"][-1], len(report["falls"]["days"])) == ("2022-12-28", 210)
    assert report["falls"]["values"][-1] == figure(report, "drawdown_now")["value"]
