"""Trades of a Flex file: amounts, fees, levels of detail, exchanges, cancellations and corrections."""

from datetime import UTC, date, datetime

import pytest

from portfolios.engine.records import PositionEffect, RowStatus, TransactionKind
from tests.portfolios.engine.statements.flex_files import TRADE, d, flex, outcomes, read, trades

SALE = TRADE | {
    "buySell": "SELL",
    "quantity": "-4",
    "proceeds": "100",
    "netCash": "99",
    "tradePrice": "25",
    "ibExecID": "0000aaaa.00000002.01.01",
    "transactionID": "9002",
    "tradeID": "8002",
}


def test_a_purchase_carries_the_net_cash_and_the_fees_inside_it() -> None:
    (trade,) = read(trades(TRADE)).transactions

    assert (trade.kind, trade.quantity, trade.price) == (TransactionKind.BUY, d("10"), d("20"))
    assert (trade.amount, trade.fees, trade.currency, trade.fx_rate) == (d("-201"), d("1"), "USD", d("1"))
    assert trade.trade_date == date(2024, 3, 4)
    assert trade.executed_at == datetime(2024, 3, 4, 15, 30, tzinfo=UTC)
    assert trade.natural_key == "ibkr:U1:exec:0000aaaa.00000001.01"
    assert trade.line == 4
    assert trade.row["netCash"] == "-201"


def test_summer_time_is_an_hour_nearer_to_utc() -> None:
    (trade,) = read(trades(TRADE | {"tradeDate": "20240701", "dateTime": "20240701;103000"})).transactions

    assert trade.executed_at == datetime(2024, 7, 1, 14, 30, tzinfo=UTC)


def test_a_sale_is_negative_in_shares_and_positive_in_cash() -> None:
    (trade,) = read(trades(SALE)).transactions

    assert (trade.kind, trade.quantity, trade.amount, trade.fees) == (
        TransactionKind.SELL,
        d("-4"),
        d("99"),
        d("1"),
    )


def test_taxes_on_a_trade_are_among_its_fees() -> None:
    row = {name: value for name, value in TRADE.items() if name != "netCash"} | {"taxes": "-0.60"}
    (trade,) = read(trades(row)).transactions

    assert (trade.amount, trade.fees) == (d("-201.60"), d("1.60"))


def test_a_rebate_makes_no_negative_fee() -> None:
    (trade,) = read(trades(TRADE | {"ibCommission": "0.25", "netCash": "-199.75"})).transactions

    assert (trade.amount, trade.fees) == (d("-199.75"), d("0"))


def test_charges_that_are_not_inside_the_net_cash_are_named() -> None:
    data = trades(TRADE | {"ibCommission": "-2", "netCash": "-200"})
    (trade,) = read(data).transactions

    assert (trade.amount, trade.fees) == (d("-200"), d("0"))
    assert outcomes(data, "Trades")[0].reason.startswith("charges of 2")


def test_a_purchase_with_nothing_but_its_cost_still_has_an_amount() -> None:
    row = {k: v for k, v in TRADE.items() if k not in ("netCash", "proceeds", "tradePrice")} | {"cost": "201"}
    (trade,) = read(trades(row)).transactions

    assert (trade.amount, trade.fees, trade.price) == (d("-201"), d("1"), None)


@pytest.mark.parametrize(
    ("written", "effect"),
    [
        ("O", PositionEffect.OPEN),
        ("C", PositionEffect.CLOSE),
        ("C;O", PositionEffect.OPEN),
        ("-", PositionEffect.UNSET),
    ],
)
def test_the_open_close_indicator_says_what_the_trade_does_to_the_position(
    written: str, effect: PositionEffect
) -> None:
    (trade,) = read(trades(TRADE | {"openCloseIndicator": written})).transactions

    assert trade.position_effect is effect


def test_orders_and_totals_are_never_added_to_executions() -> None:
    data = flex(
        ("Trades", "AssetSummary", [{"quantity": "10", "levelOfDetail": "ASSET_SUMMARY"}]),
        ("Trades", "SymbolSummary", [TRADE | {"levelOfDetail": "SYMBOL_SUMMARY"}]),
        ("Trades", "Order", [TRADE | {"levelOfDetail": "ORDER"}]),
        ("Trades", "Trade", [TRADE, TRADE | {"levelOfDetail": "CLOSED_LOT"}]),
        ("Trades", "Lot", [TRADE | {"levelOfDetail": "CLOSED_LOT"}]),
    )

    assert [trade.quantity for trade in read(data).transactions] == [d("10")]
    assert [row.status for row in outcomes(data, "Trades")].count(RowStatus.IGNORED) == 5


