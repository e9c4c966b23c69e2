"""Every figure that a page shows can be opened, and its arithmetic ends in that figure."""

from decimal import Decimal

import pytest

from common.errors import NotFound
from portfolios.engine.figures import Figure, LineKind
from portfolios.models import Price
from portfolios.selectors.explanations import Question, figure_of
from portfolios.selectors.intervals import span_of
from portfolios.selectors.scopes import scope_of
from tests.portfolios.small_book import LAST, SmallBook, derive, small_book

pytestmark = pytest.mark.django_db


def why(book: SmallBook, key: str, interval: str = "all", **facts: object) -> Figure:
    scope = scope_of(book.user)
    assert scope is not None
    question = Question(key=key, scope=scope, span=span_of(interval, LAST), **facts)  # type: ignore[arg-type] # a few of several kinds
    return figure_of(question)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("end_value", 10_122),
        ("change", 10_122),
        ("net_flows", 10_000),
        ("gain", 122),
        ("twr", Decimal("0.0122")),
        ("cash", 9_202),
        ("realised_short", 40),
        ("realised_long", 0),
        ("realised_total", 40),
        ("unrealised_total", 70),
        ("value_today", 10_122),
        ("dividends", 12),
        ("costs", 0),
        ("currency_effect", 0),
    ],
)
def test_a_figure_has_the_value_reckoned_by_hand_and_its_arithmetic_ends_in_it(
    key: str, value: Decimal
) -> None:
    figure = why(small_book(), key)
    assert figure.value == value
    assert figure.explanation is not None
    result = figure.explanation.lines[-1] if key != "currency_effect" else None
    if result is not None:
        assert (result.kind, result.amount) == (LineKind.RESULT, value)


def test_the_gain_on_a_holding_is_price_gain_and_income() -> None:
    book = small_book()
    figure = why(book, "contribution", instrument_id=book.acme.pk)
    assert figure.value == 172
    assert figure.explanation is not None
    amounts = {line.label: line.amount for line in figure.explanation.lines}
    assert amounts["Price gain, realised and not"] == 160
    assert amounts["Dividends and interest"] == 12


def test_the_basis_of_a_holding_is_the_sum_of_its_lots() -> None:
    book = small_book()
    assert why(book, "basis", instrument_id=book.acme.pk).value == 600
    assert why(book, "unrealised_gain", instrument_id=book.beta.pk).value == -50


def test_a_weight_is_the_slice_over_the_net_value() -> None:
    assert why(small_book(), "weight", slice_key="Stocks").value == Decimal("0.0909")


def test_a_figure_without_a_price_gives_the_reason_instead_of_a_value() -> None:
    book = small_book()
    Price.objects.filter(instrument=book.beta).delete()
    derive(book.portfolio)
    figure = why(book, "gain")
    assert figure.value is None
    assert figure.reason == "There is no value on 6 Feb 2026: no usable price for BETA."


def test_a_figure_that_does_not_exist_is_not_found() -> None:
    book = small_book()
    with pytest.raises(NotFound):
        why(book, "luck")
    with pytest.raises(NotFound):
        why(book, "basis")
