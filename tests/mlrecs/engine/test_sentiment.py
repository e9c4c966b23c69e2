"""Tone over time: spans, weeks, intervals by hand, and what counts as a turn."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from mlrecs.engine.sentiment import (
    ToneHistory,
    ToneMean,
    ToneOn,
    first_day,
    has_turned,
    tone_history,
    tone_mean,
    tone_text,
)

TODAY = date(2026, 11, 20)
ONE, ZERO = Decimal(1), Decimal(0)


def on(age: int, tone: str) -> ToneOn:
    return ToneOn(day=TODAY - timedelta(days=age), tone=Decimal(tone))


def spans(recent: list[int], earlier: list[int]) -> ToneHistory:
    """Tones of the last four weeks and of the eight before, one a day."""
    return tone_history(
        [on(age, str(tone)) for age, tone in enumerate(recent)]
        + [on(28 + age, str(tone)) for age, tone in enumerate(earlier)],
        TODAY,
    )


def test_news_falls_into_its_span_and_week() -> None:
    told = tone_history([on(0, "1"), on(6, "0"), on(7, "-1"), on(27, "1"), on(28, "-1"), on(83, "1")], TODAY)

    assert told.recent == ToneMean(count=4, mean=Decimal("0.250"))
    assert told.earlier == ToneMean(count=2, mean=ZERO)
    assert told.line[-4:] == (ONE, None, -ONE, Decimal("0.500"))
    assert (len(told.weeks), told.line[0], told.count) == (12, ONE, 6)
    assert (told.change, told.change_text) == (Decimal("0.250"), "+0.25")


def test_what_is_older_or_of_tomorrow_is_left_out() -> None:
    told = tone_history([on(84, "1"), on(-1, "1")], TODAY)

    assert (told.recent, told.earlier, told.count, told.change_text) == (None, None, 0, "")
    assert first_day(TODAY) == date(2026, 8, 29)


def test_the_interval_is_known_from_eight_pieces_on() -> None:
    # Half ones and half zeros: mean 0.5, variance 8 * 0.25 / 7, so 0.5 +/- 1.96 * sqrt(0.285714 / 8).
    assert tone_mean([ONE, ZERO] * 4) == ToneMean(
        count=8, mean=Decimal("0.500"), low=Decimal("0.130"), high=Decimal("0.870")
    )
    # Mean -0.875, half width 0.245: no tone lies below -1.
    assert tone_mean([-ONE] * 7 + [ZERO]) == ToneMean(
        count=8, mean=Decimal("-0.875"), low=-ONE, high=Decimal("-0.630")
    )
    assert tone_mean([ONE] * 7) == ToneMean(count=7, mean=ONE)
    assert tone_mean([]) is None


def test_means_and_intervals_are_told_with_their_signs() -> None:
    told = tone_mean([-ONE, ZERO] * 4)

    assert told is not None
    assert (told.text, told.interval) == ("−0.50", "from −0.87 to −0.13")
    assert ToneMean(count=1, mean=ZERO).interval == "no range from fewer than 8"
    assert [tone_text(Decimal(text)) for text in ("0.004", "0", "1", "-0.4")] == [
        "0.00", "0.00", "+1.00", "−0.40",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("recent", "earlier", "turned"),
    [
        ([-1] * 8, [1] * 8, True),
        ([1] * 6 + [0] * 4, [-1] * 5 + [0] * 5, True),
        ([-1] * 7, [1] * 8, False),  # too few now
        ([-1] * 8, [1] * 7, False),  # too few before
        ([-1, 1] * 5, [1, 0] * 5, False),  # the intervals touch
        ([0] * 10, [1] * 10, False),  # apart, but on no side of nothing
        ([1] * 10, [1] * 9 + [0], False),  # too small a change
        ([], [1] * 10, False),
    ],
)
def test_a_turn_is_large_no_accident_and_on_one_side(
    recent: list[int], earlier: list[int], turned: bool
) -> None:
    assert has_turned(spans(recent, earlier)) is turned
