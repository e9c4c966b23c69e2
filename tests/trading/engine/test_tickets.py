"""What is wrong with a ticket, field by field."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.engine.records import ContractFacts, OrderKind, OrderTicket, Side, TimeInForce
from trading.engine.tickets import nearest_steps, ticket_problems

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ACME = ContractFacts(con_id=1, symbol="ACME")
HUNDREDTHS = replace(ACME, size_increment=Decimal("0.0001"))
PRICE = Decimal("101.00")


def ticket(kind: OrderKind = OrderKind.LIMIT, **changes: Any) -> OrderTicket:
    """A sound order of the kind, changed."""
    prices: dict[OrderKind, dict[str, Any]] = {
        OrderKind.LIMIT: {"limit_price": PRICE},
        OrderKind.STOP: {"stop_price": PRICE},
        OrderKind.STOP_LIMIT: {"limit_price": PRICE, "stop_price": PRICE},
        OrderKind.TRAILING_STOP: {"trail_amount": Decimal(1)},
        OrderKind.LIMIT_ON_CLOSE: {"limit_price": PRICE},
    }
    values = {"side": Side.BUY, "quantity": Decimal(10), "kind": kind, **prices.get(kind, {}), **changes}
    return OrderTicket(**values)


def problems(asked: OrderTicket, contract: ContractFacts = ACME) -> dict[str, list[str]]:
    """What is wrong with it now."""
    return ticket_problems(asked, contract, NOW)


@pytest.mark.parametrize("kind", OrderKind)
def test_a_sound_ticket_of_each_kind_has_no_problem(kind: OrderKind) -> None:
    assert problems(ticket(kind)) == {}


@pytest.mark.parametrize("field", ["quantity", "limit_price"])
@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("0", "must be above zero."),
        ("-1", "must be above zero."),
        ("-1e400", "must be above zero."),
        ("NaN", "is not a number."),
        ("sNaN", "is not a number."),
        ("Infinity", "is not a number."),
        ("-Infinity", "is not a number."),
        ("1e400", "is too large: it stays below 10^12."),
        ("1000000000000", "is too large: it stays below 10^12."),
    ],
)
def test_what_is_no_amount_is_refused(field: str, value: str, sentence: str) -> None:
    words = "The quantity" if field == "quantity" else "The limit price"

    changes: dict[str, Any] = {field: Decimal(value)}

    assert problems(ticket(**changes)) == {field: [f"{words} {sentence}"]}


@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        ("10.5", "the nearest are 10 and 11"),
        ("0.5", "the nearest is 1"),
        ("1e-400", "the nearest is 1"),
        ("10." + "0" * 60 + "1", "the nearest are 10 and 11"),
    ],
)
def test_whole_shares_are_asked_for(value: str, nearest: str) -> None:
    assert problems(ticket(quantity=Decimal(value))) == {
        "quantity": [f"ACME is traded in whole shares only: {nearest}."]
    }


def test_fractions_are_taken_where_the_contract_takes_them() -> None:
    assert problems(ticket(quantity=Decimal("0.1234")), HUNDREDTHS) == {}
    assert problems(ticket(quantity=Decimal("0.12345")), HUNDREDTHS) == {
        "quantity": ["Quantities of ACME move in steps of 0.0001: the nearest are 0.1234 and 0.1235."]
    }


def test_a_price_off_the_tick_names_the_nearest_ones() -> None:
    assert problems(ticket(limit_price=Decimal("101.005"))) == {
        "limit_price": ["ACME is priced in steps of 0.01: the nearest are 101.00 and 101.01."]
    }
    assert problems(ticket(OrderKind.STOP, stop_price=Decimal("0.001"))) == {
        "stop_price": ["ACME is priced in steps of 0.01: the nearest is 0.01."]
    }


@pytest.mark.parametrize(
    ("kind", "field", "sentence"),
    [
        (OrderKind.LIMIT, "limit_price", "A limit order needs a limit price."),
        (OrderKind.STOP, "stop_price", "A stop order needs a stop price."),
        (OrderKind.STOP_LIMIT, "limit_price", "A stop-limit order needs a limit price."),
        (OrderKind.STOP_LIMIT, "stop_price", "A stop-limit order needs a stop price."),
        (OrderKind.LIMIT_ON_CLOSE, "limit_price", "A limit-on-close order needs a limit price."),
        (
            OrderKind.TRAILING_STOP,
            "trail_amount",
            "A trailing stop needs a trailing amount or a trailing percentage.",
        ),
    ],
)
def test_a_missing_price_is_asked_for(kind: OrderKind, field: str, sentence: str) -> None:
    assert problems(ticket(kind, **{field: None})) == {field: [sentence]}


@pytest.mark.parametrize(
    ("kind", "field", "sentence"),
    [
        (OrderKind.MARKET, "limit_price", "A market order takes no limit price."),
        (OrderKind.MARKET_ON_CLOSE, "limit_price", "A market-on-close order takes no limit price."),
        (OrderKind.LIMIT, "stop_price", "A limit order takes no stop price."),
        (OrderKind.LIMIT, "trail_percent", "A limit order takes no trailing percentage."),
        (OrderKind.STOP, "trail_amount", "A stop order takes no trailing amount."),
        (OrderKind.TRAILING_STOP, "limit_price", "A trailing stop takes no limit price."),
    ],
)
def test_a_needless_price_is_refused(kind: OrderKind, field: str, sentence: str) -> None:
    assert problems(ticket(kind, **{field: Decimal(5)})) == {field: [sentence]}


def test_a_trailing_stop_follows_at_one_distance() -> None:
    percent = ticket(OrderKind.TRAILING_STOP, trail_amount=None, trail_percent=Decimal("2.5"))

    assert problems(percent) == {}
    assert problems(replace(percent, stop_price=PRICE)) == {}
    assert problems(replace(percent, trail_amount=Decimal(1))) == {
        "trail_percent": ["Give the trailing amount or the trailing percentage, not both."]
    }


@pytest.mark.parametrize(("percent", "is_sound"), [("99.99", True), ("100", False), ("250", False)])
def test_a_trailing_percentage_is_below_a_hundred(percent: str, is_sound: bool) -> None:
    asked = ticket(OrderKind.TRAILING_STOP, trail_amount=None, trail_percent=Decimal(percent))
    sentence = {"trail_percent": ["The trailing percentage must be below 100."]}

    assert problems(asked) == ({} if is_sound else sentence)


def test_a_trailing_amount_keeps_to_the_tick() -> None:
    assert problems(ticket(OrderKind.TRAILING_STOP, trail_amount=Decimal("0.015"))) == {
        "trail_amount": ["ACME is priced in steps of 0.01: the nearest are 0.01 and 0.02."]
    }


def test_quantity_times_price_has_its_measure() -> None:
    large = ticket(quantity=Decimal(1_000_000), limit_price=Decimal("999999.99"))

    assert problems(large) == {}
    assert problems(replace(large, limit_price=Decimal(1_000_000))) == {
        "quantity": ["Quantity times price is too large: amounts stay below 10^12."]
    }


@pytest.mark.parametrize("kind", [OrderKind.MARKET_ON_CLOSE, OrderKind.LIMIT_ON_CLOSE])
@pytest.mark.parametrize("tif", [TimeInForce.GOOD_TILL_CANCELLED, TimeInForce.IMMEDIATE_OR_CANCEL])
def test_an_order_for_the_close_is_good_for_the_day(kind: OrderKind, tif: TimeInForce) -> None:
    words = "market" if kind is OrderKind.MARKET_ON_CLOSE else "limit"

    assert problems(ticket(kind, time_in_force=tif)) == {
        "time_in_force": [f"A {words}-on-close order is good for the day only."]
    }


@pytest.mark.parametrize("kind", [OrderKind.STOP, OrderKind.STOP_LIMIT, OrderKind.TRAILING_STOP])
def test_what_waits_for_a_trigger_is_not_immediate(kind: OrderKind) -> None:
    (sentence,) = problems(ticket(kind, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL))["time_in_force"]

    assert sentence.endswith("waits for its trigger and cannot be immediate-or-cancel.")


@pytest.mark.parametrize("kind", OrderKind)
def test_only_limit_prices_go_outside_regular_hours(kind: OrderKind) -> None:
    found = problems(ticket(kind, outside_hours=True))

    assert set(found) == (set() if kind in {OrderKind.LIMIT, OrderKind.STOP_LIMIT} else {"outside_hours"})


@pytest.mark.parametrize(
    ("tif", "till", "sentence"),
    [
        (TimeInForce.GOOD_TILL_DATE, None, "Say until when the order is good."),
        (TimeInForce.GOOD_TILL_DATE, NOW, "The date on which the order ends has passed."),
        (
            TimeInForce.GOOD_TILL_DATE,
            NOW.replace(tzinfo=None) + timedelta(days=1),
            "The date needs its time zone.",
        ),
        (
            TimeInForce.GOOD_TILL_DATE,
            NOW + timedelta(days=365, seconds=1),
            "An order can be good for a year at most.",
        ),
        (
            TimeInForce.DAY,
            NOW + timedelta(days=1),
            "Only a good-till-date order has a date on which it ends.",
        ),
    ],
)
def test_the_date_of_the_end_must_make_sense(tif: TimeInForce, till: datetime | None, sentence: str) -> None:
    assert problems(ticket(time_in_force=tif, good_till=till)) == {"good_till": [sentence]}


@pytest.mark.parametrize("span", [timedelta(seconds=1), timedelta(days=365)])
def test_a_date_within_a_year_is_sound(span: timedelta) -> None:
    assert problems(ticket(time_in_force=TimeInForce.GOOD_TILL_DATE, good_till=NOW + span)) == {}


def test_a_group_is_named_in_plain_characters() -> None:
    assert problems(ticket(oca_group="pair-1")) == {}
    assert problems(ticket(oca_group="x" * 40)) == {}
    assert problems(ticket(oca_group="x" * 41)) == {
        "oca_group": ["The group's name can have 40 characters at most."]
    }
    for name in ("a\0b", "a\nb", "é"):
        assert problems(ticket(oca_group=name)) == {
            "oca_group": ["The group's name can have plain letters, digits and signs only."]
        }


def test_all_that_is_wrong_is_said_at_once() -> None:
    asked = ticket(OrderKind.MARKET, quantity=Decimal(0), limit_price=PRICE, outside_hours=True)

    assert set(problems(asked)) == {"quantity", "limit_price", "outside_hours"}


def test_a_contract_that_does_not_move_is_a_fault() -> None:
    with pytest.raises(ValueError, match="cannot move in steps of 0"):
        problems(ticket(), replace(ACME, min_tick=Decimal(0)))


@given(
    value=st.decimals("0.00000001", "99999999", places=8),
    step=st.sampled_from([Decimal(text) for text in ("1", "0.01", "0.05", "0.0001", "100", "0.00390625")]),
)
def test_the_nearest_steps_enclose_a_value(value: Decimal, step: Decimal) -> None:
    below, above = nearest_steps(value, step)

    assert below <= value < above
    assert above - below == step
    assert below % step == 0


@given(value=st.decimals(allow_nan=True, allow_infinity=True))
def test_any_number_gets_an_answer(value: Decimal) -> None:
    found = ticket_problems(ticket(quantity=value, limit_price=value), HUNDREDTHS, NOW)

    assert set(found) <= {"quantity", "limit_price"}