def test_orders_stand_in_when_there_are_no_executions() -> None:
    order = {k: v for k, v in TRADE.items() if k not in ("ibExecID", "transactionID", "tradeID")}
    data = flex(("Trades", "Order", [order | {"levelOfDetail": "ORDER", "ibOrderID": "55"}]))
    (trade,) = read(data).transactions

    assert trade.natural_key == "ibkr:U1:order:55:2024-03-04"


def test_a_currency_trade_becomes_an_exchange_and_a_fee_in_its_own_currency() -> None:
    row = TRADE | {
        "assetCategory": "CASH",
        "symbol": "EUR.USD",
        "buySell": "SELL",
        "quantity": "-1000",
        "tradePrice": "1.08",
        "proceeds": "1080",
        "netCash": "0",
        "ibCommission": "-1.80",
        "ibCommissionCurrency": "EUR",
        "fxRateToBase": "0.925",
    }
    exchange, fee = read(trades(row, base="EUR")).transactions

    assert (exchange.kind, exchange.amount, exchange.currency) == (TransactionKind.EXCHANGE, d("1080"), "USD")
    assert (exchange.counter_amount, exchange.counter_currency) == (d("-1000"), "EUR")
    assert (exchange.instrument, exchange.quantity, exchange.fx_rate) == (None, d("0"), d("0.925"))
    assert (fee.kind, fee.amount, fee.currency, fee.fx_rate) == (
        TransactionKind.FEE,
        d("-1.80"),
        "EUR",
        d("1"),
    )
    assert fee.natural_key == f"{exchange.natural_key}/commission"


def test_a_currency_trade_keeps_a_commission_in_its_own_currency_inside() -> None:
    row = TRADE | {
        "assetCategory": "CASH",
        "symbol": "EUR.USD",
        "quantity": "1000",
        "tradePrice": "1.08",
        "proceeds": "-1080",
        "netCash": "0",
        "ibCommission": "-2",
    }
    (exchange,) = read(trades(row)).transactions

    assert (exchange.amount, exchange.fees, exchange.counter_amount) == (d("-1082"), d("2"), d("1000"))


def test_an_option_has_a_multiplier_and_an_underlying() -> None:
    row = TRADE | {
        "assetCategory": "OPT",
        "symbol": "ACME  240621C00025000",
        "conid": "2002",
        "multiplier": "100",
        "underlyingSymbol": "ACME",
        "quantity": "-2",
        "buySell": "SELL",
        "tradePrice": "1.50",
        "proceeds": "300",
        "netCash": "298.60",
        "openCloseIndicator": "O",
    }
    (trade,) = read(trades(row)).transactions

    assert trade.instrument is not None
    assert (trade.instrument.asset_class, trade.instrument.multiplier) == ("option", d("100"))
    assert (trade.instrument.symbol, trade.instrument.underlying) == ("ACME 240621C00025000", "ACME")
    assert (trade.amount, trade.fees) == (d("298.60"), d("1.40"))


def test_an_assignment_closes_the_option_for_nothing_and_says_so() -> None:
    row = TRADE | {
        "assetCategory": "OPT",
        "transactionType": "BookTrade",
        "notes": "A",
        "openCloseIndicator": "C",
        "quantity": "1",
        "tradePrice": "0",
        "proceeds": "-0",
        "netCash": "0",
        "ibCommission": "0",
    }
    (trade,) = read(trades(row)).transactions

    assert (trade.amount, trade.note, trade.position_effect) == (d("0"), "assignment", PositionEffect.CLOSE)


def test_the_price_of_a_bond_is_that_of_one_unit_of_face_value() -> None:
    row = TRADE | {
        "assetCategory": "BOND",
        "quantity": "10000",
        "tradePrice": "98.5",
        "proceeds": "-9850",
        "netCash": "-9851",
    }
    (trade,) = read(trades(row)).transactions

    assert trade.price == d("0.985")


def test_futures_are_left_out_and_said_to_be() -> None:
    (outcome,) = outcomes(trades(TRADE | {"assetCategory": "FUT"}), "Trades")

    assert outcome.status is RowStatus.LEFT_OUT
    assert "settle daily" in outcome.reason


def test_a_cancellation_takes_back_the_trade_it_mirrors() -> None:
    bare = {k: v for k, v in TRADE.items() if k not in ("ibExecID", "transactionID", "tradeID")}
    cancel = bare | {
        "buySell": "BUY (Ca.)",
        "quantity": "-10",
        "proceeds": "200",
        "ibCommission": "1",
        "netCash": "201",
    }
    bought, taken_back = read(trades(bare, cancel)).transactions

    assert taken_back.reverses_key == bought.natural_key
    assert taken_back.natural_key == f"{bought.natural_key}/cancelled"
    assert (taken_back.kind, taken_back.quantity, taken_back.amount) == (
        TransactionKind.BUY,
        d("-10"),
        d("201"),
    )


