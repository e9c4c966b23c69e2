"""What a portfolio is worth day by day."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from portfolios.engine.cash_flows import CashChange, ExternalFlow
from portfolios.engine.closes import Split
from portfolios.engine.market import Market
from portfolios.engine.records import MovementRecord, ValuationRecord
from portfolios.engine.valuation import value_days
from tests.portfolios.engine.market_facts import (
    ACME,
    GLOBEX,
    NAMES,
    PORTFOLIO,
    closes,
    days_from,
    moved,
    on,
    rates,
)


def values(
    days: Sequence[str],
    *,
    movements: Sequence[MovementRecord] = (),
    cash: Sequence[tuple[str, str, str]] = (),
    flows: Sequence[ExternalFlow] = (),
    **market: Any,
) -> list[ValuationRecord]:
    return value_days(
        portfolio=PORTFOLIO,
        days=[on(day) for day in days],
        movements=movements,
        cash_changes=[CashChange(on(day), currency, Decimal(amount)) for day, currency, amount in cash],
        flows=flows,
        market=Market(**({"names": NAMES} | market)),
    )


def test_positions_and_cash_are_carried_from_before_the_first_day() -> None:
    found = values(
        ["2024-05-01", "2024-05-02", "2024-05-03"],
        movements=[moved("2024-04-02", "10"), moved("2024-05-02", "-4"), moved("2024-05-04", "-6")],
        cash=[("2024-04-02", "USD", "100"), ("2024-05-02", "USD", "44"), ("2024-05-09", "USD", "1")],
        closes={ACME: closes(("2024-05-01", "10"), ("2024-05-02", "11"), ("2024-05-03", "12.5"))},
    )

    assert [(record.value, record.cash) for record in found] == [
        (Decimal(200), Decimal(100)),
        (Decimal(210), Decimal(144)),
        (Decimal(219), Decimal(144)),
    ]
    assert all(record.flow == 0 and not record.missing and not record.stale for record in found)


def test_a_carried_over_close_is_named_stale_and_an_older_one_missing() -> None:
    found = values(
        ["2024-05-01", "2024-05-08", "2024-05-09"],
        movements=[moved("2024-05-01", "10"), moved("2024-05-01", "1", GLOBEX)],
        closes={
            ACME: closes(("2024-05-01", "10")),
            GLOBEX: closes(("2024-05-01", "5"), ("2024-05-08", "5"), ("2024-05-09", "5")),
        },
    )

    assert [record.value for record in found] == [Decimal(105), Decimal(105), None]
    assert [record.stale for record in found] == [(), ("ACME",), ()]
    assert [record.missing for record in found] == [(), (), ("ACME",)]
    assert found[2].cash == 0


def test_what_is_no_longer_held_needs_no_price() -> None:
    found = values(
        ["2024-05-01", "2024-05-02"],
        movements=[moved("2024-05-01", "10"), moved("2024-05-02", "-10")],
        closes={},
    )

    assert [(record.value, record.missing) for record in found] == [(None, ("ACME",)), (Decimal(0), ())]


def test_an_instrument_without_a_name_is_named_by_its_identifier() -> None:
    found = values(["2024-05-01"], movements=[moved("2024-05-01", "10")], names={})

    assert found[0].missing == (str(ACME),)


def test_a_split_does_not_double_the_value_before_the_first_new_close() -> None:
    found = values(
        ["2024-05-01", "2024-05-02", "2024-05-03"],
        movements=[moved("2024-05-01", "10"), moved("2024-05-02", "30")],
        closes={ACME: closes(("2024-05-01", "100"), ("2024-05-03", "26"))},
        splits={ACME: [Split(on("2024-05-02"), Decimal(4))]},
    )

    assert [record.value for record in found] == [Decimal(1000), Decimal(1000), Decimal(1040)]


def test_contract_sizes_shorts_and_borrowed_cash_count() -> None:
    found = values(
        ["2024-05-01"],
        movements=[moved("2024-05-01", "2"), moved("2024-05-01", "-3", GLOBEX)],
        cash=[("2024-05-01", "USD", "-50")],
        closes={ACME: closes(("2024-05-01", "1.5")), GLOBEX: closes(("2024-05-01", "20"))},
        sizes={ACME: Decimal(100)},
    )

    assert (found[0].value, found[0].cash) == (Decimal(190), Decimal(-50))


def test_other_currencies_count_at_the_rate_of_the_day() -> None:
    found = values(
        ["2024-05-01", "2024-05-02", "2024-05-10"],
        movements=[moved("2024-05-01", "10")],
        cash=[("2024-05-01", "EUR", "100"), ("2024-05-01", "CHF", "0")],
        closes={ACME: closes(("2024-05-01", "7"), ("2024-05-02", "7"), ("2024-05-10", "7"), currency="EUR")},
        rates=rates(("EUR", "2024-05-01", "1.1")),
    )

    assert [(record.value, record.cash) for record in found] == [
        (Decimal(187), Decimal(110)),
        (Decimal(187), Decimal(110)),
        (None, None),
    ]
    assert found[1].stale == ("EUR to USD",)
    assert found[2].missing == ("EUR to USD",)


def test_cash_stays_unknown_when_one_of_its_currencies_is() -> None:
    found = values(
        ["2024-05-01"],
        cash=[("2024-05-01", "CHF", "5"), ("2024-05-01", "USD", "100")],
    )

    assert (found[0].value, found[0].cash, found[0].missing) == (None, None, ("CHF to USD",))


def test_flows_of_a_weekend_belong_to_the_next_day_at_the_value_of_their_own() -> None:
    found = values(
        ["2024-05-03", "2024-05-06", "2024-05-07"],
        movements=[moved("2024-05-04", "10"), moved("2024-05-07", "-5")],
        flows=[
            ExternalFlow(on("2024-05-02"), "USD", Decimal(7)),
            ExternalFlow(on("2024-05-03"), "USD", Decimal(8)),
            ExternalFlow(on("2024-05-04"), "USD", Decimal(0), ACME, Decimal(10)),
            ExternalFlow(on("2024-05-05"), "EUR", Decimal(100)),
            ExternalFlow(on("2024-05-07"), "USD", Decimal(0), ACME, Decimal(-5)),
            ExternalFlow(on("2024-05-08"), "USD", Decimal(9)),
        ],
        closes={ACME: closes(("2024-05-03", "3"), ("2024-05-06", "4"), ("2024-05-07", "5"))},
        rates=rates(("EUR", "2024-05-05", "1.2")),
        sizes={ACME: Decimal(2)},
    )

    assert [record.flow for record in found] == [Decimal(8), Decimal(180), Decimal(-50)]
    assert [record.value for record in found] == [Decimal(0), Decimal(80), Decimal(50)]


def test_a_flow_that_cannot_be_valued_is_unknown_and_named() -> None:
    found = values(
        ["2024-05-03", "2024-05-06"],
        flows=[
            ExternalFlow(on("2024-05-03"), "USD", Decimal(0), ACME, Decimal(-5)),
            ExternalFlow(on("2024-05-03"), "USD", Decimal(10)),
            ExternalFlow(on("2024-05-06"), "EUR", Decimal(100)),
        ],
    )

    assert [(record.value, record.flow) for record in found] == [(Decimal(0), None), (Decimal(0), None)]
    assert [record.missing for record in found] == [("ACME",), ("EUR to USD",)]


def test_a_flow_larger_than_any_that_can_be_kept_is_unknown_and_named() -> None:
    found = values(
        ["2024-05-03", "2024-05-06"],
        flows=[
            ExternalFlow(on("2024-05-03"), "USD", Decimal(999_999_999_999)),
            ExternalFlow(on("2024-05-06"), "USD", Decimal(1_000_000_000_000)),
        ],
    )

    assert [(record.value, record.flow) for record in found] == [
        (Decimal(0), Decimal(999_999_999_999)),
        (Decimal(0), None),
    ]
    assert [record.missing for record in found] == [(), ("a value of 10^12 or more",)]


def test_a_value_larger_than_any_that_can_be_kept_is_unknown_and_named() -> None:
    found = values(["2024-05-03"], cash=[("2024-05-03", "USD", "1000000000000")])

    assert [(record.value, record.cash, record.missing) for record in found] == [
        (None, None, ("a value of 10^12 or more",))
    ]


def test_a_long_book_is_walked_once() -> None:
    days = days_from("2024-01-01", 366)
    found = value_days(
        portfolio=PORTFOLIO,
        days=days,
        movements=[moved(day.isoformat(), "1") for day in days],
        cash_changes=[],
        flows=[],
        market=Market(closes={ACME: closes(*((day.isoformat(), "2") for day in days))}),
    )

    assert [record.value for record in found] == [Decimal(2 * count) for count in range(1, 367)]
