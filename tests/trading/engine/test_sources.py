"""Where a price is taken from when sources fail and come back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from trading.engine.records import PriceSource, Quote
from trading.engine.sources import (
    PATIENCE,
    Freshness,
    SourceChoice,
    SourceReading,
    freshness,
    freshness_words,
    source_step,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LIVE, DELAYED, MASSIVE = PriceSource.IBKR_LIVE, PriceSource.IBKR_DELAYED, PriceSource.MASSIVE
ALPHA, CLOSE = PriceSource.ALPHA_VANTAGE, PriceSource.LAST_CLOSE
SECOND = timedelta(seconds=1)
ON_LIVE, ON_MASSIVE = SourceChoice(source=LIVE), SourceChoice(source=MASSIVE)


def readings(*sources: PriceSource, at: datetime = NOW) -> dict[PriceSource, SourceReading]:
    """These sources have just spoken."""
    return {source: SourceReading(is_reachable=True, told_at=at) for source in sources}


@pytest.mark.parametrize("first", [LIVE, DELAYED, MASSIVE, ALPHA])
def test_the_best_source_that_works_is_taken_first(first: PriceSource) -> None:
    order = [LIVE, DELAYED, MASSIVE, ALPHA]
    working = readings(*order[order.index(first) :])

    assert source_step(SourceChoice(), working, NOW, is_open=True) == SourceChoice(source=first)


def test_without_any_source_the_last_close_stands() -> None:
    assert source_step(ON_LIVE, {}, NOW, is_open=True) == SourceChoice(source=CLOSE)


def test_a_source_that_cannot_be_reached_is_left_at_once() -> None:
    broken = {**readings(MASSIVE), LIVE: SourceReading(is_reachable=False, told_at=NOW)}

    assert source_step(ON_LIVE, broken, NOW, is_open=True) == ON_MASSIVE


def test_a_source_that_never_spoke_does_not_work() -> None:
    mute = {LIVE: SourceReading(is_reachable=True)}

    assert source_step(ON_LIVE, mute, NOW, is_open=True).source is CLOSE


@pytest.mark.parametrize("source", [LIVE, DELAYED, MASSIVE, ALPHA])
def test_a_silent_source_is_left_when_patience_ends_in_trading_hours(source: PriceSource) -> None:
    choice = SourceChoice(source=source)
    patient = readings(source, at=NOW - PATIENCE[source])
    silent = readings(source, at=NOW - PATIENCE[source] - timedelta(microseconds=1))

    assert source_step(choice, patient, NOW, is_open=True) == choice
    assert source_step(choice, silent, NOW, is_open=True).source is CLOSE
    assert source_step(choice, silent, NOW, is_open=False) == choice


def test_a_better_source_is_taken_after_its_trial() -> None:
    both, choice = readings(LIVE, MASSIVE, at=NOW + 30 * SECOND), ON_MASSIVE
    for seconds in range(30):
        choice = source_step(choice, both, NOW + seconds * SECOND, is_open=True)
        assert (choice.source, choice.candidate, choice.candidate_since) == (MASSIVE, LIVE, NOW)

    assert source_step(choice, both, NOW + 30 * SECOND, is_open=True) == ON_LIVE


def test_a_break_begins_the_trial_again() -> None:
    choice = ON_MASSIVE
    for seconds in range(300):
        is_up = seconds % 20 != 19
        working = readings(*([LIVE] if is_up else []), MASSIVE, at=NOW + seconds * SECOND)
        choice = source_step(choice, working, NOW + seconds * SECOND, is_open=True)
        assert choice.source is MASSIVE

    assert choice.candidate is None


def test_another_candidate_begins_its_own_trial() -> None:
    choice = source_step(ON_MASSIVE, readings(DELAYED, MASSIVE), NOW, is_open=True)
    later = NOW + 29 * SECOND

    assert source_step(
        choice, readings(LIVE, DELAYED, MASSIVE, at=later), later, is_open=True
    ) == SourceChoice(source=MASSIVE, candidate=LIVE, candidate_since=later)


def test_when_the_source_in_use_fails_the_candidate_needs_no_trial() -> None:
    choice = source_step(ON_MASSIVE, readings(LIVE, MASSIVE), NOW, is_open=True)

    assert source_step(choice, readings(LIVE), NOW, is_open=True) == ON_LIVE


def quote(source: PriceSource = LIVE, age: timedelta = SECOND) -> Quote:
    """A price of a source and an age."""
    return Quote(symbol="ACME", source=source, as_of=NOW - age, last=Decimal(5))


@pytest.mark.parametrize(
    ("told", "is_open", "expected", "words"),
    [
        (quote(), True, Freshness.LIVE, "live"),
        (quote(age=15 * SECOND), True, Freshness.LIVE, "live"),
        (quote(age=16 * SECOND), True, Freshness.STALE, "stale since 2 Mar 2026, 14:59:44 UTC"),
        (quote(age=16 * SECOND), False, Freshness.LIVE, "live"),
        (quote(DELAYED, timedelta(minutes=15)), True, Freshness.DELAYED, "delayed"),
        (quote(MASSIVE), True, Freshness.DELAYED, "delayed"),
        (quote(CLOSE, timedelta(days=2)), True, Freshness.LAST_CLOSE, "last close"),
    ],
)
def test_a_price_says_how_old_it_is(told: Quote, is_open: bool, expected: Freshness, words: str) -> None:
    assert freshness(told, NOW, is_open=is_open) is expected
    assert freshness_words(told, NOW, is_open=is_open) == words
