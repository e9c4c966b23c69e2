"""Lines of a broker's summary become figures of accounts."""

from decimal import Decimal

import pytest

from trading.engine.account_values import cash_told, tells_ledger
from trading.engine.records import AccountValue

D = Decimal


def line(tag: str, value: str, currency: str = "USD", account: str = "DU1") -> AccountValue:
    """One line of a summary."""
    return AccountValue(account=account, tag=tag, value=value, currency=currency)


def test_an_account_tells_a_ledger_when_it_has_a_line_of_one() -> None:
    told = [line("CashBalance", "1"), line("TotalCashValue", "1", account="DU2")]
    assert (tells_ledger(told, "DU1"), tells_ledger(told, "DU2")) == (True, False)


def test_cash_is_told_by_currency_where_there_is_a_ledger_and_as_a_total_elsewhere() -> None:
    told = cash_told(
        [
            line("TotalCashValue", "150"),
            line("CashBalance", "100"),
            line("CashBalance", "50", "EUR"),
            line("CashBalance", "150", "BASE"),
            line("TotalCashValue", "9", account="DU2"),
        ]
    )
    assert told == {("DU1", "USD"): D(100), ("DU1", "EUR"): D(50), ("DU2", "USD"): D(9)}


@pytest.mark.parametrize("value", ["", "n/a", "NaN", "Infinity"])
def test_a_line_that_is_no_number_says_nothing(value: str) -> None:
    assert cash_told([line("TotalCashValue", value)]) == {}
