"""A whole Flex file: accounts, stated positions and cash, rates, and an outcome for each row."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from portfolios.engine.records import AccountStatement, RowStatus, StatedLot, Statement
from portfolios.engine.statements.flex import flex_rows, read_flex
from portfolios.engine.statements.refusals import StatementError
from tests.portfolios.engine.statements.flex_files import (
    CASH,
    STOCK,
    TRADE,
    cash,
    d,
    flex,
    of_status,
    outcomes,
    read,
    trades,
)

FIXTURES = Path(__file__).parents[3] / "fixtures" / "statements"


@pytest.fixture(name="month", scope="module")
def _month() -> Statement:
    return read_flex((FIXTURES / "month.xml").read_bytes())


@pytest.fixture(name="account", scope="module")
def _account(month: Statement) -> AccountStatement:
    return month.accounts[0]


def flows(account: AccountStatement) -> dict[str, Decimal]:
    """The change of cash by currency that the transactions make."""
    total: dict[str, Decimal] = {}
    for made in account.transactions:
        total[made.currency] = total.get(made.currency, d("0")) + made.amount
        if made.counter_amount is not None:
            total[made.counter_currency] = total.get(made.counter_currency, d("0")) + made.counter_amount
    return total


def test_a_file_with_two_accounts_gives_two(month: Statement) -> None:
    assert [(account.account, account.base_currency) for account in month.accounts] == [
        ("U88", "CHF"),
        ("U89", "USD"),
    ]
    assert (month.source, month.accounts[0].first_day, month.accounts[0].last_day) == (
        "flex",
        date(2024, 3, 1),
        date(2024, 3, 31),
    )


def test_the_same_number_in_two_accounts_is_two_events(month: Statement) -> None:
    keys = [made.natural_key for account in month.accounts for made in account.transactions]

    assert "ibkr:U88:cash:103" in keys
    assert "ibkr:U89:cash:103" in keys
    assert len(keys) == len(set(keys))


def test_starting_cash_and_transactions_make_the_ending_cash(account: AccountStatement) -> None:
    assert [balance.currency for balance in account.cash] == ["CHF", "USD"]
    for balance in account.cash:
        assert balance.start is not None
        assert balance.start + flows(account)[balance.currency] == balance.end


def test_the_lots_of_a_position_are_kept_with_it_and_not_added(account: AccountStatement) -> None:
    (position,) = [position for position in account.positions if not position.is_prior]

    assert (position.quantity, position.cost, position.price, position.day) == (
        d("4"), d("361"), d("95"), date(2024, 3, 31)
    )  # fmt: skip
    assert [(lot.quantity, lot.acquired, lot.cost) for lot in position.lots] == [
        (d("3"), date(2024, 3, 5), d("270.75")),
        (d("1"), date(2024, 3, 5), d("90.25")),
    ]


def test_positions_on_the_eve_are_marked(account: AccountStatement) -> None:
    (position,) = [position for position in account.positions if position.is_prior]

    assert (position.instrument.symbol, position.quantity, position.day) == (
        "OLDCO",
        d("7"),
        date(2024, 2, 29),
    )


def test_the_securities_section_completes_the_instruments(account: AccountStatement) -> None:
    facts = next(made.instrument for made in account.transactions if made.instrument)

    assert (facts.name, facts.asset_class, facts.isin, facts.exchange) == (
        "ACME INDEX FUND", "fund", "US0000010019", "ARCA"
    )  # fmt: skip


def test_rates_and_closes_become_prices(account: AccountStatement) -> None:
    closes = {(price.instrument.symbol, price.day): (price.close, price.currency) for price in account.prices}

    assert closes["USD.CHF", date(2024, 3, 20)] == (d("0.89123"), "CHF")
    assert closes["ACME", date(2024, 3, 4)] == (d("89.5"), "USD")
    assert closes["ACME", date(2024, 3, 5)] == (d("91"), "USD")
    assert closes["ACME", date(2024, 3, 31)] == (d("95"), "USD")


def test_every_row_has_one_outcome_in_order_of_lines(month: Statement) -> None:
    written = (FIXTURES / "month.xml").read_text()
    frame = ("FlexQueryResponse", "FlexStatements", "FlexStatement ")
    rows = [
        number
        for number, line in enumerate(written.splitlines(), 1)
        if "=" in line and not line.startswith(tuple(f"<{name}" for name in frame))
    ]

    assert [row.line for row in month.rows] == rows
    assert of_status(month, RowStatus.WRONG) == []
    (left_out,) = of_status(month, RowStatus.LEFT_OUT)
    assert left_out.reason == "the section “DebitCardActivities” is not supported"
    assert all(row.reason for row in of_status(month, RowStatus.IGNORED))


def test_rates_to_another_currency_than_the_stated_base_are_not_used(month: Statement) -> None:
    dollars, euros = month.accounts[1].transactions
    told = next(
        row for row in month.rows if row.section == "AccountInformation" and row.row["accountId"] == "U89"
    )

    assert (dollars.fx_rate, euros.fx_rate) == (d("1"), None)
    assert told.reason.startswith("the base currency is stated as USD, but")


def test_names_and_addresses_are_not_kept(month: Statement) -> None:
    (first, _) = [row for row in month.rows if row.section == "AccountInformation"]

    assert first.row == {"accountId": "U88", "currency": "CHF"}


def test_a_rate_of_one_for_a_foreign_currency_means_that_there_is_none() -> None:
    (made,) = read(cash(CASH | {"currency": "EUR", "fxRateToBase": "1"})).transactions

    assert made.fx_rate is None


def test_a_missing_rate_is_taken_from_another_row_of_the_day() -> None:
    euros = CASH | {"currency": "EUR", "fxRateToBase": "1.09"}
    other = CASH | {"currency": "EUR", "fxRateToBase": "", "transactionID": "7002"}

    assert [made.fx_rate for made in read(cash(euros, other)).transactions] == [d("1.09"), d("1.09")]


def test_the_base_currency_is_inferred_when_only_one_is_always_at_one() -> None:
    data = cash(
        CASH | {"currency": "EUR", "fxRateToBase": "1"}, CASH | {"fxRateToBase": "0.9", "transactionID": "2"}
    )
    bare = data.replace(b'<AccountInformation accountId="U1" currency="USD" name="A Person" />', b"")

    assert read(bare).base_currency == "EUR"


def test_the_base_currency_is_the_one_that_rows_name_as_functional() -> None:
    data = cash(CASH | {"currency": "EUR", "fxRateToBase": "1", "functionalCurrency": "GBP"})
    bare = data.replace(b'<AccountInformation accountId="U1" currency="USD" name="A Person" />', b"")

    assert read(bare).base_currency == "GBP"


def test_account_information_outside_of_the_statements_counts() -> None:
    data = cash(CASH).replace(b"<FlexStatements", b'<AccountInformation currency="GBP" /><FlexStatements')
    bare = data.replace(b'<AccountInformation accountId="U1" currency="USD" name="A Person" />', b"")

    assert read(bare).base_currency == "GBP"


def test_lots_alone_add_up_to_a_position() -> None:
    lot = STOCK | {"reportDate": "20240331", "markPrice": "5", "costBasisMoney": "10", "levelOfDetail": "LOT"}
    data = flex(("OpenPositions", "OpenPosition", [lot | {"position": "2"}, lot | {"position": "3"}]))
    (position,) = read(data).positions

    assert (position.quantity, position.cost) == (d("5"), d("20"))
    assert position.lots == (
        StatedLot(line=4, quantity=d("2"), cost=d("10")),
        StatedLot(line=5, quantity=d("3"), cost=d("10")),
    )


def test_a_total_in_base_currency_counts_when_there_is_no_other_currency() -> None:
    total = {"currency": "BASE_SUMMARY", "startingCash": "5", "endingCash": "55", "toDate": "20240331"}
    data = flex(
        ("CashReport", "CashReportCurrency", [total]), ("CashTransactions", "CashTransaction", [CASH])
    )
    mixed = flex(
        ("CashReport", "CashReportCurrency", [total]),
        ("CashTransactions", "CashTransaction", [CASH | {"currency": "EUR"}]),
    )

    assert [(balance.currency, balance.start, balance.end) for balance in read(data).cash] == [
        ("USD", d("5"), d("55"))
    ]
    assert read(mixed).cash == ()


def test_a_transfer_in_kind_keeps_the_lots_that_add_up() -> None:
    whole = STOCK | {
        "type": "ACATS",
        "direction": "IN",
        "quantity": "5",
        "date": "20240304",
        "transactionID": "600",
    }
    lot = STOCK | {"direction": "IN", "date": "20240304", "levelOfDetail": "LOT"}
    data = flex(
        ("Transfers", "Transfer", [whole]),
        ("Transfers", "TransferLot", [
            lot | {"quantity": "2", "cost": "20", "openDateTime": "20200102;093000"},
            lot | {"quantity": "3", "cost": "45", "openDateTime": "20210304;093000"},
        ]),
    )  # fmt: skip
    made = read(data).transactions

    assert [(row.kind, row.quantity, row.cost, row.acquired) for row in made] == [
        ("transfer_in", d("2"), d("20"), date(2020, 1, 2)),
        ("transfer_in", d("3"), d("45"), date(2021, 3, 4)),
    ]
    assert {row.status for row in outcomes(data, "Transfers")} == {RowStatus.READ}


def test_a_transfer_without_lots_has_no_cost() -> None:
    row = STOCK | {
        "type": "FOP",
        "direction": "OUT",
        "quantity": "5",
        "date": "20240304",
        "transactionID": "600",
    }
    (made,) = read(flex(("Transfers", "Transfer", [row]))).transactions

    assert (made.kind, made.quantity, made.cost, made.acquired) == ("transfer_out", d("-5"), None, None)
    assert made.natural_key == "ibkr:U1:transfer:600"


def test_a_transfer_of_cash_is_a_deposit() -> None:
    row = {"currency": "USD", "type": "INTERNAL", "direction": "IN", "cashTransfer": "70", "date": "20240304"}
    (made,) = read(flex(("Transfers", "Transfer", [row]))).transactions

    assert (made.kind, made.amount) == ("deposit", d("70"))


def test_two_statements_of_one_account_overlap_without_counting_twice() -> None:
    data = trades(TRADE)
    frame = data[data.index(b"<FlexStatement ") : data.index(b"</FlexStatements>")]
    doubled = data.replace(frame, frame + frame.replace(b"20240331", b"20240430"))
    statement = read_flex(doubled)

    (account,) = statement.accounts
    assert len(account.transactions) == 1
    assert account.last_day == date(2024, 4, 30)
    assert [row.reason for row in of_status(statement, RowStatus.IGNORED)] == ["says the same as line 4"]


def test_progress_is_told_up_to_the_end() -> None:
    told: list[int] = []
    read_flex(trades(TRADE), progress=told.append)

    assert told[-1] == 100


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("20240304", date(2024, 3, 4)), ("2024-03-04", date(2024, 3, 4)), ("25/03/2024", date(2024, 3, 25)),
        ("03/25/2024", date(2024, 3, 25)), ("04-MAR-24", date(2024, 3, 4)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("clock", ["", ";093015", ", 09:30:15", " 09:30:15", "T09:30:15", ";093015 EST"])
def test_dates_are_read_in_every_format_the_broker_offers(written: str, day: date, clock: str) -> None:
    row = TRADE | {"tradeDate": written, "dateTime": written + clock}
    (made,) = read(trades(row)).transactions

    assert made.trade_date == day
    assert (made.executed_at is not None) == bool(clock)


def test_dates_with_slashes_that_may_be_either_are_refused_with_advice() -> None:
    with pytest.raises(StatementError, match="yyyyMMdd"):
        read_flex(trades(TRADE | {"tradeDate": "03/04/2024", "dateTime": ""}))


def test_one_clear_date_with_slashes_tells_the_order_of_all() -> None:
    early = TRADE | {"tradeDate": "03/04/2024", "dateTime": ""}
    late = early | {"tradeDate": "25/04/2024", "ibExecID": "0000aaaa.00000002.01.01", "quantity": "1"}

    assert [made.trade_date for made in read(trades(early, late)).transactions] == [
        date(2024, 4, 3),
        date(2024, 4, 25),
    ]


TRANSFER = STOCK | {"type": "FOP", "direction": "IN", "quantity": "5", "date": "20240304"}


@pytest.mark.parametrize(
    ("change", "status", "field", "reason"),
    [
        ({"quantity": "0"}, RowStatus.IGNORED, "", "moves neither securities nor cash"),
        (
            {"assetCategory": "CASH", "symbol": "USD"},
            RowStatus.LEFT_OUT,
            "",
            "a transfer of a currency position; enter it as a deposit or withdrawal",
        ),
        ({"direction": "UP"}, RowStatus.WRONG, "direction", "“UP” is neither IN nor OUT"),
    ],
)
def test_a_transfer_that_cannot_be_booked_says_why(
    change: dict[str, str], status: RowStatus, field: str, reason: str
) -> None:
    data = flex(("Transfers", "Transfer", [TRANSFER | change]))
    (outcome,) = outcomes(data, "Transfers")

    assert read(data).transactions == ()
    assert (outcome.status, outcome.field, outcome.reason) == (status, field, reason)


@pytest.mark.parametrize(("quantity", "kind"), [("5", "transfer_in"), ("-5", "transfer_out")])
def test_without_a_direction_the_sign_of_a_transfer_counts(quantity: str, kind: str) -> None:
    row = TRANSFER | {"direction": "", "quantity": quantity}
    (made,) = read(flex(("Transfers", "Transfer", [row]))).transactions

    assert (made.kind, made.quantity) == (kind, d(quantity))


def test_lots_that_do_not_add_up_are_set_aside_and_the_transfer_is_read_whole() -> None:
    lot = STOCK | {"direction": "IN", "date": "20240304", "quantity": "4", "cost": "20"}
    data = flex(("Transfers", "Transfer", [TRANSFER]), ("Transfers", "TransferLot", [lot]))
    (made,) = read(data).transactions

    assert (made.quantity, made.cost) == (d("5"), None)
    assert [(row.status, row.reason) for row in outcomes(data, "Transfers")] == [
        (RowStatus.READ, "FOP"),
        (RowStatus.IGNORED, "the lots do not add up to the transfer, which was read as a whole"),
    ]


def test_a_security_without_a_name_or_number_is_wrong() -> None:
    data = flex(("SecuritiesInfo", "SecurityInfo", [{"currency": "USD", "multiplier": "1"}]))
    (outcome,) = outcomes(data, "SecuritiesInfo")

    assert (outcome.status, outcome.field, outcome.reason) == (
        RowStatus.WRONG,
        "symbol",
        "the row names no instrument",
    )


def test_an_exchange_rate_that_is_missing_is_wrong() -> None:
    row = {"fromCurrency": "EUR", "toCurrency": "USD", "reportDate": "20240304"}
    data = flex(("ConversionRates", "ConversionRate", [row]))
    (outcome,) = outcomes(data, "ConversionRates")

    assert read(data).prices == ()
    assert (outcome.status, outcome.field, outcome.reason) == (RowStatus.WRONG, "rate", "the rate is missing")


def test_a_lot_without_a_total_beside_other_totals_is_ignored() -> None:
    total = STOCK | {"reportDate": "20240331", "position": "2", "levelOfDetail": "SUMMARY"}
    lot = total | {"symbol": "OTHER", "conid": "1002", "isin": "", "levelOfDetail": "LOT"}
    data = flex(("OpenPositions", "OpenPosition", [total, lot]))
    (position,) = read(data).positions

    assert (position.instrument.symbol, position.lots) == ("ACME", ())
    assert [(row.status, row.reason) for row in outcomes(data, "OpenPositions")] == [
        (RowStatus.READ, ""),
        (RowStatus.IGNORED, "a lot without a total of its instrument; totals were read"),
    ]


def test_the_price_of_a_bond_that_is_held_is_that_of_one_unit_of_face_value() -> None:
    bond = {"assetCategory": "BOND", "position": "1000", "markPrice": "98.5", "positionValue": "985"}
    data = flex(("OpenPositions", "OpenPosition", [STOCK | bond | {"reportDate": "20240331"}]))
    account = read(data)

    assert account.positions[0].price == d("0.985")
    assert [price.close for price in account.prices] == [d("0.985")]


def test_a_prior_position_counts_once_and_also_without_a_price() -> None:
    prior = STOCK | {"date": "20240229", "quantity": "7"}
    summary = STOCK | {"prevCloseQuantity": "7", "prevClosePrice": "20"}
    data = flex(
        ("PriorPeriodPositions", "PriorPeriodPosition", [prior]),
        ("MTMPerformanceSummaryInBase", "MTMPerformanceSummaryUnderlying", [summary]),
    )
    account = read(data)
    (position,) = account.positions

    assert (position.quantity, position.price, position.day, position.is_prior) == (
        d("7"), None, date(2024, 2, 29), True
    )  # fmt: skip
    assert (position.line, account.prices) == (4, ())


def test_a_base_rate_that_is_no_number_spoils_no_other_rate() -> None:
    euros = CASH | {"currency": "EUR", "fxRateToBase": "1.09", "transactionID": "7002"}
    data = cash(CASH | {"fxRateToBase": "one"}, euros)

    assert [made.fx_rate for made in read(data).transactions] == [d("1"), d("1.09")]
    assert [row.reason for row in outcomes(data, "AccountInformation")] == [""]


def test_progress_is_told_up_to_the_end_of_a_broken_file() -> None:
    told: list[int] = []
    statement = read_flex(trades(TRADE) + b"<", progress=told.append)

    assert told[-1] == 100
    assert len(statement.accounts[0].transactions) == 1


def test_an_element_outside_of_the_statements_is_no_row() -> None:
    data = cash(CASH).replace(b"<FlexStatements", b'<Advertisement text="New" /><FlexStatements')

    assert [row.section for row in read_flex(data).rows] == ["AccountInformation", "CashTransactions"]


def test_a_lot_without_its_transfer_is_left_out() -> None:
    lot = TRANSFER | {"levelOfDetail": "LOT"}
    data = flex(("Transfers", "Transfer", [lot]))
    (outcome,) = outcomes(data, "Transfers")

    assert read(data).transactions == ()
    assert (outcome.status, outcome.reason) == (
        RowStatus.LEFT_OUT,
        "a lot of a transfer that the statement does not have",
    )


def test_a_statement_that_does_not_say_its_first_day_has_none() -> None:
    account = read(cash(CASH).replace(b' fromDate="20240301"', b""))

    assert (account.first_day, account.last_day) == (None, date(2024, 3, 31))


def test_rows_as_they_stand_say_whose_account_they_are_in() -> None:
    rows, broken = flex_rows(trades(TRADE, TRADE | {"accountId": "U7"}) + b"\n<")

    assert [(row.line, row.tag, row.text("accountId")) for row in rows] == [
        (3, "AccountInformation", "U1"),
        (4, "Trade", "U1"),
        (5, "Trade", "U7"),
    ]
    assert [(row.line, row.section, row.status, row.reason) for row in broken] == [
        (7, "XML", RowStatus.WRONG, "“<” stands here without a name")
    ]
