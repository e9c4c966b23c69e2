"""The costs of a harvest, reckoned by hand for 8,000 of shares."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from taxharvest.engine.harvest.costs import HarvestCosts, costs_of, tracking_error_of
from taxharvest.engine.harvest.replacements import Replacement, ReplacementPart
from taxharvest.engine.harvest.tax_effects import Case
from taxharvest.engine.harvest.terms import DividendFact
from tests.taxharvest.engine.harvest.losses import D, candidate, fund, lot, terms
from tests.taxharvest.engine.tax_years import tax_year

YEAR = tax_year(ordinary_income="60000")


def costs(replacement: Replacement | None = None, **facts: object) -> HarvestCosts:
    """The costs at an income of 60,000."""
    autumn = lot(acquired=date(2025, 10, 1))
    return costs_of(candidate(autumn), terms(**facts), replacement or fund(), [Case(YEAR, D(60_000))])


def amounts(found: HarvestCosts) -> dict[str, Decimal | None]:
    """The lines by label."""
    return {line.label: line.amount for line in found.lines}


def test_both_legs_pay_half_the_spread_and_every_order_its_commission() -> None:
    found = costs(half_spread=D("0.001"), commission=D(2))

    assert found.trading == 20
    assert amounts(found)["Spread and commissions"] == -20


def test_a_basket_pays_a_commission_for_each_name() -> None:
    parts = tuple(
        ReplacementPart(instrument_id=UUID(int=number), symbol=f"S{number}", share=D("0.25"))
        for number in range(4)
    )

    assert costs(fund(parts=parts), half_spread=D(0), commission=D(1)).trading == 5


def test_the_risk_of_the_replacement_has_a_price() -> None:
    """8,000 × 5 % × sqrt(21/252) may be the difference; a Sharpe ratio of 0.4 over that time prices it."""
    found = costs()

    assert round(found.tracking, 6) == round(D(8000) * D("0.05") * D("0.4") * 21 / 252, 6)
    assert amounts(found)["The two may drift apart by"] == D("0.014434")


def test_the_tracking_error_follows_from_the_correlation_where_it_is_not_known() -> None:
    alike = fund(tracking_error=None, correlation=D("0.92"))

    assert tracking_error_of(alike, D("0.2")) == D("0.08")
    assert tracking_error_of(alike, None) is None
    assert tracking_error_of(fund(), None) == D("0.05")


def test_a_risk_that_is_not_known_is_said_and_not_counted() -> None:
    found = costs(fund(tracking_error=None, correlation=None))

    assert found.tracking == 0
    assert amounts(found)["Risk of the replacement"] is None
    assert found.unknown == ("There are too few closes to tell how near the replacement comes.",)


def test_a_dividend_held_too_short_costs_the_difference_of_the_rates() -> None:
    """0.50 on 100 shares, at 22 % instead of 15 %."""
    found = costs(dividends=(DividendFact(ex_dividend=date(2025, 10, 15), per_share=D("0.5")),))

    assert found.dividends == D("3.5")
    assert "50.00 of dividends" in found.lines[-2].detail


@pytest.mark.parametrize("ex_dividend", [date(2025, 9, 15), date(2025, 12, 15)])
def test_a_dividend_before_the_purchase_or_after_the_sale_costs_nothing(ex_dividend: date) -> None:
    found = costs(dividends=(DividendFact(ex_dividend=ex_dividend, per_share=D("0.5")),))

    assert found.dividends == 0
    assert amounts(found)["Dividends that are no longer qualified"] == 0


def test_a_household_that_goes_back_at_a_gain_pays_the_short_rate_on_it() -> None:
    """Over a whole year the gain, where there is one, is 8,000 × 20 % × 0.3989 on average."""
    found = costs(return_share=D("0.5"), days_away=252)

    assert found.way_back == D("0.5") * D("0.22") * D(8000) * D("0.2") * D("0.3989422804")


def test_without_a_volatility_the_way_back_is_said_to_be_unknown() -> None:
    found = costs(return_share=D("0.5"), volatility=None)

    assert found.way_back == 0
    assert amounts(found)["Short-term gain on the way back"] is None
    assert found.unknown == ("There are too few closes to tell what going back may cost.",)


def test_where_the_income_is_not_known_the_dearest_case_counts() -> None:
    rich = tax_year(ordinary_income="300000")
    dividends = (DividendFact(ex_dividend=date(2025, 10, 15), per_share=D("0.5")),)
    autumn = candidate(lot(acquired=date(2025, 10, 1)))
    cases = [Case(YEAR, D(60_000)), Case(rich, D(300_000))]

    assert costs_of(autumn, terms(dividends=dividends), fund(), cases).dividends == 10


def test_the_whole_is_the_sum_of_the_parts() -> None:
    found = costs(
        commission=D(1),
        return_share=D(1),
        dividends=(DividendFact(ex_dividend=date(2025, 10, 15), per_share=D("0.5")),),
    )

    assert found.total == found.trading + found.tracking + found.dividends + found.way_back
    assert min(found.trading, found.tracking, found.dividends, found.way_back) > 0
