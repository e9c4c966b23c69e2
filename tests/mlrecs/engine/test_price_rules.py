"""Rules on closes, each on a series made for it."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from mlrecs.engine.price_rules import Closes, PriceFinding, price_findings

D = Decimal
FIRST = date(2026, 1, 1)
UP, DOWN = D("1.01"), D("0.99")


def walk(moves: Sequence[Decimal], *, start: str = "100") -> Closes:
    """Closes that begin at `start` and change by these factors, a session a day."""
    closes = [D(start)]
    for move in moves:
        closes.append((closes[-1] * move).quantize(D("0.0001")))
    days = tuple(FIRST + timedelta(days=place) for place in range(len(closes)))
    return Closes(symbol="ACME", days=days, closes=tuple(closes))


def usual(count: int = 62) -> list[Decimal]:
    """A habit of a per cent up and down."""
    return [UP if place % 2 else DOWN for place in range(count)]


def found(series: Closes) -> list[PriceFinding]:
    return price_findings(series, since=FIRST)


def test_a_usual_series_gives_no_finding() -> None:
    assert found(walk(usual(200))) == []


def test_five_equal_closes_are_stale_and_end_when_the_price_moves() -> None:
    [finding] = found(walk([*usual(), *[D(1)] * 5, UP]))

    assert (finding.kind, finding.severity) == ("stale_price", "notice")
    assert finding.began == FIRST + timedelta(days=63)
    assert finding.ended == FIRST + timedelta(days=67)
    assert finding.words.startswith("ACME has closed at 99.69 for 5 sessions in a row")


def test_four_equal_closes_are_not_stale() -> None:
    assert found(walk([*usual(), *[D(1)] * 4, UP])) == []


def test_a_stale_price_that_goes_on_has_no_end_and_grows_graver() -> None:
    findings = {length: found(walk([*usual(), *[D(1)] * length])) for length in (9, 10, 20)}

    assert [one.severity for [one] in findings.values()] == ["notice", "warning", "severe"]
    assert [one.ended for [one] in findings.values()] == [None, None, None]


def test_a_fund_that_always_stands_still_is_not_stale() -> None:
    assert found(walk([D(1)] * 100)) == []


def test_a_jump_that_is_taken_back_is_a_bad_tick() -> None:
    [finding] = found(walk([*usual(), D("1.3"), D("0.77"), DOWN, UP]))

    assert (finding.kind, finding.severity) == ("bad_tick", "warning")
    assert (finding.began, finding.ended) == (FIRST + timedelta(days=63), FIRST + timedelta(days=64))
    assert finding.words == (
        "ACME closed +30.0\u202f% and came back the next session: 129.597 is most likely a wrong price."
    )


def test_a_fall_that_stays_is_no_bad_tick() -> None:
    assert found(walk([*usual(), D("0.77"), UP, DOWN])) == []


def test_a_small_jump_is_within_habit_however_quiet_the_series() -> None:
    quiet = [D("1.0001") if place % 2 else D("0.9999") for place in range(62)]

    assert found(walk([*quiet, D("1.07"), D("0.9345")])) == []


def test_a_close_at_a_quarter_is_a_missed_split_of_four_for_one() -> None:
    [finding] = found(walk([*usual(), D("0.2501"), UP, DOWN], start="400"))

    assert (finding.kind, finding.severity) == ("missed_split", "severe")
    assert finding.began == finding.ended == FIRST + timedelta(days=63)
    assert (
        "went from 398.7618 to 99.7303 in one session, which is what a split of 4 for 1 looks like"
        in finding.words
    )


def test_a_reverse_split_is_found_on_the_last_day_too() -> None:
    [finding] = found(walk([*usual(), D(10)]))

    assert "a split of 1 for 10" in finding.words


def test_a_split_that_the_book_knows_is_none_that_was_missed() -> None:
    series = walk([*usual(), D("0.25"), UP, DOWN])
    known = Closes(
        symbol=series.symbol,
        days=series.days,
        closes=series.closes,
        split_days=frozenset({FIRST + timedelta(days=65)}),
    )

    assert found(known) == []


def test_eighteen_of_twenty_sessions_up_are_a_drift() -> None:
    small_up, small_down = D("1.002"), D("0.998")
    window = [small_down, *[small_up] * 9, small_down, *[small_up] * 9]
    [finding] = found(walk([*usual(60), *window]))

    assert (finding.kind, finding.severity, finding.ended) == ("drift", "notice", None)
    assert finding.began == FIRST + timedelta(days=80)
    assert "went one way in 18 or more of 20 sessions, +3.2\u202f% in all" in finding.words


def test_a_fund_that_always_rises_does_not_drift() -> None:
    assert found(walk([D("1.0001")] * 100)) == []


def test_too_short_a_series_and_a_close_of_zero_give_no_finding() -> None:
    broken = walk([*usual(), D("1.3"), D("0.77")])
    zero = Closes(symbol="ACME", days=broken.days, closes=(D(0), *broken.closes[1:]))

    assert found(walk(usual(59))) == []
    assert found(zero) == []


def test_what_ended_before_the_first_day_asked_for_is_left_out() -> None:
    series = walk([*usual(), D("1.3"), D("0.77"), *usual(10)])

    assert price_findings(series, since=FIRST + timedelta(days=65)) == []
    assert len(price_findings(series, since=FIRST + timedelta(days=64))) == 1
