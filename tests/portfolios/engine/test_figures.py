"""Figures and the words in them."""

from decimal import Decimal

import pytest

from portfolios.engine.figures import (
    Explanation,
    Figure,
    UnavailableError,
    Unit,
    amount_text,
    day_text,
    figure_from,
    list_text,
)
from tests.portfolios.engine.market_facts import on


def test_a_figure_without_a_value_must_say_why() -> None:
    with pytest.raises(ValueError, match="the figure twr has neither a value nor a reason"):
        Figure(key="twr", label="Return", value=None, unit=Unit.FRACTION)


def test_a_computed_figure_is_kept_in_stored_precision_with_its_arithmetic() -> None:
    why = Explanation(title="A third", formula="1 ÷ 3")

    figure = figure_from(lambda: (Decimal(1) / 3, why), key="third", label="A third", unit=Unit.RATIO)

    assert figure.value == Decimal("0.33333333")
    assert figure.explanation == why
    assert figure.reason == ""


def test_a_figure_that_cannot_be_computed_carries_the_reason() -> None:
    def compute() -> tuple[Decimal, Explanation]:
        raise UnavailableError("There is no price.")

    figure = figure_from(compute, key="value", label="Value", unit=Unit.MONEY, currency="EUR")

    assert figure == Figure(
        key="value", label="Value", value=None, unit=Unit.MONEY, currency="EUR", reason="There is no price."
    )


def test_words_in_explanations() -> None:
    assert day_text(on("2024-03-07")) == "7 Mar 2024"
    assert amount_text(Decimal("1234.505"), "EUR") == "1,234.50 EUR"
    assert list_text([]) == ""
    assert list_text(["B"]) == "B"
    assert list_text(["B", "A", "B"]) == "A and B"
    assert list_text(["C", "B", "A"]) == "A, B and C"
    assert list_text("GFEDCBA") == "A, B, C, D, E and 2 more"
