"""Every encoder is held to the tables of the protocol: how many fields, and what stands where."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import zip_longest

import pytest

from tests.trading.papergateway.field_tables import (
    COMPLETED_ORDER,
    COMPLETED_ORDER_SAMPLE,
    OPEN_ORDER,
    OPEN_ORDER_SAMPLE,
)
from trading.papergateway import order_replies, replies
from trading.papergateway.exchange.records import (
    CommissionReport,
    ExecutionReport,
    MarginReport,
    OrderReport,
    PaperBar,
    PaperContract,
    PaperOrder,
    PaperPosition,
)
from trading.papergateway.wire import Message

D = Decimal
NOW = datetime(2026, 11, 24, 22, 29, 54, tzinfo=UTC)
UNSET = "1.7976931348623157E308"
APPLE = PaperContract(con_id=265598, symbol="AAPL", name="Apple Inc", sector="Technology")
ORDER = PaperOrder(
    client_id=1,
    order_id=4,
    account="DU1234567",
    con_id=265598,
    action="BUY",
    quantity=D("10.0"),
    order_type="LMT",
    limit_price=D("101.5"),
    order_ref="wa-1",
    oca_type=0,
)
REPORT = OrderReport(
    order=ORDER,
    perm_id=795559394,
    parent_perm_id=0,
    status="Submitted",
    filled=D(0),
    remaining=D(10),
    average_price=D(0),
    last_fill_price=D(0),
)
HELD = PaperPosition(account="DU1", con_id=265598, quantity=D(10), average_cost=D("99.5"))
BAR = PaperBar(
    begins=datetime(2026, 11, 24, 15, 0, tzinfo=UTC),
    open=D("1.1"), high=D("1.4"), low=D("1.0"), close=D("1.2"), volume=D(500), average=D("1.15"), count=7,
)  # fmt: skip
MARGIN = MarginReport(
    order=ORDER,
    commission=D("1.05"),
    initial_margin_before=D(100), initial_margin_after=D(150),
    maintenance_margin_before=D(80), maintenance_margin_after=D(120),
    equity_before=D(1000), equity_after=D(999),
    words="Mind the gap",
)  # fmt: skip
# Where the real broker's recordings show another value than the sample: parts of the message that a client
# is not to rely on.
AS_RECORDED = {
    "strike": "0",
    "displaySize": "2147483647",
    "auxPrice": "0.0",
    "dontUseAutoPriceForHedge": "1",
}


def named(names: tuple[str, ...], message: Message) -> dict[str, str]:
    """The fields of a message by their names; a surplus on either side shows as None."""
    return dict(zip_longest(names, message))


def test_an_open_order_has_136_fields_each_in_its_place() -> None:
    message = order_replies.open_order(REPORT, APPLE)

    assert len(message) == 136
    assert named(OPEN_ORDER, message) == dict.fromkeys(OPEN_ORDER, "") | OPEN_ORDER_SAMPLE | AS_RECORDED | {
        "sharesAllocation": "795559394.0/DU1234567/10.0",
        "basisPoints": "2147483647",
        "basisPointsType": "2147483647",
        "commission": "",
        "minCommission": "",
        "maxCommission": "",
    }


def test_an_open_order_tells_what_it_cost_once_that_is_known() -> None:
    message = order_replies.open_order(replace(REPORT, status="Filled", commission=D("1.0")), APPLE)

    assert message[94] == "Filled"
    assert message[104:109] == ("1.0", "", "", "USD", "")


def test_an_open_order_repeats_everything_that_was_asked_for() -> None:
    order = replace(
        ORDER,
        order_type="TRAIL",
        limit_price=None,
        aux_price=D("0.75"),
        trail_stop_price=D("97.1"),
        trailing_percent=None,
        tif="GTD",
        good_till=NOW,
        outside_rth=True,
        oca_group="either",
        oca_type=2,
        parent_id=3,
    )
    fields = named(OPEN_ORDER, order_replies.open_order(replace(REPORT, order=order), APPLE))

    assert {name: fields[name] for name in ("orderType", "lmtPrice", "auxPrice", "tif", "goodTillDate")} == {
        "orderType": "TRAIL",
        "lmtPrice": "0.0",
        "auxPrice": "0.75",
        "tif": "GTD",
        "goodTillDate": "20261124 17:29:54 US/Eastern",
    }
    assert (fields["trailStopPrice"], fields["trailStopPrice2"], fields["trailingPercent"]) == (
        "97.1",
        "97.1",
        "",
    )
    assert (fields["outsideRth"], fields["ocaGroup"], fields["ocaType"], fields["parentId"]) == (
        "1",
        "either",
        "2",
        "3",
    )


def test_a_what_if_is_an_open_order_with_margins() -> None:
    message = order_replies.open_order(REPORT, APPLE, margin=MARGIN, is_what_if=True)

    assert len(message) == 136
    assert message[93:109] == (
        "1", "Submitted", "100", "80", "1000", "50", "40", "-1", "150", "120", "999",
        "1.05", UNSET, UNSET, "USD", "Mind the gap",
    )  # fmt: skip


def test_a_what_if_may_come_before_its_margins_are_known() -> None:
    message = order_replies.open_order(REPORT, APPLE, is_what_if=True)

    assert len(message) == 136
    assert message[93:109] == ("1", "Submitted", *[UNSET] * 12, "", "")


def test_a_completed_order_has_101_fields_each_in_its_place() -> None:
    message = order_replies.completed_order(replace(REPORT, status="Cancelled", completed_at=NOW), APPLE)

    assert len(message) == 101
    expected = dict.fromkeys(COMPLETED_ORDER, "") | COMPLETED_ORDER_SAMPLE | AS_RECORDED
    assert named(COMPLETED_ORDER, message) == expected | {
        "status": "Cancelled",
        "trailStopPrice2": UNSET,
        "lmtPriceOffset": UNSET,
        "filledQuantity": "0",
        "parentPermId": "9223372036854775807",
    }


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("Filled", "", "Filled Size: 10"),
        ("Cancelled", "", "Cancelled by Trader"),
        ("Inactive", "No cash", "No cash"),
    ],
)
def test_a_completed_order_says_how_it_ended(status: str, reason: str, words: str) -> None:
    report = replace(REPORT, status=status, reject_reason=reason, filled=D(10), parent_perm_id=9)
    fields = named(COMPLETED_ORDER, order_replies.completed_order(report, APPLE))

    assert (fields["completedStatus"], fields["completedTime"], fields["filledQuantity"]) == (words, "", "10")
    assert fields["parentPermId"] == "9"


def test_an_order_status_has_12_fields() -> None:
    report = replace(
        REPORT,
        filled=D(4),
        remaining=D(6),
        average_price=D("101.25"),
        last_fill_price=D("101.3"),
        why_held="locate",
    )

    assert order_replies.order_status(report) == (
        "3", "4", "Submitted", "4", "6", "101.25", "795559394", "0", "101.3", "1", "locate", "0.0",
    )  # fmt: skip


def test_an_execution_has_31_fields_behind_its_kind() -> None:
    report = ExecutionReport(
        exec_id="00a1.0001.01.01", order=ORDER, perm_id=7, executed_at=NOW, exchange="NASDAQ",
        quantity=D(4), price=D("101.3"), cumulative=D(4), average_price=D("101.3"),
    )  # fmt: skip
    message = order_replies.execution_details(-1, report, APPLE)

    assert message == (
        "11", "-1", "4", "265598", "AAPL", "STK", "", "0", "", "", "NASDAQ", "USD", "AAPL", "NMS",
        "00a1.0001.01.01", "20261124 17:29:54 US/Eastern", "DU1234567", "NASDAQ", "BOT", "4", "101.3", "7",
        "1", "0", "4", "101.3", "wa-1", "", "", "", "1",
    )  # fmt: skip
    sold = order_replies.execution_details(9, replace(report, order=replace(ORDER, action="SELL")), APPLE)
    assert (sold[1], sold[18], len(sold)) == ("9", "SLD", 31)


def test_a_commission_has_8_fields() -> None:
    report = CommissionReport(exec_id="e.01", commission=D("1.05"), currency="USD", realised=None)

    assert order_replies.commission_report(report) == ("59", "1", "e.01", "1.05", "USD", UNSET, UNSET, "")
    assert order_replies.commission_report(replace(report, realised=D("-3.2")))[5] == "-3.2"


def test_the_details_of_a_contract_tell_every_field_in_its_place() -> None:
    facts = replies.ListingFacts(market_rule=26, trading_hours="T", liquid_hours="L")

    assert replies.contract_details(9, APPLE, facts) == (
        "10", "9", "AAPL", "STK", "", "0", "", "SMART", "USD", "AAPL", "NMS", "NMS", "265598", "0.01", "",
        "LMT,LOC,MKT,MOC,OCA,STP,STPLMT,TRAIL,WHATIF", "SMART,NASDAQ", "1", "0", "Apple Inc", "NASDAQ", "",
        "Technology", "", "", "US/Eastern", "T", "L", "", "", "0", "1", "", "", "26,26", "", "COMMON",
        "1", "1", "100",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["Société Générale", "back\\slash", "Ωmega 日本"])
def test_any_name_of_a_contract_travels_as_ascii_that_the_client_reads_back(name: str) -> None:
    facts = replies.ListingFacts(market_rule=26, trading_hours="", liquid_hours="")
    told = replies.contract_details(9, replace(APPLE, name=name), facts)[19]

    assert told.isascii()
    assert told.encode().decode("unicode-escape") == name


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (replies.hello(NOW), "176|20261124 17:29:54 US/Eastern"),
        (replies.managed_accounts(["A", "B"]), "15|1|A,B"),
        (replies.next_valid_id(7), "9|1|7"),
        (replies.error(-1, 2104, "OK"), "4|2|-1|2104|OK|"),
        (replies.current_time(NOW), "49|1|1795559394"),
        (replies.contract_details_end(9), "52|1|9"),
        (
            replies.symbol_samples(9, [APPLE]),
            "79|9|1|265598|AAPL|STK|NASDAQ|USD|0|Apple Inc|",
        ),
        (replies.market_rule(26, [(D(0), D("0.01"))]), "93|26|1|0|0.01"),
        (replies.option_parameters_end(9), "76|9"),
        (replies.tick_request_parameters(9, D("0.01")), "81|9|0.01|9c0001|3"),
        (replies.market_data_type(9, 3), "58|1|9|3"),
        (replies.tick_price(9, 1, D("1.5"), D(100), can_execute=True), "1|6|9|1|1.5|100|1"),
        (replies.tick_price(9, 4, D("1.5"), D(0)), "1|6|9|4|1.5|0|0"),
        (replies.tick_size(9, 8, D(12345)), "2|6|9|8|12345"),
        (replies.tick_generic(9, 49, D(1)), "45|6|9|49|1"),
        (replies.tick_string(9, 45, "1795559394"), "46|6|9|45|1795559394"),
        (replies.tick_snapshot_end(9), "57|1|9"),
        (
            replies.tick_by_tick_last(9, 1, NOW, price=D("1.5"), size=D(100), venue="NASDAQ"),
            "99|9|1|1795559394|1.5|100|0|NASDAQ|",
        ),
        (
            replies.tick_by_tick_quote(9, NOW, bid=D(1), ask=D(2), bid_size=D(3), ask_size=D(4)),
            "99|9|3|1795559394|1|2|3|4|0",
        ),
        (replies.tick_by_tick_middle(9, NOW, D("1.5")), "99|9|4|1795559394|1.5"),
        (
            replies.historical_data(9, "from", "to", [("20261124", BAR)]),
            "17|9|from|to|1|20261124|1.1|1.4|1.0|1.2|500|1.15|7",
        ),
        (replies.historical_update(9, "20261124", BAR), "90|9|7|20261124|1.1|1.2|1.4|1.0|1.15|500"),
        (replies.real_time_bar(9, BAR), "50|3|9|1795532400|1.1|1.4|1.0|1.2|500|1.15|7"),
        (replies.head_timestamp(9, NOW, is_epoch=False), "88|9|20261124-22:29:54"),
        (replies.head_timestamp(9, NOW, is_epoch=True), "88|9|1795559394"),
        (replies.account_value("Cash", D("1.50"), "USD", "DU1"), "6|2|Cash|1.50|USD|DU1"),
        (
            replies.portfolio_value(APPLE, HELD, price=D(100), unrealised=D(5), realised=D(-2)),
            "7|8|265598|AAPL|STK||0|0||NASDAQ|USD|AAPL|NMS|10|100|1000|99.5|5|-2|DU1",
        ),
        (replies.account_time(NOW), "8|1|17:29"),
        (replies.account_download_end("DU1"), "54|1|DU1"),
        (replies.account_summary(9, "DU1", "Cash", D(5), "USD"), "63|1|9|DU1|Cash|5|USD"),
        (replies.account_summary_end(9), "64|1|9"),
        (replies.account_multi(9, "DU1", "Cash", D(5), "USD"), "73|1|9|DU1||Cash|5|USD"),
        (replies.account_multi_end(9), "74|1|9"),
        (
            replies.position(APPLE, HELD),
            "61|3|DU1|265598|AAPL|STK||0|||NASDAQ|USD|AAPL|NMS|10|99.5",
        ),
        (replies.position_end(), "62|1"),
        (replies.profit(9, D(1), D(2), D(3)), "94|9|1|2|3"),
        (
            replies.profit_single(9, D(10), daily=D(1), unrealised=D(2), realised=D(3), value=D(4)),
            "95|9|10|1|2|3|4",
        ),
        (order_replies.open_order_end(), "53|1"),
        (order_replies.execution_details_end(9), "55|1|9"),
        (order_replies.completed_orders_end(), "102"),
    ],
)
def test_the_short_messages_have_their_fields_in_order(message: Message, expected: str) -> None:
    assert "|".join(message) == expected
