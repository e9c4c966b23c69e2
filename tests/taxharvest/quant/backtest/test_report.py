"""A whole back-test: small prices for its shape, real ones for what it has to show."""

from typing import Any

import numpy as np
import pytest

from taxharvest.quant.backtest.assumptions import Assumptions, Review, Threshold, rates_read
from taxharvest.quant.backtest.claims import claims
from taxharvest.quant.backtest.forward import choices_made
from taxharvest.quant.backtest.histories import window_starts, windows
from taxharvest.quant.backtest.markdown import cell_text, markdown, plain
from taxharvest.quant.backtest.market import Market, Markets, stocks
from taxharvest.quant.backtest.report import report
from taxharvest.quant.backtest.runs import Run, Runner

TABLES = [
    "rule", "review", "threshold", "rates", "use", "deposits", "costs", "years", "by_year", "forward",
    "holdings", "paths", "starts",
]  # fmt: skip


def small_prices() -> Markets:
    """Three markets of four seeded names over nine years."""
    days = np.busday_offset("2001-01-02", np.arange(2350), roll="forward").astype("datetime64[D]")
    returns = np.random.default_rng(2).normal(0.0003, 0.018, size=(2350, 4))
    prices = 20 * np.exp(np.cumsum(returns, axis=0))
    one = Market(names=("A", "B", "C", "D"), days=days, prices=prices)
    return Markets(stocks=one, index=one, factor_funds=one)


@pytest.fixture(scope="module")
def small() -> dict[str, Any]:
    return report(Assumptions(years=5, paths=3), prices=small_prices())


@pytest.fixture(scope="module")
def real() -> Runner:
    """The real prices, ten years from each January."""
    return Runner(histories=windows(stocks(), 10), block=10, seed=1, told=lambda: None)


def test_it_has_every_table_and_every_row_a_cell_for_each_column(small: dict[str, Any]) -> None:
    assert [table["key"] for table in small["tables"]] == TABLES
    for table in small["tables"]:
        assert table["rows"]
        assert {len(row["cells"]) for row in table["rows"]} == {len(table["columns"])}


def test_the_same_assumptions_give_the_same_answer_and_tell_how_far_it_is(small: dict[str, Any]) -> None:
    told: list[int] = []
    again = report(Assumptions(years=5, paths=3), told.append, prices=small_prices())

    assert again == small
    assert told == sorted(told)
    assert told[-1] <= 99


def test_no_figure_goes_without_its_assumptions(small: dict[str, Any]) -> None:
    assert small["in_short"] == (
        "5 years at 35/15 %, one deposit, looked through monthly, every loss sold, losses meet gains, costs "
        "of 0 hundredths of a per cent"
    )
    page = markdown(small, day="2026-11-28", command="manage.py backtest_harvest --years 5")
    first_figure = page.index("## Held against the literature")

    assert page.index("## What is assumed") < page.index("promises nothing") < first_figure
    assert page.index("still large in 2022") < first_figure
    assert plain(small).index("What is assumed") < plain(small).index("Held against")


def test_every_start_of_the_real_prices_is_one_that_they_cover_to_its_end() -> None:
    days = stocks().days
    starts = window_starts(days, 10, 12)

    assert len(starts) == 24
    assert (str(days[starts[0]]), str(days[starts[-1]])) == ("1990-01-02", "2013-01-02")
    assert len(window_starts(days, 20, 12)) == 14


def test_ten_years_harvest_between_25_and_35_per_cent_of_the_capital(real: Runner) -> None:
    without, with_rule = real.both(Run.of(Assumptions()))

    assert round(float(without.gross.mean()), 3) == 0.266
    assert round(float(with_rule.gross.mean()), 3) == 0.235


def test_the_wash_rule_costs_between_15_and_30_per_cent_of_the_alpha(real: Runner) -> None:
    without, with_rule = real.both(Run.of(Assumptions()))

    assert round(float(without.alpha.mean()), 4) == 0.0085
    assert round(float(with_rule.alpha.mean()), 4) == 0.0068
    assert 0.15 < 1 - with_rule.alpha.mean() / without.alpha.mean() < 0.30


def test_the_claims_say_where_the_order_of_reviews_fails_and_why(real: Runner) -> None:
    told = claims(real, Run.of(Assumptions()), 10)

    assert [claim.holds for claim in told] == [True, True, True, False]
    assert "first small dip" in told[3].why
    assert "With a threshold of 10 % of basis, the order holds: " in told[3].why


@pytest.mark.parametrize("threshold", [Threshold.ANY, Threshold.LOSS_5, Threshold.LOSS_10])
def test_without_the_rule_daily_is_never_below_monthly_quarterly_yearly(
    real: Runner, threshold: Threshold
) -> None:
    alphas = [
        float(
            real.measures(
                Run.of(Assumptions(review=review, threshold=threshold), keeps_wash_rule=False)
            ).alpha.mean()
        )
        for review in Review
    ]
    assert alphas == sorted(alphas, reverse=True)


def test_rates_change_what_a_walk_is_worth_and_not_the_walk(real: Runner) -> None:
    usual, halved = (real.measures(Run.of(Assumptions(rates=rates_read(text)))) for text in ("30/10", "15/5"))
    assert np.array_equal(usual.gross, halved.gross)
    assert halved.saved == pytest.approx(usual.saved / 2)


def test_walking_forward_looks_at_windows_that_had_ended_alone() -> None:
    alphas = np.array([[0.03, 0.00, 0.01, 0.00], [0.01, 0.02, 0.02, 0.05]])
    first, last = np.array([0, 5, 11, 16]), np.array([10, 15, 21, 26])
    made = list(choices_made(alphas, alphas[0], first=first, last=last))

    # At day 11 only the first window is over, and the first way was best; at 16 the second is over too.
    assert [(one.start, one.way, one.chosen, one.usual, one.best) for one in made] == [
        (2, 0, 0.01, 0.01, 0.02),
        (3, 0, 0.00, 0.00, 0.05),
    ]


def test_cells_read_as_figures_with_their_interval_or_as_words() -> None:
    assert cell_text({"value": "0.0085", "low": "0.0059", "high": "0.0108"}) == "0.85\u202f% (0.59 to 1.08)"
    assert cell_text({"value": "-0.01"}) == "\u22121.00\u202f%"
    assert cell_text({"words": "—"}) == "—"
