"""After the window: the three ways by what each costs after tax, reckoned by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from taxharvest.engine.harvest.returns import (
    Choice,
    HeldPart,
    ReturnAdvice,
    ReturnTerms,
    advice_written,
    return_advice,
    ways_read,
)

DAY = date(2026, 4, 2)
# Bought on 2 March 2026 for 10,000.
PART = HeldPart(
    symbol="GLBX", value=Decimal(11_000), basis=Decimal(10_000), is_long=False, long_on=date(2027, 3, 3)
)
TERMS = ReturnTerms(
    day=DAY,
    currency="USD",
    short_rate=Decimal("0.35"),
    long_rate=Decimal("0.15"),
    costs=Decimal(10),
    tracking_error=Decimal("0.01"),
    discount_rate=Decimal(0),
)


def costs(advice: ReturnAdvice) -> dict[Choice, Decimal | None]:
    return {way.choice: way.cost for way in advice.ways}


def test_a_short_term_gain_makes_waiting_the_cheapest_way() -> None:
    advice = return_advice([PART], TERMS)
    found = costs(advice)
    # 350 of tax now and 10 of trading, less 150 that the new basis saves at the long rate.
    assert found[Choice.SWITCH_BACK] == Decimal(210)
    # 11,000 x 1 % x the root of ten years x 0.4.
    assert found[Choice.STAY] == Decimal("139.14021705")
    # 11,000 x 1 % x the root of 335/365 x 0.4, and 10 of trading; the tax is the same then as later.
    assert found[Choice.WAIT] == Decimal("52.15301546")
    assert advice.best is Choice.WAIT
    assert advice.wait_until == date(2027, 3, 3)
    assert advice.words == "Waiting until 3 Mar 2027 costs least: 52.15 USD after tax."


def test_a_loss_is_worth_taking_on_the_way_back() -> None:
    lost = replace(PART, value=Decimal(9_000))
    advice = return_advice([lost], TERMS)
    # 350 of tax saved now, 10 of trading, and 150 more tax later.
    assert costs(advice)[Choice.SWITCH_BACK] == Decimal(-190)
    assert advice.best is Choice.SWITCH_BACK
    assert advice.words == "Switching back now is worth most: 190.00 USD after tax."


def test_a_long_term_gain_leaves_nothing_to_wait_for() -> None:
    advice = return_advice([replace(PART, is_long=True, long_on=date(2026, 1, 1))], TERMS)
    assert [way.choice for way in advice.ways] == [Choice.SWITCH_BACK, Choice.STAY]
    assert costs(advice)[Choice.SWITCH_BACK] == Decimal(10)
    assert advice.best is Choice.SWITCH_BACK


def test_later_taxes_are_discounted() -> None:
    advice = return_advice([PART], replace(TERMS, discount_rate=Decimal("0.05"), tracking_error=Decimal(0)))
    # 350 and 10, less 150 / 1.05^10 = 92.08698803.
    assert costs(advice)[Choice.SWITCH_BACK] == Decimal("267.91301197")
    assert costs(advice)[Choice.STAY] == Decimal(0)
    assert advice.best is Choice.STAY


def test_without_the_households_rates_no_way_is_recommended() -> None:
    advice = return_advice([PART], replace(TERMS, short_rate=None, long_rate=None))
    assert advice.best is None
    assert advice.words == "No way is recommended: the household’s rates are not known."
    assert costs(advice)[Choice.SWITCH_BACK] is None


def test_without_a_tracking_error_no_way_is_recommended() -> None:
    advice = return_advice([PART], replace(TERMS, tracking_error=None))
    assert advice.best is None
    assert advice.words == "No way is recommended: the tracking error is not known."


def test_the_arithmetic_adds_up_and_comes_back_from_its_row() -> None:
    advice = return_advice([PART, replace(PART, symbol="INIT")], TERMS)
    for way in advice.ways:
        amounts = [line.amount or Decimal(0) for line in way.lines]
        assert sum(amounts[:-1]) == amounts[-1] == way.cost
    assert ways_read(advice_written(advice)) == advice.ways
    assert ways_read({}) == ()
