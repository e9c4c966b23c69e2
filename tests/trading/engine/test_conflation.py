"""The latest quote of each symbol, a few times a second, in bounded memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.engine.conflation import Conflation
from trading.engine.records import PriceSource, Quote

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def quote(symbol: str = "ACME", number: int = 1) -> Quote:
    """Quote number so and so of a symbol, a millisecond after the one before."""
    return Quote(
        symbol=symbol,
        source=PriceSource.IBKR_LIVE,
        as_of=AT + timedelta(milliseconds=number),
        last=Decimal(number),
    )


def test_only_the_latest_quote_of_a_symbol_leaves() -> None:
    conflation = Conflation()
    for number in range(1, 1000):
        conflation.add(quote(number=number))
    conflation.add(quote("BETA"))

    assert conflation.due(0) == (quote(number=999), quote("BETA"))
    assert conflation.due(1_000) == ()


def test_batches_keep_their_distance() -> None:
    conflation = Conflation(flushes_a_second=4)
    left = []
    for now in range(0, 1_001, 10):
        conflation.add(quote(number=now))
        left.extend([now] if conflation.due(now) else [])

    assert left == [0, 250, 500, 750, 1_000]


def test_a_rate_that_does_not_divide_a_second_is_kept() -> None:
    conflation = Conflation(flushes_a_second=3)
    conflation.add(quote())
    conflation.due(0)

    assert (conflation.is_time(333), conflation.is_time(334)) == (False, True)


def test_an_empty_conflation_does_not_use_up_its_turn() -> None:
    conflation = Conflation()
    assert conflation.due(0) == ()

    conflation.add(quote())
    assert conflation.due(1) == (quote(),)


def test_an_older_quote_does_not_replace_a_newer_one_of_its_source() -> None:
    conflation = Conflation()
    conflation.add(quote(number=5))
    conflation.add(quote(number=4))
    assert conflation.due(0) == (quote(number=5),)

    other = replace(quote(number=4), source=PriceSource.MASSIVE)
    conflation.add(quote(number=5))
    conflation.add(other)
    assert conflation.due(250) == (other,)


def test_a_quote_at_the_same_moment_replaces_the_one_before() -> None:
    conflation = Conflation()
    again = replace(quote(), last=Decimal(9))
    conflation.add(quote())
    conflation.add(again)

    assert conflation.due(0) == (again,)


def test_what_does_not_fit_is_dropped_and_counted() -> None:
    conflation = Conflation(most_symbols=2)
    for symbol in ("A", "B", "C", "D"):
        conflation.add(quote(symbol))
    conflation.add(quote("A", 2))

    assert conflation.dropped == 2
    assert conflation.due(0) == (quote("A", 2), quote("B"))


@pytest.mark.parametrize("arguments", [{"flushes_a_second": 0}, {"most_symbols": 0}])
def test_a_conflation_that_passes_nothing_is_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one quote a second"):
        Conflation(**arguments)


@given(
    ticks=st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ABCDE")), max_size=200),
    rate=st.integers(1, 60),
)
def test_no_second_has_more_batches_than_promised_and_nothing_newest_is_lost(
    ticks: list[tuple[int, str]], rate: int
) -> None:
    conflation, now, flushes = Conflation(flushes_a_second=rate, most_symbols=5), 0, []
    newest: dict[str, Quote] = {}
    shown: dict[str, Quote] = {}
    for number, (step, symbol) in enumerate(ticks):
        now += step
        newest[symbol] = quote(symbol, number)
        conflation.add(newest[symbol])
        batch = conflation.due(now)
        shown |= {each.symbol: each for each in batch}
        flushes += [now] if batch else []
    shown |= {each.symbol: each for each in conflation.due(now + 1_000)}

    assert shown == newest
    assert all(sum(start <= each < start + 1_000 for each in flushes) <= rate for start in flushes)
