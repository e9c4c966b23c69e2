"""Which lots a sale takes: the methods by basis and by term, and the shares that were named for it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.identifiers import derived_uuid
from portfolios.engine.book import derive_book
from portfolios.engine.records import (
    Book,
    FindingKind,
    LotChoice,
    PortfolioRecord,
    ReliefMethod,
    TransactionKind,
    TransactionRecord,
)
from portfolios.engine.relief_words import RELIEF_WORDS
from tests.portfolios.engine.ledger_rows import HOME, PORTFOLIOS, buy, kinds, open_lots, row, sell, shown

Method = ReliefMethod


def relieved(rows: Iterable[TransactionRecord], method: ReliefMethod) -> Book:
    """The book of `rows` where HOME sells by `method`."""
    chosen = PortfolioRecord(id=HOME, base_currency="USD", relief=method)
    return derive_book(rows, PORTFOLIOS | {HOME: chosen})


def taken(found: Book) -> list[tuple[str, str]]:
    """Shares and basis of what was sold, in the order in which it was taken."""
    return [(shown(piece.quantity), shown(piece.basis)) for piece in found.disposals]


LOTS = (
    ("2020-03-02", "10", "900"),
    ("2021-03-01", "10", "1500"),
    ("2023-07-03", "10", "1000"),
    ("2023-09-01", "10", "1400"),
    ("2023-10-02", "10", "1200"),
)


def ladder(sold: str, proceeds: str, **facts: Any) -> list[TransactionRecord]:
    """Five lots of 10 at 90, 150 (long-term), 100, 140 and 120 (short-term), and a sale of `sold`."""
    return [*(buy(*lot) for lot in LOTS), sell("2024-03-15", sold, proceeds, **facts)]


@pytest.mark.parametrize(
    ("method", "bases"),
    [
        (Method.FIFO, ["900", "1500", "1000", "1400", "1200"]),
        (Method.LIFO, ["1200", "1400", "1000", "1500", "900"]),
        (Method.HIFO, ["1500", "1400", "1200", "1000", "900"]),
        (Method.LOWEST_COST, ["900", "1000", "1200", "1400", "1500"]),
        (Method.AVERAGE, ["1200", "1200", "1200", "1200", "1200"]),
        (Method.MAX_LONG_GAIN, ["900", "1000", "1200", "1400", "1500"]),
        (Method.MAX_LONG_LOSS, ["1500", "1400", "1200", "1000", "900"]),
        (Method.MAX_SHORT_GAIN, ["1000", "1200", "900", "1500", "1400"]),
        (Method.MAX_SHORT_LOSS, ["1400", "1500", "900", "1200", "1000"]),
        (Method.SCHWAB_OPTIMIZER, ["1400", "1500", "1200", "900", "1000"]),
        (Method.MINIMUM_TAX, ["1400", "1500", "1200", "900", "1000"]),
    ],
)
def test_a_method_takes_the_lots_in_its_order_at_120_a_share(method: ReliefMethod, bases: list[str]) -> None:
    assert [basis for _, basis in taken(relieved(ladder("50", "6000"), method))] == bases


@pytest.mark.parametrize(
    "method",
    [method for method in ReliefMethod if method not in {Method.FIFO, Method.LIFO, Method.AVERAGE}],
)
def test_a_lot_of_unknown_basis_goes_last_where_a_method_looks_at_the_basis(method: ReliefMethod) -> None:
    unknown = row(TransactionKind.OPENING, "2019-01-02", quantity="10", acquired=date(2018, 5, 1))
    assert taken(relieved([unknown, *ladder("60", "7200")], method))[-1] == ("10", "?")


def test_the_average_is_not_known_where_one_basis_is_not() -> None:
    unknown = row(TransactionKind.OPENING, "2019-01-02", quantity="10", acquired=date(2018, 5, 1))
    found = relieved(
        [unknown, buy("2020-03-02", "10", "900"), sell("2024-03-15", "5", "600")], Method.AVERAGE
    )
    assert taken(found) == [("5", "?")]
    assert [shown(lot.basis_base) for lot in found.lots] == ["?", "?"]


def test_the_average_of_two_currencies_is_known_in_the_base_currency_alone() -> None:
    euros = buy("2020-03-02", "10", "800", currency="EUR", fx_rate="1.25")
    found = relieved([euros, buy("2021-03-01", "10", "2000"), sell("2024-03-15", "5", "600")], Method.AVERAGE)
    (piece,) = found.disposals
    assert (piece.basis, piece.basis_base) == (None, Decimal(750))


def test_a_sale_of_unknown_worth_takes_lots_by_acquisition_where_the_method_needs_the_gain() -> None:
    rows = [*(buy(*lot) for lot in LOTS), sell("2024-03-15", "15", "1000", currency="EUR")]
    for method in (Method.MINIMUM_TAX, Method.MAX_LONG_LOSS):
        found = relieved(rows, method)
        assert [str(piece.acquired) for piece in found.disposals] == ["2020-03-02", "2021-03-01"]


def test_shares_of_unknown_day_and_inherited_ones_count_as_long_term() -> None:
    rows = [
        row(TransactionKind.OPENING, "2024-01-02", quantity="10", cost="1000"),
        row(TransactionKind.INHERITANCE, "2024-02-01", quantity="10", cost="900"),
        buy("2024-02-02", "10", "800"),
        sell("2024-03-15", "20", "2400"),
    ]
    assert taken(relieved(rows, Method.MAX_LONG_GAIN)) == [("10", "900"), ("10", "1000")]


def test_every_method_is_named_and_explained() -> None:
    assert set(RELIEF_WORDS) == set(Method)
    assert len({words.label for words in RELIEF_WORDS.values()}) == len(Method)
    assert all(words.sentence.endswith(".") for words in RELIEF_WORDS.values())


def choice(bought: TransactionRecord, quantity: str) -> LotChoice:
    return LotChoice(lot_id=derived_uuid(bought.id, "lot"), quantity=Decimal(quantity))


def named(*choices: tuple[int, str], sold: str = "10") -> Book:
    """The book of a sale for which shares of three lots were named, by the number of the lot."""
    lots = [buy("2020-03-02", "10", "900"), buy("2021-03-01", "10", "1500"), buy("2024-05-01", "5", "400")]
    chosen = tuple(choice(lots[number], quantity) for number, quantity in choices)
    return relieved([*lots, sell("2024-03-15", sold, "1200", lots=chosen)], Method.FIFO)


def test_the_named_shares_are_sold_in_the_order_named() -> None:
    found = named((1, "7"), (0, "3"))
    assert taken(found) == [("7", "1050"), ("3", "270")]
    assert found.findings == ()
    assert open_lots(found)[0] == ("7", "630", "2020-03-02", "2020-03-02")


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ([(0, "0"), (1, "10")], "a lot is named with no shares"),
        ([(2, "5"), (1, "5")], "a lot is named that was not held then"),
        ([(0, "6"), (0, "6")], "more shares of a lot are named than it had"),
        ([(0, "6"), (1, "3")], "the named shares do not add up to the shares sold"),
    ],
)
def test_named_shares_that_cannot_be_what_is_sold_leave_it_to_the_method(
    choices: list[tuple[int, str]], reason: str
) -> None:
    found = named(*choices)
    assert taken(found) == [("10", "900")]
    (finding,) = found.findings
    assert finding.kind is FindingKind.LOTS_UNUSABLE
    assert finding.detail == f"Of the lots named for this sale {reason}."


def test_the_longest_held_part_of_a_named_lot_goes_first() -> None:
    first, second = buy("2023-01-02", "4", "400"), buy("2023-06-20", "10", "900")
    found = relieved(
        [
            first,
            second,
            sell("2023-06-26", "4", "320"),
            sell("2024-03-15", "5", "500", lots=(choice(second, "5"),)),
        ],
        Method.FIFO,
    )
    assert [(shown(piece.quantity), shown(piece.basis)) for piece in found.disposals[1:]] == [
        ("4", "440"),
        ("1", "90"),
    ]
    assert kinds(found) == []
