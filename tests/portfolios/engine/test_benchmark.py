"""The return of a benchmark over the portfolio's days."""

from decimal import Decimal

import pytest

from portfolios.engine.benchmark import (
    Benchmark,
    benchmark_index,
    benchmark_return,
    explain_benchmark,
)
from portfolios.engine.figures import UnavailableError
from tests.portfolios.engine.market_facts import closes, on, rates

INDEX = Benchmark(
    name="S&P 500",
    closes=closes(("2024-05-01", "5000"), ("2024-05-03", "5500"), ("2024-05-20", "6000")),
    currency="USD",
    note="Dividends are not in it.",
)


def test_the_return_compares_the_closes_that_stand_for_both_days() -> None:
    assert benchmark_return(INDEX, on("2024-05-01"), on("2024-05-05")) == Decimal("0.1")


def test_a_benchmark_without_a_close_has_no_return() -> None:
    with pytest.raises(UnavailableError, match="S&P 500 has no usable close on 30 Apr 2024"):
        benchmark_return(INDEX, on("2024-04-30"), on("2024-05-05"))


def test_a_benchmark_in_another_currency_moves_with_the_rate() -> None:
    table = rates(("USD", "2024-05-01", "0.8"), ("USD", "2024-05-03", "0.9"), base="EUR")
    benchmark = Benchmark(name="S&P 500", closes=INDEX.closes, currency="EUR", rates=table)

    # 5500 × 0.9 / (5000 × 0.8) − 1
    assert benchmark_return(benchmark, on("2024-05-01"), on("2024-05-03")) == Decimal("0.2375")
    with pytest.raises(UnavailableError, match="no exchange rate USD to EUR on 20 May 2024"):
        benchmark_return(benchmark, on("2024-05-01"), on("2024-05-20"))


def test_the_index_starts_at_one_and_leaves_days_without_a_close_open() -> None:
    days = [on("2024-05-01"), on("2024-05-03"), on("2024-05-15"), on("2024-05-20")]

    assert [(point.day, point.level) for point in benchmark_index(INDEX, days)] == [
        (on("2024-05-01"), Decimal(1)),
        (on("2024-05-03"), Decimal("1.1")),
        (on("2024-05-20"), Decimal("1.2")),
    ]
    assert benchmark_index(INDEX, [on("2024-04-01"), on("2024-05-01")]) == []
    assert benchmark_index(INDEX, []) == []


def test_the_two_closes_are_the_explanation() -> None:
    explanation = explain_benchmark(INDEX, on("2024-05-01"), on("2024-05-05"))

    assert [(line.label, line.amount) for line in explanation.lines] == [
        ("S&P 500, 1 May 2024", Decimal(5000)),
        ("S&P 500, 3 May 2024", Decimal(5500)),
        ("Return", Decimal("0.1")),
    ]
    assert explanation.prices_as_of == on("2024-05-03")
    assert explanation.notes == ("Dividends are not in it.",)
    quiet = Benchmark(name="Index", closes=INDEX.closes, currency="USD")
    assert explain_benchmark(quiet, on("2024-05-01"), on("2024-05-03")).notes == ()