def test_a_cancellation_finds_its_trade_by_the_number_it_names() -> None:
    other = TRADE | {"ibExecID": "0000aaaa.00000009.01.01", "transactionID": "9009", "tradeID": "8009"}
    cancel = TRADE | {
        "transactionType": "TradeCancel",
        "quantity": "-10",
        "netCash": "201",
        "ibExecID": "",
        "transactionID": "9010",
        "tradeID": "8010",
        "origTradeID": "8009",
    }
    *_, taken_back = read(trades(TRADE, other, cancel)).transactions

    assert taken_back.reverses_key == "ibkr:U1:exec:0000aaaa.00000009.01"


def test_a_cancellation_of_a_trade_in_another_file_names_its_key() -> None:
    cancel = TRADE | {
        "transactionType": "TradeCancel",
        "quantity": "-10",
        "proceeds": "200",
        "netCash": "201",
    }
    (taken_back,) = read(trades(cancel)).transactions

    assert taken_back.reverses_key == "ibkr:U1:exec:0000aaaa.00000001.01"
    assert (taken_back.kind, taken_back.quantity) == (TransactionKind.BUY, d("-10"))


def test_a_cancellation_that_names_nothing_is_left_out() -> None:
    cancel = {k: v for k, v in TRADE.items() if k not in ("ibExecID", "transactionID", "tradeID")}
    (outcome,) = outcomes(trades(cancel | {"buySell": "BUY (Ca.)", "quantity": "-10"}), "Trades")

    assert outcome.status is RowStatus.LEFT_OUT


def test_cancelling_an_exchange_takes_its_commission_back_too() -> None:
    row = TRADE | {
        "assetCategory": "CASH",
        "symbol": "EUR.USD",
        "quantity": "1000",
        "tradePrice": "1.08",
        "proceeds": "-1080",
        "netCash": "0",
        "ibCommission": "-2",
        "ibCommissionCurrency": "EUR",
    }
    cancel = row | {
        "transactionType": "TradeCancel",
        "quantity": "-1000",
        "proceeds": "1080",
        "ibCommission": "2",
    }
    made = read(trades(row, cancel)).transactions

    assert [transaction.reverses_key for transaction in made[2:]] == [
        made[0].natural_key,
        made[1].natural_key,
    ]
    assert (made[2].counter_amount, made[3].amount) == (d("-1000"), d("2"))


def test_a_corrected_trade_stands_beside_the_cancelled_one() -> None:
    cancel = TRADE | {
        "transactionType": "TradeCancel",
        "quantity": "-10",
        "proceeds": "200",
        "netCash": "201",
        "transactionID": "9002",
    }
    corrected = TRADE | {
        "transactionType": "TradeCorrect",
        "tradePrice": "19",
        "proceeds": "-190",
        "netCash": "-191",
        "transactionID": "9003",
    }
    made = read(trades(TRADE, cancel, corrected)).transactions

    assert sum(transaction.amount for transaction in made) == d("-191")
    assert len({transaction.natural_key for transaction in made}) == 3


def test_of_an_execution_and_its_correction_only_the_last_counts() -> None:
    corrected = TRADE | {
        "ibExecID": "0000aaaa.00000001.01.02",
        "tradePrice": "19",
        "proceeds": "-190",
        "netCash": "-191",
    }
    data = trades(TRADE, corrected)
    (trade,) = read(data).transactions

    assert (trade.amount, trade.natural_key) == (d("-191"), "ibkr:U1:exec:0000aaaa.00000001.01")
    assert outcomes(data, "Trades")[0].reason == "replaced by correction .02 of the same execution"


def test_the_same_execution_twice_is_one_trade() -> None:
    data = trades(TRADE, TRADE)

    assert len(read(data).transactions) == 1
    assert [row.status for row in outcomes(data, "Trades")] == [RowStatus.READ, RowStatus.IGNORED]


def test_an_execution_id_with_other_content_is_wrong_and_the_first_is_kept() -> None:
    data = trades(TRADE, TRADE | {"quantity": "11", "netCash": "-221"})
    _, outcome = outcomes(data, "Trades")

    assert [trade.quantity for trade in read(data).transactions] == [d("10")]
    assert (outcome.status, outcome.field, outcome.line) == (RowStatus.WRONG, "ibExecID", 5)


