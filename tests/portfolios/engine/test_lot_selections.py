"""Until when lots can be named, and what is wrong with what was named."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from portfolios.engine.lot_selections import selection_deadline, selection_problems
from portfolios.engine.records import LotChoice

OLD, NEW, GONE = UUID(int=1), UUID(int=2), UUID(int=3)
NAMES = {OLD: "of 2 Mar 2026", NEW: "of 3 Mar 2026"}


@pytest.mark.parametrize(
    ("traded", "settled", "deadline"),
    [
        (date(2026, 3, 5), date(2026, 3, 9), date(2026, 3, 9)),
        (date(2026, 3, 5), None, date(2026, 3, 6)),
        (date(2026, 3, 6), None, date(2026, 3, 9)),
        (date(2026, 3, 7), None, date(2026, 3, 9)),
    ],
)
def test_lots_are_named_until_the_settlement(traded: date, settled: date | None, deadline: date) -> None:
    assert selection_deadline(traded, settled) == deadline


def problems(*choices: tuple[UUID, str]) -> list[str]:
    return selection_problems(
        [LotChoice(lot_id=lot, quantity=Decimal(quantity)) for lot, quantity in choices],
        sold=Decimal(8),
        open_now={OLD: Decimal(6), NEW: Decimal(5)},
        names=NAMES,
    )


def test_what_adds_up_and_what_is_empty_is_right() -> None:
    assert problems((OLD, "3"), (NEW, "5")) == []
    assert problems() == []


def test_each_thing_that_is_wrong_is_named_with_its_lot() -> None:
    assert problems((OLD, "8")) == ["The lot of 2 Mar 2026 held 6 shares then, not 8."]
    assert problems((GONE, "8")) == [
        f"The lot {GONE} was not open in this account when the shares were sold."
    ]
    assert problems((OLD, "3.5"), (NEW, "0")) == [
        "The lot of 3 Mar 2026 needs a number of shares above zero.",
        "The lots add up to 3.5 shares, but 8 were sold: 4.5 too few.",
    ]
    assert problems((OLD, "4"), (OLD, "5")) == [
        "A lot is named twice: name each lot once.",
        "The lots add up to 9 shares, but 8 were sold: 1 too many.",
    ]
