"""Assumptions of a back-test as people write them."""

from decimal import Decimal

import pytest

from common.errors import InvalidInput
from taxharvest.quant.backtest.assumptions import (
    Assumptions,
    Deposits,
    Review,
    TaxRates,
    Threshold,
    Use,
    assumption_words,
    assumptions_read,
    rates_read,
)


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [("35/15", "35", "15"), (" 37+3.8/20+3.8", "40.8", "23.8"), ("24/15", "24", "15"), ("12/0", "12", "0")],
)
def test_rates_are_read_as_short_and_long_each_a_sum_where_wanted(text: str, short: str, long: str) -> None:
    assert rates_read(text) == TaxRates(short=Decimal(short), long=Decimal(long))


@pytest.mark.parametrize("text", ["", "35", "35/15/0", "a/b", "15/35", "-1/0", "61/15", "NaN/0", "35/1e3"])
def test_rates_that_cannot_be_are_refused_by_their_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        rates_read(text)
    assert list(refusal.value.fields) == ["rates"]


def test_what_is_left_out_stays_as_usual() -> None:
    assert assumptions_read({}) == Assumptions()


def test_plain_values_come_back_as_they_went() -> None:
    asked = Assumptions(
        years=7,
        rates=rates_read("37+3.8/20+3.8"),
        review=Review.DAILY,
        deposits=Deposits.QUARTERLY,
        threshold=Threshold.OPTION,
        use=Use.INCOME,
        cost=Decimal("2.50"),
        paths=3,
        seed=5,
    )
    assert asked.to_json() == {
        "years": 7,
        "rates": "40.8/23.8",
        "review": "daily",
        "deposits": "quarterly",
        "threshold": "option",
        "use": "income",
        "cost": "2.5",
        "paths": 3,
        "seed": 5,
    }
    assert assumptions_read(asked.to_json()) == asked


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("years", 4),
        ("years", 21),
        ("years", "ten"),
        ("paths", 401),
        ("seed", -1),
        ("cost", "101"),
        ("cost", "x"),
        ("review", "hourly"),
        ("deposits", "weekly"),
        ("threshold", "none"),
        ("use", "nothing"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_field(field: str, value: str | int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        assumptions_read({field: value})
    assert list(refusal.value.fields) == [field]


def test_the_digest_tells_assumptions_apart_and_knows_equal_ones() -> None:
    usual = Assumptions().digest()

    assert Assumptions(cost=Decimal("0.00")).digest() == usual
    assert Assumptions(years=11).digest() != usual
    assert len(usual) == 64


def test_every_assumption_has_its_sentence() -> None:
    told = dict(assumption_words(Assumptions(rates=rates_read("24/15"), cost=Decimal(5))))

    assert told["Held for"] == "10 years"
    assert told["Rates"] == "24 % short-term, 15 % long-term"
    assert told["Costs"] == "5 hundredths of a per cent of each trade"
    assert len(told) == 12
