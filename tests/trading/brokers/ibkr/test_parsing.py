"""Objects of the package become records with exact amounts; what is unset is None, never zero or 1e308."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace as Told
from typing import Any

import pytest

from trading.brokers.ibkr import parsing
from trading.engine.records import (
    BrokerOrder,
    ExecutionFacts,
    OrderState,
    PriceSource,
    Quote,
    Side,
)

UNSET = 1.7976931348623157e308
APPLE = Told(conId=265598, symbol="AAPL", secType="STK", currency="USD", exchange="SMART")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, Decimal("0.1")),
        (101.55, Decimal("101.55")),
        (7, Decimal(7)),
        ("1234.50", Decimal("1234.50")),
        ("1.7976931348623157E308", None),
        (UNSET, None),
        (-UNSET, None),
        ("", None),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (0.0, Decimal(0)),
    ],
)
def test_a_number_is_what_was_written(value: Any, expected: Decimal | None) -> None:
    assert parsing.number(value) == expected


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'N/A' is not a number"):
        parsing.number("N/A")


@pytest.mark.parametrize(
    ("value", "expected"), [(-1.0, None), (0.0, None), (float("nan"), None), (10.25, Decimal("10.25"))]
)
def test_zero_and_minus_one_are_no_price(value: float, expected: Decimal | None) -> None:
    assert parsing.price(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(-1.0, None), (0.0, Decimal(0)), (300.0, Decimal(300))])
def test_an_empty_side_of_the_book_has_zero_shares(value: float, expected: Decimal | None) -> None:
    assert parsing.size(value) == expected


def test_a_side_nobody_knows_is_refused() -> None:
    assert [parsing.side_of(word) for word in ("BUY", "BOT", "SSHORT", "SLD")] == [
        Side.BUY,
        Side.BUY,
        Side.SELL,
        Side.SELL,
    ]
    with pytest.raises(ValueError, match="'HOLD' is no side"):
        parsing.side_of("HOLD")


@pytest.mark.parametrize(
    ("status", "filled", "has_reason", "state"),
    [
        ("PendingSubmit", 0, False, OrderState.SUBMITTED),
        ("PreSubmitted", 0, False, OrderState.SUBMITTED),
        ("Submitted", 0, False, OrderState.SUBMITTED),
        ("Submitted", 3, False, OrderState.PARTIALLY_FILLED),
        ("PendingCancel", 0, False, OrderState.SUBMITTED),
        ("ValidationError", 0, False, OrderState.SUBMITTED),
        ("Filled", 10, False, OrderState.FILLED),
        ("Cancelled", 3, False, OrderState.CANCELLED),
        ("ApiCancelled", 0, False, OrderState.CANCELLED),
        ("Inactive", 0, False, OrderState.UNKNOWN),
        ("Inactive", 0, True, OrderState.REJECTED),
        ("Inactive", 3, True, OrderState.CANCELLED),
        ("Sleeping", 0, True, OrderState.UNKNOWN),
    ],
)
def test_the_brokers_word_for_an_order_has_a_state(
    status: str, filled: int, has_reason: bool, state: OrderState
) -> None:
    told = parsing.order_state(status, filled=Decimal(filled), has_reject_reason=has_reason)
    assert told is state


def order(**more: Any) -> Any:
    fields: dict[str, Any] = {
        "orderRef": "ref-1",
        "permId": 795559394,
        "orderId": 4,
        "clientId": 1,
        "account": "DU1",
        "action": "BUY",
        "totalQuantity": 10.0,
        "orderType": "LMT",
        "tif": "DAY",
        "lmtPrice": 101.5,
        "auxPrice": UNSET,
        "trailStopPrice": UNSET,
        "filledQuantity": UNSET,
    }
    return Told(**(fields | more))


EXPECTED = BrokerOrder(
    order_ref="ref-1",
    perm_id=795559394,
    broker_order_id=4,
    client_id=1,
    account="DU1",
    con_id=265598,
    symbol="AAPL",
    side=Side.BUY,
    quantity=Decimal(10),
    filled=Decimal(0),
    state=OrderState.SUBMITTED,
    is_open=True,
    kind="LMT",
    time_in_force="DAY",
    limit_price=Decimal("101.5"),
)


def test_an_open_order_is_told_whole() -> None:
    told = parsing.open_order(APPLE, order(), state=OrderState.SUBMITTED, filled=Decimal(0))
    assert told == EXPECTED


def test_a_stop_stands_in_another_field_of_a_trailing_order() -> None:
    stop = order(orderType="STP", auxPrice=90.0)
    trailing = order(orderType="TRAIL", auxPrice=2.0, trailStopPrice=95.0)
    told = [
        parsing.open_order(APPLE, one, state=OrderState.SUBMITTED, filled=Decimal(0))
        for one in (stop, trailing)
    ]
    assert [one.stop_price for one in told] == [Decimal(90), Decimal(95)]


def completed(status: str, **more: Any) -> BrokerOrder:
    state = Told(status=status, completedStatus="Filled Size: 100")
    return parsing.completed_order(APPLE, order(**more), state)


def test_a_completed_order_says_its_fills_in_a_field_of_its_own_and_perhaps_no_total() -> None:
    told = completed("Filled", totalQuantity=0.0, filledQuantity=100.0)
    assert told == replace(
        EXPECTED,
        quantity=Decimal(100),
        filled=Decimal(100),
        state=OrderState.FILLED,
        is_open=False,
        words="Filled Size: 100",
    )


@pytest.mark.parametrize(
    ("status", "filled", "state"),
    [
        ("Cancelled", 0.0, OrderState.CANCELLED),
        ("Cancelled", 4.0, OrderState.CANCELLED),
        ("Inactive", 0.0, OrderState.REJECTED),
        ("Inactive", 4.0, OrderState.CANCELLED),
        ("Submitted", 10.0, OrderState.FILLED),
        ("Submitted", 4.0, OrderState.CANCELLED),
    ],
)
def test_an_order_among_the_completed_ones_has_ended(status: str, filled: float, state: OrderState) -> None:
    told = completed(status, filledQuantity=filled)
    assert (told.state, told.is_open, told.filled) == (state, False, Decimal(str(filled)))


@pytest.mark.parametrize(
    ("exec_id", "key"),
    [
        ("0000e0d5.6560f1d7.01.01", ("0000e0d5.6560f1d7.01", 1)),
        ("0000e0d5.6560f1d7.01.02", ("0000e0d5.6560f1d7.01", 2)),
        ("F-7", ("F-7", 0)),
        ("a.b", ("a.b", 0)),
        (".5", (".5", 0)),
    ],
)
def test_a_fill_is_known_without_its_correction_number(exec_id: str, key: tuple[str, int]) -> None:
    assert parsing.execution_key(exec_id) == key


def test_an_execution_is_told_with_its_reference_and_its_moment() -> None:
    execution = Told(
        execId="0001.02.01",
        orderRef="ref-1",
        permId=5,
        acctNumber="DU1",
        side="SLD",
        shares=2.5,
        price=101.55,
        time=datetime.fromisoformat("2026-07-01T09:30:00-04:00"),
    )
    assert parsing.execution_facts(APPLE, execution) == ExecutionFacts(
        exec_id="0001.02",
        revision=1,
        order_ref="ref-1",
        perm_id=5,
        account="DU1",
        con_id=265598,
        symbol="AAPL",
        currency="USD",
        side=Side.SELL,
        quantity=Decimal("2.5"),
        price=Decimal("101.55"),
        executed_at=datetime(2026, 7, 1, 13, 30, tzinfo=UTC),
    )


def test_a_time_without_a_zone_is_in_utc() -> None:
    assert parsing.moment(datetime(2026, 7, 1, 13, 30)) == datetime(2026, 7, 1, 13, 30, tzinfo=UTC)  # noqa: DTZ001


NOTHING = dict.fromkeys(
    ("bid", "ask", "last", "close", "bidSize", "askSize", "volume", "halted"), float("nan")
)


def ticker(**more: Any) -> Any:
    return Told(**(NOTHING | {"marketDataType": 1, "time": datetime(2026, 7, 1, 13, 30, tzinfo=UTC)} | more))


def test_a_ticker_that_knows_nothing_is_a_quote_of_nothing() -> None:
    assert parsing.quote(ticker(), symbol="AAPL") == Quote(
        symbol="AAPL", source=PriceSource.IBKR_LIVE, as_of=datetime(2026, 7, 1, 13, 30, tzinfo=UTC)
    )


def test_a_quote_has_the_latest_of_everything() -> None:
    told = parsing.quote(
        ticker(bid=99.9, ask=100.1, last=100.0, close=98.0, bidSize=3.0, askSize=0.0, volume=1e6, halted=1.0),
        symbol="AAPL",
    )
    assert told == Quote(
        symbol="AAPL",
        source=PriceSource.IBKR_LIVE,
        as_of=datetime(2026, 7, 1, 13, 30, tzinfo=UTC),
        bid=Decimal("99.9"),
        ask=Decimal("100.1"),
        last=Decimal(100),
        close=Decimal(98),
        bid_size=Decimal(3),
        ask_size=Decimal(0),
        volume=Decimal(1_000_000),
        is_halted=True,
    )


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        (1, PriceSource.IBKR_LIVE),
        (2, PriceSource.IBKR_LIVE),
        (3, PriceSource.IBKR_DELAYED),
        (4, PriceSource.IBKR_DELAYED),
    ],
)
def test_a_quote_says_when_it_is_delayed(kind: int, source: PriceSource) -> None:
    assert parsing.quote(ticker(marketDataType=kind), symbol="AAPL").source is source


def test_what_the_broker_did_not_say_of_a_trial_order_is_none() -> None:
    state = Told(
        commission=UNSET,
        commissionCurrency="",
        initMarginChange="1.7976931348623157E308",
        maintMarginChange="",
        equityWithLoanAfter="99000.25",
        warningText="",
    )
    told = parsing.what_if(state)
    assert (told.commission, told.initial_margin_change, told.maintenance_margin_change) == (None, None, None)
    assert told.equity_with_loan_after == Decimal("99000.25")


@pytest.mark.parametrize(
    ("when", "day", "begins"),
    [
        (date(2026, 7, 1), date(2026, 7, 1), None),
        (
            datetime(2026, 7, 1, 13, 30, tzinfo=UTC),
            date(2026, 7, 1),
            datetime(2026, 7, 1, 13, 30, tzinfo=UTC),
        ),
    ],
)
def test_a_bar_is_of_a_day_or_begins_at_a_moment(when: Any, day: date, begins: datetime | None) -> None:
    told = parsing.price_bar(Told(date=when, open=1.0, high=3.0, low=0.5, close=2.0, volume=10.0))
    assert (told.day, told.begins, told.open, told.high) == (day, begins, Decimal(1), Decimal(3))
    assert (told.low, told.close, told.volume) == (Decimal("0.5"), Decimal(2), Decimal(10))


def test_a_contract_whose_steps_are_unset_moves_in_cents_and_whole_shares() -> None:
    details = Told(
        contract=Told(**vars(APPLE), primaryExchange="NASDAQ"),
        longName="APPLE INC",
        industry="Technology",
        minTick=0.0,
        sizeIncrement=UNSET,
    )
    told = parsing.contract_facts(details)
    assert (told.min_tick, told.size_increment) == (Decimal("0.01"), Decimal(1))
    assert (told.name, told.sector, told.primary_exchange) == ("APPLE INC", "Technology", "NASDAQ")
