"""Option symbols, read and refused."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.options import OptionTerms, Right, option_terms


@pytest.mark.parametrize(
    "symbol", ["AAPL  240119C00150000", "AAPL 240119C00150000", "AAPL240119C00150000", "-aapl240119c150"]
)
def test_one_contract_is_read_from_every_way_it_is_written(symbol: str) -> None:
    assert option_terms(symbol) == OptionTerms(
        underlying="AAPL", expiry=date(2024, 1, 19), right=Right.CALL, strike=Decimal(150)
    )


def test_eight_digits_are_thousandths_and_fewer_are_the_strike_itself() -> None:
    exact, short = option_terms("BRKB  250620P00412500"), option_terms("-BRKB250620P412.5")

    assert exact == short
    assert exact is not None
    assert (exact.right, exact.strike) == (Right.PUT, Decimal("412.5"))


def test_a_digit_after_the_root_marks_an_adjusted_contract() -> None:
    found = option_terms("AAPL1 240119C00150000")

    assert found is not None
    assert (found.underlying, found.is_adjusted) == ("AAPL", True)


@pytest.mark.parametrize("symbol", ["AAPL", "", "AAPL 241319C00150000", "TOOLONG 240119C00150000", "BRK.B"])
def test_what_is_no_option_has_no_terms(symbol: str) -> None:
    assert option_terms(symbol) is None
