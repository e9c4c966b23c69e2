"""Whole Flex files, our own and those beside the checkout: every row has an outcome and the cash adds up."""

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from portfolios.engine.records import AccountStatement, RowStatus
from portfolios.engine.statements.flex import read_flex

DEFAULT = Path(__file__).parents[4].parent / "shared" / "data" / "flex"
FOLDER = Path(os.environ.get("WEALTHALLOC_FLEX_SAMPLES", DEFAULT))
OWN = Path(__file__).parents[3] / "fixtures" / "statements"
FILES = [*sorted(OWN.glob("*.xml")), *sorted(FOLDER.glob("*.xml"))]

# Transactions by kind in each file, all of its accounts together.
EXPECTED = {
    "broken_places": {"deposit": 1, "fee": 2},
    "month": {"buy": 1, "exchange": 1, "deposit": 3, "dividend": 1, "tax": 1, "fee": 1},
    "quarter": {
        "buy": 2, "sell": 1, "split": 1, "deposit": 1, "withdrawal": 1, "dividend": 1, "tax": 1,
        "interest": 1, "fee": 1,
    },
    "activity_cancelled_trades": {"buy": 2, "sell": 2},
    "activity_cash": {"deposit": 2, "withdrawal": 1, "interest": 3, "dividend": 2, "tax": 1, "fee": 5},
    "activity_corporate_actions": {
        "dividend": 1, "tax": 1, "split": 2, "merger": 1, "stock_dividend": 1, "sell": 1,
    },
    "activity_fractional_shares": {"buy": 3, "sell": 1},
    "activity_options": {"buy": 2, "sell": 2, "interest": 1, "fee": 1},
    "activity_simple": {"buy": 1, "sell": 1, "deposit": 1, "dividend": 1, "interest": 1},
    "statement_01": {"buy": 14, "fee": 4, "interest": 2, "tax": 1, "merger": 3},
    "statement_02": {"buy": 7, "sell": 2, "tax": 1, "dividend": 1, "fee": 2},
    "statement_05": {"buy": 2, "dividend": 2},
    "statement_10": {"buy": 1, "exchange": 1},
    "statement_12": {"buy": 4, "tax": 6, "dividend": 4, "fee": 2, "deposit": 1, "interest": 1},
    "statement_14": {"buy": 6, "exchange": 2, "fee": 2, "deposit": 2},
    "statement_17": {"fee": 3, "tax": 3},
    "statement_20": {"buy": 1, "tax": 2},
    "statement_24": {"dividend": 9, "fee": 1},
    "statement_26": {"sell": 1, "dividend": 3},
}  # fmt: skip

# Ending cash less starting cash and transactions; statement_20 lacks its dividends, so it differs there.
DIFFERENCES = {
    "month": {"CHF": "0", "USD": "0"},
    "quarter": {"USD": "0"},
    "statement_14": {"CHF": "0", "USD": "0"},
    "statement_17": {"USD": "0"},
    "statement_20": {"AUD": "0", "CAD": "3106.53", "EUR": "0", "USD": "3066.25"},
    "statement_24": {"USD": "0"},
}
# Rows that are left out or wrong, by line.
SET_ASIDE = {
    "broken_places": {8: "wrong", 9: "wrong", 11: "wrong", 13: "wrong"},
    "month": {37: "left_out"},
    "activity_corporate_actions": {59: "left_out", 79: "left_out"},
    "activity_simple": {81: "wrong", 103: "wrong"},
}


def change_of_cash(account: AccountStatement, currency: str) -> Decimal:
    """What the transactions of the account add to its cash in `currency`."""
    own = (made.amount for made in account.transactions if made.currency == currency)
    other = (
        made.counter_amount or Decimal(0)
        for made in account.transactions
        if made.counter_currency == currency
    )
    return sum(own, Decimal(0)) + sum(other, Decimal(0))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_sample_gives_its_transactions_and_says_what_was_set_aside(path: Path) -> None:
    statement = read_flex(path.read_bytes())
    kinds = Counter(made.kind.value for account in statement.accounts for made in account.transactions)
    set_aside = {
        row.line: row.status.value
        for row in statement.rows
        if row.status in (RowStatus.LEFT_OUT, RowStatus.WRONG)
    }

    assert dict(kinds) == EXPECTED[path.stem]
    assert set_aside == SET_ASIDE.get(path.stem, {})
    assert all(row.reason for row in statement.rows if row.status is not RowStatus.READ)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_cash_of_each_sample_adds_up_where_the_file_has_all_of_it(path: Path) -> None:
    differences = {}
    for account in read_flex(path.read_bytes()).accounts:
        for balance in account.cash:
            assert balance.start is not None
            differences[balance.currency] = (
                balance.end - balance.start - change_of_cash(account, balance.currency)
            )

    wanted = {currency: Decimal(text) for currency, text in DIFFERENCES.get(path.stem, {}).items()}
    assert differences == wanted


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_keys_of_a_sample_are_unique_and_the_same_at_the_second_reading(path: Path) -> None:
    first, second = (
        [
            made.natural_key
            for account in read_flex(path.read_bytes()).accounts
            for made in account.transactions
        ]
        for _ in range(2)
    )

    assert first == second
    assert len(set(first)) == len(first)
    assert max(map(len, first)) <= 120