def test_equal_trades_without_numbers_are_two_and_the_same_two_in_every_file() -> None:
    bare = {k: v for k, v in TRADE.items() if k not in ("ibExecID", "transactionID", "tradeID")}
    once = [trade.natural_key for trade in read(trades(bare, bare)).transactions]
    again = [trade.natural_key for trade in read(trades(SALE, bare, bare)).transactions]

    assert len(set(once)) == 2
    assert set(once) <= set(again)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": "ten"}, "quantity"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": ""}, "quantity"),
        ({"quantity": "-10"}, "quantity"),
        ({"netCash": "NaN"}, "netCash"),
        ({"netCash": "1e400"}, "netCash"),
        ({"netCash": "=HYPERLINK(1)"}, "netCash"),
        ({"tradePrice": "1_000"}, "tradePrice"),
        ({"currency": "XYZ"}, "currency"),
        ({"currency": ""}, "currency"),
        ({"tradeDate": "20240231"}, "tradeDate"),
        ({"tradeDate": "yesterday"}, "tradeDate"),
        ({"dateTime": "20240304;256000"}, "dateTime"),
        ({"fxRateToBase": "-1", "currency": "EUR"}, "fxRateToBase"),
        ({"symbol": "", "conid": "", "isin": ""}, "symbol"),
        ({"symbol": "A" * 61}, "symbol"),
        ({"assetCategory": "CASH"}, "symbol"),
        ({"assetCategory": "CASH", "symbol": "EUR.GBP"}, "currency"),
    ],
)
def test_a_row_that_cannot_be_understood_names_its_field_and_loses_no_other_row(
    change: dict[str, str], field: str
) -> None:
    data = trades(TRADE | change, SALE)
    bad, good = outcomes(data, "Trades")

    assert (bad.status, bad.field, bad.line) == (RowStatus.WRONG, field, 4)
    assert good.status is RowStatus.READ
    assert [trade.quantity for trade in read(data).transactions] == [d("-4")]


def test_the_close_of_the_day_is_kept_as_a_price() -> None:
    (price,) = read(trades(TRADE | {"closePrice": "20.50", "reportDate": "20240304"})).prices

    assert (price.instrument.symbol, price.day, price.close) == ("ACME", date(2024, 3, 4), d("20.50"))


def test_the_fills_of_one_order_share_its_number() -> None:
    fills = (
        TRADE | {"ibOrderID": "3001"},
        TRADE | {"ibOrderID": "3001", "ibExecID": "0000aaaa.00000009.01.01", "transactionID": "9009"},
        SALE | {"ibOrderID": "3" * 81},
    )

    made = read(trades(*fills)).transactions

    assert [trade.order_ref for trade in made] == ["3001", "3001", ""]


def test_an_option_says_what_it_is_on_and_whether_it_is_a_call() -> None:
    option = TRADE | {
        "assetCategory": "OPT",
        "symbol": "ACME  270115C00100000",
        "underlyingSymbol": "ACME",
        "putCall": "C",
        "multiplier": "100",
    }

    facts = [trade.instrument for trade in read(trades(option, SALE | {"putCall": "P"})).transactions]

    assert [(fact.underlying, fact.put_call) for fact in facts if fact] == [("ACME", "C"), ("", "")]


def test_the_money_of_a_trade_stands_in_for_its_proceeds() -> None:
    (trade,) = read(trades(TRADE | {"netCash": "", "proceeds": "", "tradeMoney": "210"})).transactions

    assert (trade.amount, trade.fees) == (d("-211"), d("1"))


def test_quantity_price_and_multiplier_stand_in_when_nothing_else_is_stated() -> None:
    row = TRADE | {"netCash": "", "proceeds": "", "assetCategory": "OPT", "multiplier": "100"}
    (trade,) = read(trades(row)).transactions

    assert (trade.amount, trade.fees) == (d("-20001"), d("1"))


def test_a_bond_with_nothing_but_its_price_is_wrong() -> None:
    row = TRADE | {"netCash": "", "proceeds": "", "assetCategory": "BOND"}
    (outcome,) = outcomes(trades(row), "Trades")

    assert (outcome.status, outcome.field, outcome.reason) == (
        RowStatus.WRONG,
        "proceeds",
        "neither net cash, proceeds, price nor cost says what the trade came to",
    )


@pytest.mark.parametrize(
    ("cell", "key"),
    [("origTransactionID", "ibkr:U1:transaction:555"), ("origTradeID", "ibkr:U1:trade:555")],
)
def test_a_cancellation_names_a_trade_of_another_file_by_its_number(cell: str, key: str) -> None:
    row = TRADE | {
        "transactionType": "TradeCancel",
        "ibExecID": "",
        "quantity": "-10",
        "proceeds": "200",
        "netCash": "201",
        cell: "555",
    }
    (made,) = read(trades(row)).transactions

    assert (made.reverses_key, made.natural_key) == (key, f"{key}/cancelled")
    assert (made.kind, made.quantity, made.amount) == (TransactionKind.BUY, d("-10"), d("201"))


def test_a_day_and_a_time_in_cells_of_their_own_are_one_moment() -> None:
    (trade,) = read(trades(TRADE | {"dateTime": "", "tradeTime": "103000"})).transactions

    assert trade.executed_at == datetime(2024, 3, 4, 15, 30, tzinfo=UTC)
