"""All figures of an interval together."""

from decimal import Decimal

from portfolios.engine.benchmark import Benchmark
from portfolios.engine.performance import Performance, measure
from portfolios.engine.risk_figures import DailyReturn, Drawdown
from tests.portfolios.engine.market_facts import closes, on, series, valued

TWO_YEARS = [
    valued("2022-01-01", "200", "200"),
    valued("2022-12-31", "225", "-5"),
    valued("2023-01-01", "450", "225"),
    valued("2024-01-01", "480", cash=Decimal(10)),
]


def values(performance: Performance) -> dict[str, Decimal | None]:
    return {key: figure.value for key, figure in performance.figures.items()}


def test_every_figure_of_two_years_worked_by_hand() -> None:
    found = measure(TWO_YEARS, currency="USD", minimum_returns=2)

    assert (found.first_day, found.last_day, found.currency) == (on("2021-12-31"), on("2024-01-01"), "USD")
    assert values(found) == {
        "start_value": Decimal(0),
        "end_value": Decimal(480),
        "cash": Decimal(10),
        "change": Decimal(480),
        "net_flows": Decimal(420),
        "gain": Decimal(60),
        # 200 × 731/731 + 225 × 366/731 − 5 × 366/731
        "average_capital": Decimal("310.15047880"),
        "simple_return": Decimal("0.19345448"),
        "twr": Decimal("0.22666667"),
        "twr_yearly": Decimal("0.10739509"),
        "xirr": Decimal("0.09393027"),
        "mwr": Decimal("0.19697781"),
        "volatility": Decimal("1.13026546"),
        "sharpe": Decimal("12.07680898"),
        "drawdown": Decimal(0),
        "drawdown_now": Decimal(0),
        "best_day": Decimal("0.15"),
        "worst_day": Decimal(0),
    }
    assert all(figure.explanation is not None for figure in found.figures.values())
    assert found.notes == ()


def test_peaks_troughs_and_days_come_with_their_dates() -> None:
    found = measure(series("2024-05-01", ["100", "120", "90", "130"]), currency="USD")

    assert found.drawdown == Drawdown(
        fall=Decimal("-0.25"), peak=on("2024-05-02"), trough=on("2024-05-03"), recovery=on("2024-05-04")
    )
    assert found.worst == DailyReturn(day=on("2024-05-03"), return_=Decimal("-0.25"))
    assert found.best is not None
    assert found.best.day == on("2024-05-04")
    assert [point.day for point in found.index][-1] == on("2024-05-04")
    assert found.figures["volatility"].reason == "This needs at least 20 daily returns; there are 4."
    assert found.figures["twr_yearly"].reason == (
        "A return over a year or less is not scaled up to a yearly rate."
    )


def test_a_benchmark_is_measured_over_the_same_days() -> None:
    benchmark = Benchmark(
        name="Index", closes=closes(("2024-05-01", "50"), ("2024-05-03", "55")), currency="USD"
    )

    found = measure(
        series("2024-05-01", ["100", "110", "121"]),
        currency="USD",
        first=on("2024-05-02"),
        benchmark=benchmark,
    )

    assert found.figures["benchmark_return"].value == Decimal("0.1")
    assert found.figures["active_return"].value == Decimal("0.11")
    explanation = found.figures["active_return"].explanation
    assert explanation is not None
    assert [line.amount for line in explanation.lines] == [
        Decimal("0.21"),
        Decimal("-0.1"),
        Decimal("0.11"),
    ]


def test_without_valuations_every_figure_says_so() -> None:
    found = measure([], currency="USD")

    assert set(values(found).values()) == {None}
    assert {figure.reason for figure in found.figures.values()} == {"There is no valuation in this interval."}
    assert (found.first_day, found.last_day, found.index, found.drawdown, found.best, found.worst) == (
        None,
        None,
        (),
        None,
        None,
        None,
    )


def test_a_missing_end_leaves_the_figures_that_do_not_need_it() -> None:
    records = [*series("2024-05-01", ["100", "110"]), valued("2024-05-03", None, "5", missing=("ACME",))]

    found = measure(records, currency="USD")

    assert found.figures["end_value"].value is None
    assert found.figures["twr"].reason == "There is no value on 3 May 2024: no usable price for ACME."
    assert found.figures["net_flows"].value == Decimal(105)
    assert found.notes == ("1 day without a value, the last on 3 May 2024.",)


def test_days_without_a_value_and_old_closes_are_noted() -> None:
    records = [
        valued("2024-05-01", "100", "100"),
        valued("2024-05-02", None, "10", missing=("ACME",)),
        valued("2024-05-03", None, missing=("ACME",)),
        valued("2024-05-04", "115", cash=None, stale=("ACME", "GLOBEX")),
    ]

    found = measure(records, currency="USD")

    assert found.notes == (
        "2 days without a value, the last on 3 May 2024.",
        "Valued at an older close: ACME, GLOBEX.",
    )
    assert found.figures["twr"].is_estimated
    assert not found.figures["simple_return"].is_estimated
    assert found.figures["cash"].reason == "There is no exchange rate for some cash on 4 May 2024."
