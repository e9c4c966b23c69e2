"""Requests read from their fields: those of the real client field by field, and those that make no sense."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ib_insync import (
    IB,
    ComboLeg,
    Contract,
    DeltaNeutralContract,
    ExecutionCondition,
    LimitOrder,
    MarginCondition,
    Order,
    PercentChangeCondition,
    PriceCondition,
    Stock,
    TagValue,
    TimeCondition,
    VolumeCondition,
)
from ib_insync.client import Client

from tests.trading.papergateway.field_tables import PLACE_ORDER, PLACE_ORDER_SAMPLE
from trading.papergateway import requests as asked
from trading.papergateway.place_order import PlaceOrder
from trading.papergateway.requests import READERS, UnknownRequest, read_request, request_number
from trading.papergateway.wire import BadField, Message

ACME = Stock("ACME", "SMART", "USD", conId=1001, primaryExchange="NASDAQ")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> tuple[Client, list[Message]]:
    """A client of the package, not connected, and the messages it writes."""
    client = IB().client
    messages: list[Message] = []
    monkeypatch.setattr(client, "isConnected", lambda: True)
    monkeypatch.setattr(client, "serverVersion", lambda: 176)
    monkeypatch.setattr(client, "sendMsg", lambda text: messages.append(tuple(text.split("\0")[:-1])))
    return client, messages


def order_read(written: tuple[Client, list[Message]], contract: Contract, order: Order) -> PlaceOrder:
    """The order as the gateway reads what the client writes."""
    client, messages = written
    client.placeOrder(4, contract, order)
    request = read_request(messages[-1])
    assert isinstance(request, PlaceOrder)
    return request


def test_a_plain_order_has_115_fields_each_under_its_name(written: tuple[Client, list[Message]]) -> None:
    client, messages = written
    apple = Stock(
        "AAPL", "SMART", "USD", conId=265598, primaryExchange="NASDAQ", localSymbol="AAPL", tradingClass="NMS"
    )
    client.placeOrder(4, apple, LimitOrder("BUY", 10, 101.5, account="DU1234567", orderRef="wa-1"))
    (message,) = messages

    assert len(message) == 115
    assert dict(zip(PLACE_ORDER, message, strict=True)) == dict.fromkeys(PLACE_ORDER, "") | PLACE_ORDER_SAMPLE
    request = read_request(message)
    assert isinstance(request, PlaceOrder)
    assert (request.order_id, request.contract.con_id, request.contract.primary_exchange) == (
        4,
        265598,
        "NASDAQ",
    )
    names = [*PLACE_ORDER[14:82], *PLACE_ORDER[83:90], *PLACE_ORDER[91:]]
    assert request.fields == {name: PLACE_ORDER_SAMPLE.get(name, "") for name in names}
    assert (request.unserved, request.is_what_if) == ((), False)


CONDITIONS = [
    PriceCondition(price=5.0, conId=7, exch="SMART"),
    TimeCondition(time="20261124 10:00:00 US/Eastern"),
    MarginCondition(percent=5),
    ExecutionCondition(secType="STK", exch="SMART", symbol="ACME"),
    VolumeCondition(volume=5, conId=7, exch="SMART"),
    PercentChangeCondition(changePercent=5.0, conId=7, exch="SMART"),
]


@pytest.mark.parametrize(
    ("more", "unserved"),
    [
        ({"deltaNeutralOrderType": "MKT"}, ()),
        ({"scalePriceIncrement": 0.5}, ("scalePriceIncrement",)),
        ({"hedgeType": "D", "hedgeParam": "1"}, ("hedgeType",)),
        (
            {"algoStrategy": "Adaptive", "algoParams": [TagValue("a", "b"), TagValue("c", "d")]},
            ("algoStrategy",),
        ),
        ({"algoStrategy": "Adaptive"}, ("algoStrategy",)),
        ({"orderType": "PEG BENCH"}, ()),
        ({"orderType": "PEG MID"}, ()),
        ({"orderType": "PEG BEST"}, ()),
        ({"orderType": "PEG BEST", "competeAgainstBestOffset": float("inf")}, ()),
        *(({"conditions": [condition]}, ("conditions",)) for condition in CONDITIONS),
        ({"conditions": CONDITIONS}, ("conditions",)),
    ],
)
def test_the_blocks_that_may_stand_between_the_fields_are_passed_over(
    written: tuple[Client, list[Message]], more: dict[str, Any], unserved: tuple[str, ...]
) -> None:
    order = LimitOrder("BUY", 10, 101.5, account="DU1", manualOrderTime="20261124-10:00:00")
    for name, value in more.items():
        setattr(order, name, value)
    request = order_read(written, ACME, order)

    assert request.unserved == unserved
    assert (request.fields["account"], request.fields["manualOrderTime"]) == ("DU1", "20261124-10:00:00")


def test_a_combination_and_a_delta_neutral_contract_are_passed_over(
    written: tuple[Client, list[Message]],
) -> None:
    bag = Contract(
        secType="BAG",
        symbol="ACME",
        exchange="IBKRATS",
        comboLegs=[ComboLeg(conId=1, ratio=1, action="BUY", exchange="SMART"), ComboLeg(conId=2)],
        deltaNeutralContract=DeltaNeutralContract(conId=1),
    )
    order = LimitOrder("BUY", 10, 101.5, smartComboRoutingParams=[TagValue("NonGuaranteed", "1")])
    request = order_read(written, bag, order)

    assert (request.contract.kind, request.fields["lmtPrice"]) == ("BAG", "101.5")


def test_quotes_and_bars_of_combinations_are_read_past_their_legs(
    written: tuple[Client, list[Message]],
) -> None:
    client, messages = written
    bag = Contract(secType="BAG", symbol="ACME", comboLegs=[ComboLeg(conId=1), ComboLeg(conId=2)])
    bag.deltaNeutralContract = DeltaNeutralContract(conId=1)
    client.reqMktData(7, bag, "233", True, False, [])
    client.reqHistoricalData(8, bag, "", "1 D", "1 hour", "TRADES", True, 2, True, [])
    quotes, bars = (read_request(message) for message in messages)

    assert isinstance(quotes, asked.MarketDataAsk)
    assert (quotes.req_id, quotes.generic_ticks, quotes.is_snapshot) == (7, ("233",), True)
    assert isinstance(bars, asked.HistoryAsk)
    assert (bars.req_id, bars.duration, bars.is_epoch, bars.keeps_up_to_date) == (8, "1 D", True, True)


SERVED: dict[str, tuple[Any, ...]] = {
    "cancelMktData": (7,),
    "cancelOrder": (7,),
    "reqOpenOrders": (),
    "reqIds": (1,),
    "reqAccountUpdates": (True, "DU1"),
    "reqMktDepth": (7, ACME, 5, True, []),
    "cancelMktDepth": (7, True),
    "setServerLogLevel": (3,),
    "reqAutoOpenOrders": (True,),
    "reqAllOpenOrders": (),
    "reqManagedAccts": (),
    "reqContractDetails": (7, ACME),
    "cancelHistoricalData": (7,),
    "reqCurrentTime": (),
    "reqRealTimeBars": (7, ACME, 5, "TRADES", True, []),
    "cancelRealTimeBars": (7,),
    "reqGlobalCancel": (),
    "reqMarketDataType": (3,),
    "reqPositions": (),
    "reqAccountSummary": (7, "All", "a,b"),
    "cancelAccountSummary": (7,),
    "cancelPositions": (),
    "startApi": (),
    "reqAccountUpdatesMulti": (7, "DU1", "", False),
    "cancelAccountUpdatesMulti": (7,),
    "reqSecDefOptParams": (7, "ACME", "", "STK", 1001),
    "reqMatchingSymbols": (7, "AC"),
    "reqHeadTimeStamp": (7, ACME, "TRADES", True, 1),
    "cancelHeadTimeStamp": (7,),
    "reqMarketRule": (26,),
    "reqPnL": (7, "DU1", ""),
    "cancelPnL": (7,),
    "reqPnLSingle": (7, "DU1", "", 1001),
    "cancelPnLSingle": (7,),
    "reqTickByTickData": (7, ACME, "Last", 0, False),
    "cancelTickByTickData": (7,),
    "reqCompletedOrders": (False,),
    "cancelScannerSubscription": (7,),
}


def test_every_served_request_of_the_client_is_read_to_its_end(written: tuple[Client, list[Message]]) -> None:
    client, messages = written
    for name, arguments in SERVED.items():
        getattr(client, name)(*arguments)
        read_request(messages[-1])

    served = {message[0] for message in messages}
    assert served == set(READERS) - {"1", "3", "7", "20"}


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        (("1", "11", "77"), 77), (("3", "42"), 42), (("4", "1", "42"), 42), (("20", "77"), 77),
        (("62", "1", "77"), 77), (("61", "1"), -1), (("3",), -1), (("3", "x"), -1), ((), -1),
    ],
)  # fmt: skip
def test_the_number_of_a_request_is_found_as_far_as_it_can_be(fields: Message, number: int) -> None:
    assert request_number(fields) == number


def test_a_kind_that_is_not_served_is_named() -> None:
    with pytest.raises(UnknownRequest, match="104"):
        read_request(("104", "7"))


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ("2", "2"),
        ("2", "2", "7", "8"),
        ("2", "2", "seven"),
        ("2", "2", "٣"),
        ("2", "2", "1_000"),
        ("2", "2", "9" * 400),
        ("6", "2", "perhaps", "DU1"),
        ("1", "11", "7", "0", "", "BAG", *[""] * 9, "4294967295"),
        ("1", "11", "7", "0", "", "BAG", *[""] * 9, "-5"),
    ],
)
def test_fields_that_make_no_request_are_refused(fields: Message) -> None:
    with pytest.raises(BadField):
        read_request(fields)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (81, "1"), (82, "9"), (83, "Adaptive"), (90, "1000000"), (90, "-1"), (90, "1"),
        (73, "1e999999"), (73, "NaN"),
    ],
)  # fmt: skip
def test_an_order_whose_blocks_do_not_add_up_is_refused(place: int, value: str) -> None:
    fields = [PLACE_ORDER_SAMPLE.get(name, "") for name in PLACE_ORDER]
    fields[place] = value
    if place == 81:
        del fields[-1]

    with pytest.raises(BadField):
        read_request(tuple(fields))


@pytest.mark.parametrize(
    "words", ["1e16", "1e999999999", "-1e-13", "NaN", "inf", "1,5", "0x10", "9" * 40, "Infinite"]
)
def test_a_number_beyond_sense_is_refused_before_it_fills_the_memory(words: str) -> None:
    fields = {name: PLACE_ORDER_SAMPLE.get(name, "") for name in PLACE_ORDER} | {"lmtPrice": words}
    request = read_request(tuple(fields.values()))

    assert isinstance(request, PlaceOrder)
    with pytest.raises(BadField):
        request.number("lmtPrice")


@pytest.mark.parametrize("words", ["", "1.7976931348623157E308", "1.7976931348623157e+308"])
def test_an_unset_number_is_none(words: str) -> None:
    fields = {name: PLACE_ORDER_SAMPLE.get(name, "") for name in PLACE_ORDER} | {"lmtPrice": words}
    request = read_request(tuple(fields.values()))

    assert isinstance(request, PlaceOrder)
    assert request.number("lmtPrice") is None


@given(st.sampled_from(sorted(READERS)), st.lists(st.text(max_size=8) | st.integers().map(str), max_size=130))
def test_any_fields_are_read_or_refused(kind: str, rest: list[str]) -> None:
    """Nothing but BadField comes out of fields that make no request."""
    with contextlib.suppress(BadField):
        read_request((kind, *rest))
