"""The values of several accounts in one series."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from portfolios.engine.exchange_rates import RateTable
from portfolios.engine.household_valuation import AccountSeries, sum_valuations
from portfolios.engine.records import ValuationRecord
from tests.portfolios.engine.market_facts import rates, valued

HOUSEHOLD = UUID(int=50)


def total(*accounts: AccountSeries, table: RateTable | None = None) -> list[ValuationRecord]:
    return sum_valuations(
        household_id=HOUSEHOLD, accounts=accounts, currency="USD", rates=table or RateTable()
    )


def account(name: str, *records: ValuationRecord, currency: str = "USD") -> AccountSeries:
    return AccountSeries(name=name, base_currency=currency, records=records)


def test_a_transfer_between_own_accounts_is_no_flow_of_the_household() -> None:
    found = total(
        account("Ours", valued("2024-05-01", "1000"), valued("2024-05-02", "600", "-400")),
        account("Hers", valued("2024-05-01", "10"), valued("2024-05-02", "410", "400")),
    )

    assert [(record.value, record.flow) for record in found] == [
        (Decimal(1010), Decimal(0)),
        (Decimal(1010), Decimal(0)),
    ]
    assert {record.portfolio_id for record in found} == {HOUSEHOLD}


def test_an_account_counts_as_nothing_before_it_begins_and_is_missed_after() -> None:
    found = total(
        account(
            "Ours", valued("2024-05-01", "1000"), valued("2024-05-02", "1001"), valued("2024-05-03", "1")
        ),
        account("Hers", valued("2024-05-02", "10", "10")),
        account("Empty"),
    )

    assert [(record.value, record.flow) for record in found] == [
        (Decimal(1000), Decimal(0)),
        (Decimal(1011), Decimal(10)),
        (None, None),
    ]
    assert found[2].missing == ("Hers: no valuation",)
    assert found[2].cash is None


def test_other_base_currencies_are_converted_at_the_rate_of_the_day() -> None:
    euro = account(
        "Euro",
        replace(valued("2024-05-01", "100", "50"), cash=Decimal(10), stale=("ACME",)),
        valued("2024-05-02", "100"),
        replace(valued("2024-05-20", None, "5"), cash=None, missing=("ACME",)),
        currency="EUR",
    )

    found = total(euro, table=rates(("EUR", "2024-05-01", "1.1")))

    assert [(record.value, record.cash, record.flow) for record in found] == [
        (Decimal(110), Decimal(11), Decimal(55)),
        (Decimal(110), Decimal(0), Decimal(0)),
        (None, None, None),
    ]
    assert found[0].stale == ("Euro: ACME",)
    assert found[1].stale == ("Euro: EUR to USD",)
    assert found[2].missing == ("Euro: ACME", "Euro: EUR to USD")


def test_one_account_without_a_value_leaves_the_sum_without_one() -> None:
    found = total(
        account("Ours", valued("2024-05-01", None, missing=("ACME",))),
        account("Hers", valued("2024-05-01", "10")),
    )

    assert (found[0].value, found[0].flow, found[0].missing) == (None, Decimal(0), ("Ours: ACME",))
