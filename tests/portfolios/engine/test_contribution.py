"""What each holding and the cash gave to a gain."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine.cash_flows import EXTERNAL, cash_changes, external_flows
from portfolios.engine.change import gain
from portfolios.engine.contribution import (
    CashContribution,
    Contribution,
    GainReport,
    contributions,
    explain_contribution,
    share_of,
)
from portfolios.engine.currency_effect import CurrencyEffect
from portfolios.engine.exchange_rates import RateQuote, RateTable
from portfolios.engine.figures import LineKind, UnavailableError
from portfolios.engine.intervals import interval_of
from portfolios.engine.market import Market
from portfolios.engine.records import MovementRecord, TransactionKind, TransactionRecord
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
    row,
)

BUY, SELL, DIVIDEND, TAX = (
    TransactionKind.BUY,
    TransactionKind.SELL,
    TransactionKind.DIVIDEND,
    TransactionKind.TAX,
)


def report(rows: list[TransactionRecord], movements: list[MovementRecord], market: Market) -> GainReport:
    return contributions(
        portfolio=PORTFOLIO,
        transactions=rows,
        movements=movements,
        first_day=on("2024-05-01"),
        last_day=on("2024-05-31"),
        market=market,
    )


def test_a_month_of_one_holding_worked_by_hand() -> None:
    found = report(
        [
            row(BUY, "2024-04-01", "-1000", instrument_id=ACME, quantity=Decimal(10)),
            row(BUY, "2024-05-10", "-601", fees=Decimal(1), instrument_id=ACME, quantity=Decimal(5)),
            row(SELL, "2024-05-20", "258", fees=Decimal(2), instrument_id=ACME, quantity=Decimal(-2)),
            row(DIVIDEND, "2024-05-21", "15", instrument_id=ACME),
            row(TAX, "2024-05-21", "-3", instrument_id=ACME),
            row(SELL, "2024-06-03", "999", instrument_id=ACME, quantity=Decimal(-7)),
        ],
        [
            moved("2024-04-01", "10"),
            moved("2024-05-10", "5"),
            moved("2024-05-20", "-2"),
            moved("2024-06-03", "-7"),
        ],
        Market(closes={ACME: closes(("2024-05-01", "110"), ("2024-05-31", "130"))}, names=NAMES),
    )

    assert found.holdings == (
        Contribution(
            instrument_id=ACME,
            name="ACME",
            start_value=Decimal(1100),
            end_value=Decimal(1690),
            invested=Decimal(340),
            price_gain=Decimal(250),
            income=Decimal(15),
            fees=Decimal(-3),
            taxes=Decimal(-3),
            total=Decimal(259),
            effect=CurrencyEffect(local=Decimal(250), currency=Decimal(0), cross=Decimal(0)),
        ),
    )
    assert found.total == Decimal(259)
    assert found.reason == ""


def test_the_arithmetic_of_a_holding_is_shown() -> None:
    found = report(
        [row(BUY, "2024-05-10", "-100", instrument_id=ACME, quantity=Decimal(1))],
        [moved("2024-05-10", "1")],
        Market(closes={ACME: closes(("2024-05-31", "130"))}, names=NAMES),
    )

    lines = explain_contribution(found.holdings[0], found).lines

    assert [(line.label, line.amount) for line in lines if line.amount] == [
        ("Value at the end, 31 May 2024", Decimal(130)),
        ("Invested meanwhile", Decimal(-100)),
        ("Price gain", Decimal(30)),
        ("Gain on ACME", Decimal(30)),
    ]
    assert lines[-1].kind is LineKind.RESULT


def test_cash_gives_interest_fees_taxes_rates_and_conversions() -> None:
    found = report(
        [
            row(TransactionKind.DEPOSIT, "2024-04-01", "1000", currency="EUR"),
            row(TransactionKind.DEPOSIT, "2024-05-02", "50", currency="CHF"),
            row(TransactionKind.WITHDRAWAL, "2024-05-03", "-50", currency="CHF"),
            row(TransactionKind.INTEREST, "2024-05-10", "10"),
            row(TransactionKind.FEE, "2024-05-10", "-4"),
            row(TransactionKind.TAX, "2024-05-10", "-1"),
            row(
                TransactionKind.EXCHANGE,
                "2024-05-10",
                "-502",
                fees=Decimal(2),
                currency="EUR",
                counter_amount=Decimal(590),
                counter_currency="USD",
            ),
            row(TransactionKind.EXCHANGE, "2024-05-11", "-1", instrument_id=GLOBEX),
        ],
        [],
        Market(
            rates=rates(
                ("EUR", "2024-05-01", "1.1"),
                ("EUR", "2024-05-10", "1.2"),
                ("EUR", "2024-05-31", "1.3"),
                ("CHF", "2024-05-02", "1"),
                ("CHF", "2024-05-03", "1.5"),
            )
        ),
    )

    # Rates: 498 × 1.3 − 1000 × 1.1 + 502 × 1.2 on EUR, 50 × (1.5 − 1) on CHF.
    # Conversion: 590 − 500 × 1.2 on one exchange, −1 on the other; its fee is 2 × 1.2.
    assert found.cash == CashContribution(
        interest=Decimal(10),
        fees=Decimal("-6.4"),
        taxes=Decimal(-1),
        currency_effect=Decimal("174.8"),
        conversion=Decimal(-11),
        total=Decimal("166.4"),
    )
    assert (found.holdings, found.total) == ((), Decimal("166.4"))


def test_a_price_quoted_in_another_currency_than_the_trade() -> None:
    # Bought for 120 USD when one EUR was 1.20; worth 110 EUR at 1.30.
    found = report(
        [row(BUY, "2024-05-10", "-120", instrument_id=ACME, quantity=Decimal(1))],
        [moved("2024-05-10", "1")],
        Market(
            closes={ACME: closes(("2024-05-31", "110"), currency="EUR")},
            rates=rates(("EUR", "2024-05-10", "1.2"), ("EUR", "2024-05-31", "1.3")),
            names=NAMES,
        ),
    )

    assert found.holdings[0].price_gain == Decimal(23)
    assert found.holdings[0].effect == CurrencyEffect(
        local=Decimal(12), currency=Decimal(10), cross=Decimal(1)
    )


def test_a_transfer_in_kind_is_invested_at_the_value_of_its_day() -> None:
    found = report(
        [row(TransactionKind.TRANSFER_IN, "2024-05-10", instrument_id=ACME, quantity=Decimal(3))],
        [moved("2024-05-10", "3")],
        Market(closes={ACME: closes(("2024-05-10", "40"), ("2024-05-31", "50"))}, names=NAMES),
    )

    assert (found.holdings[0].invested, found.holdings[0].total) == (Decimal(120), Decimal(30))


def test_a_holding_that_was_sold_before_the_end_needs_no_price_then() -> None:
    found = report(
        [row(SELL, "2024-05-10", "1210", instrument_id=ACME, quantity=Decimal(-10))],
        [moved("2024-04-10", "10"), moved("2024-05-10", "-10")],
        Market(closes={ACME: closes(("2024-05-01", "110"))}, names=NAMES),
    )

    assert (found.holdings[0].end_value, found.holdings[0].total) == (Decimal(0), Decimal(110))


def test_a_position_that_left_without_money_lost_its_value() -> None:
    found = report(
        [],
        [moved("2024-04-10", "10"), moved("2024-05-10", "-10")],
        Market(closes={ACME: closes(("2024-05-01", "110"))}, names=NAMES),
    )

    assert found.holdings[0].total == Decimal(-1100)


def test_a_position_that_came_and_went_without_money_gave_nothing() -> None:
    found = report(
        [],
        [moved("2024-05-10", "10"), moved("2024-05-11", "-10"), moved("2024-05-12", "1", GLOBEX)],
        Market(closes={GLOBEX: closes(("2024-05-31", "9"))}, names=NAMES),
    )

    assert [(item.name, item.total) for item in found.holdings] == [("GLOBEX", Decimal(9))]


def test_a_dividend_after_the_sale_is_still_a_contribution() -> None:
    found = report([row(DIVIDEND, "2024-05-10", "7", instrument_id=ACME)], [], Market(names=NAMES))

    assert [(item.name, item.income, item.total) for item in found.holdings] == [
        ("ACME", Decimal(7), Decimal(7))
    ]


@pytest.mark.parametrize(
    ("rows", "movements", "reason"),
    [
        ([], [moved("2024-05-10", "1")], "ACME has no usable price on 31 May 2024."),
        (
            [row(DIVIDEND, "2024-05-10", "7", instrument_id=ACME, currency="CHF")],
            [],
            "There is no exchange rate CHF to USD on 10 May 2024.",
        ),
    ],
)
def test_what_is_not_known_leaves_the_sum_unknown_and_says_why(
    rows: list[TransactionRecord], movements: list[MovementRecord], reason: str
) -> None:
    found = report(rows, movements, Market(names=NAMES))

    assert found.total is None
    assert reason in found.reason
    assert (found.holdings[0].total, found.holdings[0].reason) == (None, reason)
    with pytest.raises(UnavailableError, match=reason):
        explain_contribution(found.holdings[0], found)


def test_cash_in_a_currency_without_a_rate_is_not_known() -> None:
    found = report([row(TransactionKind.DEPOSIT, "2024-05-10", "7", currency="CHF")], [], Market(names=NAMES))

    assert (found.total, found.cash.total) == (None, None)
    assert found.reason == "There is no exchange rate CHF to USD on 10 May 2024."


def test_a_share_is_of_the_capital_at_work() -> None:
    assert share_of(Decimal(5), Decimal(200)) == Decimal("0.025")
    assert share_of(None, Decimal(200)) is None
    assert share_of(Decimal(5), None) is None
    assert share_of(Decimal(5), Decimal(0)) is None


DAYS = days_from("2024-05-01", 30)
MONEY = st.decimals("1", "10000", places=2)
WITHOUT_INSTRUMENT = EXTERNAL | {DIVIDEND, TAX, TransactionKind.INTEREST, TransactionKind.FEE}


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[list[TransactionRecord], list[MovementRecord]]:
    """Rows of every kind that moves money, on random days, and the movements that go with them."""
    rows: list[TransactionRecord] = []
    movements: list[MovementRecord] = []
    for kind in draw(st.lists(st.sampled_from(list(TransactionKind)), max_size=12)):
        day = draw(st.sampled_from(DAYS))
        currency = draw(st.sampled_from(["USD", "EUR"]))
        instrument: UUID = draw(st.sampled_from([ACME, GLOBEX]))
        amount, fees = draw(MONEY), draw(st.sampled_from([Decimal(0), Decimal("1.25")]))
        quantity = Decimal(draw(st.integers(-20, 20)))
        fields: dict[str, object] = {"currency": currency, "fees": fees}
        if kind is TransactionKind.EXCHANGE:
            fields |= {"counter_amount": draw(MONEY), "counter_currency": "EUR"}
        elif kind not in {TransactionKind.DEPOSIT, TransactionKind.WITHDRAWAL} and draw(st.booleans()):
            fields |= {"instrument_id": instrument, "quantity": quantity}
            movements.append(moved(day.isoformat(), str(quantity), instrument))
        elif kind not in WITHOUT_INSTRUMENT:
            continue
        sign = draw(st.sampled_from([-1, 1]))
        rows.append(row(kind, day.isoformat(), str(sign * amount), **fields))
    return rows, movements


@given(ledgers(), st.integers(0, 20))
def test_the_parts_always_add_up_to_the_gain_of_the_valuations(
    ledger: tuple[list[TransactionRecord], list[MovementRecord]], first: int
) -> None:
    rows, movements = ledger
    market = Market(
        closes={
            ACME: closes(*((day.isoformat(), str(10 + day.day)) for day in DAYS)),
            GLOBEX: closes(*((day.isoformat(), str(90 - day.day)) for day in DAYS), currency="EUR"),
        },
        rates=RateTable(RateQuote("EUR", "USD", day, 1 + Decimal(day.day) / 100) for day in DAYS),
        sizes={GLOBEX: Decimal(10)},
    )
    found = contributions(
        portfolio=PORTFOLIO,
        transactions=rows,
        movements=movements,
        first_day=DAYS[first],
        last_day=DAYS[-1],
        market=market,
    )
    records = value_days(
        portfolio=PORTFOLIO,
        days=DAYS,
        movements=movements,
        cash_changes=cash_changes(rows),
        flows=external_flows(rows),
        market=market,
    )
    interval = interval_of(records, first=DAYS[first] + timedelta(days=1))

    assert found.total is not None
    assert abs(found.total - gain(interval)) < Decimal("0.000001")
