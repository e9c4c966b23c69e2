"""What exchange rates made of a gain."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine.currency_effect import (
    CurrencyEffect,
    Invested,
    explain_currency_effect,
    split_gain,
)


def test_a_share_and_its_currency_both_rise() -> None:
    # 100 EUR at 1.00 become 120 EUR at 1.10: 20 from the price, 10 from the rate, 2 from both.
    found = split_gain(
        start_value=Decimal(100), start_rate=Decimal(1), end_value=Decimal(120), end_rate=Decimal("1.1")
    )

    assert found == CurrencyEffect(local=Decimal(20), currency=Decimal(10), cross=Decimal(2))
    assert found.total == Decimal(32)


def test_what_was_bought_meanwhile_feels_the_rate_only_since() -> None:
    # Another 50 EUR at 1.05; 150 EUR of money are worth 180 EUR at the end.
    found = split_gain(
        start_value=Decimal(100),
        start_rate=Decimal(1),
        end_value=Decimal(180),
        end_rate=Decimal("1.1"),
        invested=[Invested(Decimal(50), Decimal("1.05"))],
    )

    # Local 30; currency 100 × 0.10 + 50 × 0.05; cross 30 × 0.10.
    assert found == CurrencyEffect(local=Decimal(30), currency=Decimal("12.5"), cross=Decimal(3))


def test_in_the_base_currency_everything_is_local() -> None:
    found = split_gain(
        start_value=Decimal(100), start_rate=Decimal(1), end_value=Decimal(90), end_rate=Decimal(1)
    )

    assert found == CurrencyEffect(local=Decimal(-10), currency=Decimal(0), cross=Decimal(0))


def test_the_parts_are_the_explanation() -> None:
    effect = CurrencyEffect(local=Decimal(20), currency=Decimal(10), cross=Decimal(2))

    assert [(line.label, line.amount) for line in explain_currency_effect("ACME", effect, "USD").lines] == [
        ("Local prices", Decimal(20)),
        ("Exchange rate", Decimal(10)),
        ("Both together", Decimal(2)),
        ("Gain", Decimal(32)),
    ]


AMOUNTS = st.decimals("-1000000", "1000000", places=8)
RATES = st.decimals("0.0001", "200", places=12)


@given(AMOUNTS, RATES, AMOUNTS, RATES, st.lists(st.tuples(AMOUNTS, RATES), max_size=5))
def test_the_parts_always_add_up_to_the_gain(
    start: Decimal, first: Decimal, end: Decimal, last: Decimal, flows: list[tuple[Decimal, Decimal]]
) -> None:
    found = split_gain(
        start_value=start,
        start_rate=first,
        end_value=end,
        end_rate=last,
        invested=[Invested(*flow) for flow in flows],
    )

    gain = end * last - start * first - sum(amount * rate for amount, rate in flows)
    assert found.total == round(gain, 8)
