"""When the exchange trades."""

from datetime import date, time

import pytest

from tests.trading.papergateway.exchange.paper_market import FRIDAY, THANKSGIVING, WEDNESDAY, at
from trading.papergateway.exchange.calendar import (
    Calendar,
    Phase,
    endless_sessions,
    is_usual_hour,
    new_york_sessions,
)

WEEK = Calendar(
    new_york_sessions(
        date(2026, 11, 23), date(2026, 11, 30), holidays=[THANKSGIVING], early_closes={FRIDAY: time(13)}
    )
)


@pytest.mark.parametrize(
    ("clock", "phase"),
    [
        ("08:59:59", Phase.CLOSED),
        ("09:00:00", Phase.EARLY),
        ("14:29:59", Phase.EARLY),
        ("14:30:00", Phase.REGULAR),
        ("20:59:59", Phase.REGULAR),
        ("21:00:00", Phase.LATE),
        ("00:59:59", Phase.LATE),
        ("01:00:00", Phase.CLOSED),
    ],
)
def test_a_day_has_early_regular_and_late_hours_of_new_york(clock: str, phase: Phase) -> None:
    day = WEDNESDAY if clock > "02" else THANKSGIVING

    assert WEEK.phase(at(clock, day)) is phase


def test_a_holiday_is_closed_and_the_day_after_closes_early() -> None:
    assert WEEK.phase(at("16:00:00", THANKSGIVING)) is Phase.CLOSED
    assert WEEK.session(THANKSGIVING) is None
    assert WEEK.phase(at("17:59:59", FRIDAY)) is Phase.REGULAR
    assert WEEK.phase(at("18:00:00", FRIDAY)) is Phase.LATE


def test_the_next_close_of_a_holiday_is_the_one_of_the_day_after() -> None:
    assert WEEK.upcoming(at("16:00:00", THANKSGIVING)).closes == at("18:00:00", FRIDAY)
    assert WEEK.upcoming(at("22:00:00")).day == FRIDAY
    assert WEEK.upcoming(at("22:00:00"), with_late=True).day == WEDNESDAY


def test_a_calendar_that_has_run_out_answers_with_its_last_session() -> None:
    assert WEEK.upcoming(at("22:00:00", date(2027, 1, 4))).day == date(2026, 11, 30)
    assert WEEK.next_boundary(at("22:00:00", date(2027, 1, 4))) is None


def test_summer_time_moves_the_hours() -> None:
    session = new_york_sessions(date(2026, 7, 1), date(2026, 7, 1))[0]

    assert (session.opens, session.closes) == (
        at("13:30:00", date(2026, 7, 1)),
        at("20:00:00", date(2026, 7, 1)),
    )


def test_endless_sessions_meet_at_midnight_of_new_york_on_every_day() -> None:
    sessions = endless_sessions(date(2026, 11, 27), date(2026, 11, 29))

    assert [session.day.day for session in sessions] == [27, 28, 29]
    assert sessions[0].closes == sessions[1].opens == at("05:00:00", date(2026, 11, 28))
    assert Calendar(sessions).phase(at("05:00:00", date(2026, 11, 28))) is Phase.REGULAR


def test_usual_hours_are_those_of_weekdays() -> None:
    assert is_usual_hour(at("15:00:00"))
    assert not is_usual_hour(at("21:00:00"))
    assert not is_usual_hour(at("15:00:00", date(2026, 11, 28)))


def test_a_calendar_without_sessions_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a session"):
        Calendar([])
