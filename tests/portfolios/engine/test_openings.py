"""Opening positions: how many, and at what cost."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from portfolios.engine.openings import Opening, missing_openings, positions_of
from portfolios.engine.records import (
    InstrumentFacts,
    MovementRecord,
    PortfolioRecord,
    StatedPosition,
    TransactionKind,
    TransactionRecord,
)

HOUSE, ACME, SPUN = UUID(int=1), UUID(int=10), UUID(int=11)
PORTFOLIO = PortfolioRecord(id=HOUSE, base_currency="USD")
DAY = date(2025, 1, 6)


def row(kind: TransactionKind, quantity: str, amount: str = "0", **changes: Any) -> TransactionRecord:
    """A row in ACME."""
    values: dict[str, Any] = {
        "id": UUID(int=1000 + abs(hash((kind, quantity, amount))) % 10**6),
        "portfolio_id": HOUSE,
        "kind": kind,
        "trade_date": DAY,
        "instrument_id": ACME,
        "quantity": Decimal(quantity),
        "amount": Decimal(amount),
        "currency": "USD",
        "fx_rate": Decimal(1),
    }
    return TransactionRecord(**(values | changes))


def stated(quantity: str, cost: str | None = None, currency: str = "USD") -> StatedPosition:
    """What the statement holds at the end."""
    return StatedPosition(
        line=1,
        instrument=InstrumentFacts(symbol="ACME"),
        quantity=Decimal(quantity),
        currency=currency,
        day=date(2025, 1, 31),
        cost=None if cost is None else Decimal(cost),
    )


def openings(
    rows: list[TransactionRecord],
    ends: dict[UUID, StatedPosition],
    earlier: dict[UUID, Decimal] | None = None,
) -> list[Opening]:
    """The openings that are missing."""
    return missing_openings(
        portfolio=PORTFOLIO,
        earlier=earlier or {},
        rows=rows,
        stated=ends,
        currencies={ACME: "USD", SPUN: "USD"},
    )


def one(quantity: str, cost: str | None) -> list[Opening]:
    """One opening of ACME."""
    return [
        Opening(
            instrument_id=ACME,
            quantity=Decimal(quantity),
            currency="USD",
            cost=None if cost is None else Decimal(cost),
        )
    ]


def test_a_position_without_transactions_has_the_brokers_cost() -> None:
    assert openings([], {ACME: stated("30", "261")}) == one("30", "261")


def test_what_the_rows_bought_is_taken_off() -> None:
    rows = [row(TransactionKind.BUY, "10", "-101")]
    assert openings(rows, {ACME: stated("30", "261")}) == one("20", "160")


def test_after_a_sale_the_cost_cannot_be_told() -> None:
    rows = [row(TransactionKind.SELL, "-5", "60")]
    assert openings(rows, {ACME: stated("30", "261")}) == one("35", None)


def test_a_position_sold_out_in_the_period_was_there_before() -> None:
    rows = [row(TransactionKind.SELL, "-5", "60")]
    assert openings(rows, {SPUN: stated("1")}) == [
        *one("5", None),
        Opening(instrument_id=SPUN, quantity=Decimal(1), currency="USD", cost=None),
    ]


def test_after_a_return_of_capital_the_cost_cannot_be_told() -> None:
    rows = [row(TransactionKind.RETURN_OF_CAPITAL, "0", "5")]
    assert openings(rows, {ACME: stated("30", "261")}) == one("30", None)


def test_after_a_spin_off_neither_cost_can_be_told() -> None:
    rows = [row(TransactionKind.SPIN_OFF, "3", counterpart_id=SPUN)]
    ends = {ACME: stated("30", "200"), SPUN: stated("3", "61")}
    assert openings(rows, ends) == one("30", None)


def test_a_cost_in_another_currency_than_the_lots_is_not_used() -> None:
    rows = [row(TransactionKind.BUY, "10", "-101")]
    assert openings(rows, {ACME: stated("30", "261", "EUR")})[0].cost is None


def test_a_cost_below_that_of_the_rows_own_lots_is_not_used() -> None:
    rows = [row(TransactionKind.BUY, "10", "-101")]
    assert openings(rows, {ACME: stated("30", "50")}) == one("20", None)


def test_what_the_book_holds_already_is_not_missing() -> None:
    assert openings([], {ACME: stated("30", "261")}, {ACME: Decimal(30)}) == []


def test_a_gap_in_the_book_is_filled_without_a_cost() -> None:
    assert openings([], {ACME: stated("30", "261")}, {ACME: Decimal(10)}) == one("20", None)


def test_what_the_book_holds_and_the_statement_does_not_leaves_again() -> None:
    assert openings([], {SPUN: stated("1", "5")}, {ACME: Decimal(10), SPUN: Decimal(1)}) == one("-10", None)


def test_rounding_is_no_position() -> None:
    assert openings([], {ACME: stated("30.00005")}, {ACME: Decimal(30)}) == []


def test_a_short_position_has_its_proceeds_as_cost() -> None:
    assert openings([], {ACME: stated("-30", "-261")}) == one("-30", "261")


def test_movements_add_up_by_instrument_for_one_portfolio() -> None:
    moves = [
        MovementRecord(portfolio_id=HOUSE, instrument_id=ACME, day=DAY, quantity=Decimal(quantity))
        for quantity in (5, -2)
    ]
    other = MovementRecord(portfolio_id=UUID(int=2), instrument_id=ACME, day=DAY, quantity=Decimal(9))
    assert positions_of([*moves, other], HOUSE) == {ACME: 3}
