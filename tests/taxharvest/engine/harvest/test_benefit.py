"""What is decided about a loss, and the arithmetic that is shown for it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from portfolios.engine.figures import LineKind
from taxharvest.engine.harvest.arithmetic import line_kept, line_read
from taxharvest.engine.harvest.benefit import (
    NO_INCOME,
    NO_STATE,
    NO_STATUS,
    NO_VOLATILITY,
    Decision,
    Judgement,
    judge,
    ripe_part,
)
from taxharvest.engine.harvest.candidates import Candidate
from taxharvest.engine.harvest.waiting import Threshold
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.what_if import SaleOutcome, Verdict, WashCause
from tests.taxharvest.engine.harvest.losses import DAY, SPRING, D, candidate, fund, lot, terms
from tests.taxharvest.engine.tax_years import ds, tax_year

FREE: dict[str, Any] = {"half_spread": D(0), "price_of_risk": D(0)}
LIVELY: dict[str, Any] = {
    "volatility": D("0.6"),
    "half_spread": D("0.0005"),
    "price_of_risk": D(0),
    "least_benefit": D(5),
}
UNKNOWN = (tax_year(ordinary_income=None, short_gain="5000"),)


def judged(loss: Candidate | None = None, **facts: Any) -> Judgement:
    """The judgement of 2,000 of short-term loss against another fund."""
    return judge(loss or candidate(), terms(**facts), fund())


def amounts(judgement: Judgement) -> dict[str, Decimal | None]:
    """The lines by label."""
    return {line.label: line.amount for line in judgement.lines}


def washed(sold: str, disallowed: str, *, lost: str = "0", free_on: date | None = None) -> SaleOutcome:
    """An outcome in which a purchase of 12 November washes some shares."""
    cause = WashCause(
        portfolio_id=UUID(int=2),
        instrument_id=UUID(int=0xB1),
        transaction_id=UUID(int=3),
        day=date(2025, 11, 12),
        shares=D(sold),
        sold=D(sold),
        disallowed=D(disallowed),
        is_permanent=lost != "0",
    )
    return SaleOutcome(
        lots=(),
        proceeds=D(8000),
        short_gain=D(0),
        long_gain=D(0),
        deferred=D(disallowed) - D(lost),
        lost=D(lost),
        causes=(cause,),
        open=D(0),
        open_until=None,
        free_on=free_on,
        verdict=Verdict.PARTLY_WASHED,
    )


def test_a_loss_worth_more_than_its_costs_and_waiting_is_proposed() -> None:
    """440 saved, 300 due in a year at 0.8: 200, of which 140 from the rates and 60 from paying later."""
    found = judged(**FREE)

    assert found.decision is Decision.PROPOSE
    assert (found.benefit_low, found.benefit_high, found.costs) == ds(200, 200, 0)
    assert (found.rate_difference, found.deferral) == ds(140, 60)
    assert found.is_certain
    assert found.words == (
        "The loss of 2,000.00 USD is worth 200.00 USD after costs; waiting would be worth "
        f"{found.option_value:,.2f} USD."
    )


def test_the_lines_lead_from_the_loss_to_the_result() -> None:
    found = judged(half_spread=D("0.001"), price_of_risk=D(0))
    lines = amounts(found)

    assert lines["Basis of the lots"] == 10_000
    assert lines["Worth at the close"] == 8000
    assert lines["Short-term loss that counts"] == 2000
    assert lines["Lost of the basis"] == D("0.2")
    assert lines["Taxes saved this year"] == 440
    assert lines["Comes back when the replacement is sold"] == -240
    assert lines["Benefit"] == 200
    assert lines["Costs"] == -16
    assert lines["Value of waiting"] == -found.option_value
    assert lines["Worth taking now"] == 200 - 16 - found.option_value
    assert [line.kind for line in found.lines][-1] is LineKind.RESULT
    assert (found.net_low, found.net_high) == ds(184, 184)


def test_what_is_carried_over_has_a_line_of_its_own() -> None:
    """Without gains 3,000 are deducted this year and 3,000 next year, each at 22 %."""
    deep = candidate(lot(value="4000"))

    found = judged(deep, years=(tax_year(ordinary_income="60000"),), **FREE)

    lines = {line.label: line for line in found.lines}
    assert (lines["Taxes saved this year"].amount, lines["Saved in later years"].amount) == ds(660, 528)
    assert lines["Taxes saved this year"].detail == (
        "The loss goes 3,000.00 USD against other income, 3,000.00 USD carried over."
    )
    assert "3,000.00 USD carried over" in lines["Saved in later years"].detail


def test_without_an_income_a_loss_saves_nothing_this_year() -> None:
    year = tax_year(ordinary_income="0", short_gain="0")

    found = judged(years=(year,), least_benefit=D(0), **FREE)

    assert amounts(found)["Taxes saved this year"] == 0


def test_the_lines_are_kept_as_text_and_read_again() -> None:
    lines = judged().lines

    assert tuple(line_read(line_kept(line)) for line in lines) == lines


def test_a_small_loss_of_a_lively_fund_waits() -> None:
    """3 % at a volatility of 60 %: a larger loss is likely enough."""
    found = judged(candidate(lot(value="9700")), **LIVELY)

    assert found.decision is Decision.WAIT
    assert found.option_value > found.net_high > 5
    assert "which is more" in found.words


@pytest.mark.parametrize(
    ("threshold", "value", "decision"),
    [
        (Threshold.ANY_LOSS, "9700", Decision.PROPOSE),
        (Threshold.FIVE_PERCENT, "9501", Decision.WAIT),
        (Threshold.FIVE_PERCENT, "9500", Decision.PROPOSE),
        (Threshold.TEN_PERCENT, "9001", Decision.WAIT),
        (Threshold.TEN_PERCENT, "9000", Decision.PROPOSE),
    ],
)
def test_simple_thresholds_ask_for_a_part_of_the_basis(
    threshold: Threshold, value: str, decision: Decision
) -> None:
    found = judged(candidate(lot(value=value)), threshold=threshold, **FREE)

    assert found.decision is decision
    assert found.option_value == 0
    assert "Value of waiting" not in amounts(found)


def test_the_year_end_rule_waits_until_december() -> None:
    november = judged(threshold=Threshold.YEAR_END, **FREE)
    december = judged(candidate(day=date(2025, 12, 10)), threshold=Threshold.YEAR_END, **FREE)

    assert (november.decision, december.decision) == (Decision.WAIT, Decision.PROPOSE)
    assert november.words.endswith("this account takes losses in December alone.")


def test_a_benefit_below_the_least_is_too_small() -> None:
    found = judged(least_benefit=D(201), **FREE)

    assert found.decision is Decision.TOO_SMALL
    assert found.words == (
        "The loss of 2,000.00 USD is worth 200.00 USD after costs, less than the 201.00 USD asked for."
    )


def test_a_loss_that_no_rate_makes_worth_it_is_not_even_reckoned() -> None:
    found = judged(candidate(lot(value="9990")))

    assert found.decision is Decision.TOO_SMALL
    assert found.words == "The loss of 10.00 USD is too small to be worth its costs."
    assert found.benefit_high == 0
    assert len(found.lines) == 5


def test_a_loss_of_nothing_is_too_small_even_where_nothing_is_asked_for() -> None:
    found = judged(candidate(short_loss=D(0)), least_benefit=D(0))

    assert found.decision is Decision.TOO_SMALL


def test_a_loss_that_would_be_washed_is_refused_to_the_share() -> None:
    outcome = washed("25", "500", free_on=date(2025, 12, 13))

    found = judged(candidate(short_loss=D(1500), washed=D(500), outcome=outcome))

    assert found.decision is Decision.WASHED
    assert found.words == (
        "25 of the 100 shares would be washed, 500.00 USD of the loss, by shares bought in the household: "
        "25 on 12 Nov 2025. From 13 Dec 2025 on nothing bought so far washes it."
    )
    assert amounts(found)["Of the loss, washed"] == -500


def test_a_loss_that_an_ira_would_take_for_good_says_so() -> None:
    found = judged(candidate(short_loss=D(1500), washed=D(500), outcome=washed("25", "500", lost="500")))

    assert found.words.endswith(" 500.00 USD would be lost for good.")


def test_a_washed_loss_without_its_causes_is_refused_too() -> None:
    found = judged(candidate(short_loss=D(1500), washed=D(500)))

    assert (found.decision, found.words) == (Decision.WASHED, "500.00 USD of the loss would be washed.")


def test_a_policy_may_let_a_sliver_be_washed() -> None:
    part = candidate(short_loss=D(1500), washed=D(500), outcome=washed("25", "500"))

    found = judged(part, washed_allowed=D("0.25"), **FREE)

    assert found.decision is Decision.PROPOSE
    assert found.benefit_high == 150


def test_without_a_replacement_nothing_is_proposed() -> None:
    assert judge(candidate(), terms(), None).decision is Decision.NO_REPLACEMENT


def test_an_account_in_another_currency_is_not_judged() -> None:
    found = judged(candidate(currency="EUR"))

    assert found.decision is Decision.UNJUDGED
    assert "kept in EUR" in found.words


def test_a_year_that_nothing_is_known_of_is_not_judged() -> None:
    assert judged(years=()).decision is Decision.UNJUDGED


def test_a_year_without_tables_is_not_judged_and_says_so() -> None:
    found = judged(years=(tax_year(year=1999, ordinary_income="60000"),))

    assert found.decision is Decision.UNJUDGED
    assert "no tax tables for 1999" in found.words


def test_where_the_income_is_not_known_a_range_is_given_and_said() -> None:
    found = judged(years=UNKNOWN, **FREE)

    assert found.decision is Decision.PROPOSE
    assert found.benefit_low <= 200 <= found.benefit_high
    assert not found.is_certain
    assert found.words.startswith("The loss of 2,000.00 USD is worth up to ")
    assert NO_INCOME.format(year=2025) in found.unknown
    assert found.deferral + found.rate_difference == found.benefit_low
    assert [line.label for line in found.lines].count("Benefit") == 2
    assert "Worth taking now, at most" in amounts(found)


def test_where_the_status_is_not_known_the_range_is_over_all_of_them() -> None:
    years = tuple(
        tax_year(ordinary_income="60000", short_gain="5000", filing_status=status) for status in FilingStatus
    )

    found = judged(years=years, **FREE)

    # Most for a head of household: 150 at 22 %, 1,850 at 12 %, and nothing on the long-term gain.
    assert (found.benefit_low, found.benefit_high) == ds(200, 255)
    assert NO_STATUS in found.unknown


def test_what_is_not_known_is_said_in_words() -> None:
    found = judged(volatility=None)

    assert found.unknown == (NO_STATE, NO_VOLATILITY)
    assert judged(years=(tax_year(ordinary_income="60000", state_rate="0.05"),)).unknown == ()


def test_without_a_volatility_five_per_cent_stand_in_for_the_value_of_waiting() -> None:
    less, more = candidate(lot(value="9600")), candidate(lot(value="9400"))

    assert judged(less, volatility=None, **FREE).decision is Decision.WAIT
    assert judged(more, volatility=None, **FREE).decision is Decision.PROPOSE


def test_only_ripe_lots_stay_in_a_candidate() -> None:
    deep, shallow = lot(number=1), lot(value="9990", number=2)
    long = lot(acquired=date(2020, 1, 2), number=3)

    ripe = ripe_part(candidate(deep, shallow, long), terms())

    assert [one.lot_id for one in ripe.lots] == [deep.lot_id, long.lot_id]
    assert (ripe.short_loss, ripe.long_loss) == ds(2000, 2000)


def test_under_a_simple_threshold_each_lot_has_to_pass_it() -> None:
    deep, shallow = lot(number=1), lot(value="9600", number=2)

    ripe = ripe_part(candidate(deep, shallow), terms(threshold=Threshold.FIVE_PERCENT))

    assert [one.lot_id for one in ripe.lots] == [deep.lot_id]


@pytest.mark.parametrize("threshold", [Threshold.ANY_LOSS, Threshold.YEAR_END])
def test_under_other_rules_every_lot_is_ripe(threshold: Threshold) -> None:
    both = candidate(lot(number=1), lot(value="9990", number=2))

    assert ripe_part(both, terms(threshold=threshold)) is both


def test_a_candidate_none_of_whose_lots_is_ripe_stays_whole() -> None:
    small = candidate(lot(value="9990"))

    assert ripe_part(small, terms(volatility=D("0.6"))) is small


def test_a_candidate_that_would_be_washed_or_cannot_be_reckoned_stays_whole() -> None:
    both = candidate(lot(number=1), lot(value="9990", number=2))
    asked = replace(both, outcome=washed("25", "500"))

    assert ripe_part(asked, terms()) is asked
    assert ripe_part(both, terms(years=(tax_year(year=1999),))) is both


def test_the_spring_is_short_term_in_november() -> None:
    assert candidate().short_loss == 2000
    assert (date(2025, 3, 3), date(2025, 11, 27)) == (SPRING, DAY)
