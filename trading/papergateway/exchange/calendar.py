"""When the exchange trades: sessions given as data, and where a moment stands among them."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from common.dates import SATURDAY, weekdays

NEW_YORK = ZoneInfo("America/New_York")
# Core hours of NYSE and Nasdaq, and the hours that IBKR calls "outside regular trading hours".
EARLY_OPEN, OPEN, CLOSE, LATE_CLOSE = time(4), time(9, 30), time(16), time(20)


class Phase(StrEnum):
    """What the exchange does at a moment."""

    CLOSED = "closed"
    EARLY = "early"
    REGULAR = "regular"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A day of trading; moments are UTC. A session without early or late hours repeats opens and closes."""

    day: date
    early_opens: datetime
    opens: datetime
    closes: datetime
    late_closes: datetime

    def phase(self, now: datetime) -> Phase:
        """What happens at `now`; a span holds its beginning and not its end."""
        if self.opens <= now < self.closes:
            return Phase.REGULAR
        if self.early_opens <= now < self.opens:
            return Phase.EARLY
        return Phase.LATE if self.closes <= now < self.late_closes else Phase.CLOSED


class Calendar:
    """Sessions in order, none overlapping another."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        self.sessions: Sequence[Session] = tuple(sorted(sessions, key=lambda session: session.day))
        if not self.sessions:
            raise ValueError("a calendar needs a session")
        self._starts = [session.early_opens for session in self.sessions]
        self._positions = {session.day: index for index, session in enumerate(self.sessions)}
        moments = {
            moment
            for session in self.sessions
            for moment in (session.early_opens, session.opens, session.closes, session.late_closes)
        }
        self._boundaries = sorted(moments)

    def latest(self, now: datetime) -> Session:
        """The session that `now` falls in, or the last that began; the first of all before it began."""
        return self.sessions[max(0, bisect_right(self._starts, now) - 1)]

    def session(self, day: date) -> Session | None:
        """The session of a day; None for a day without trading."""
        index = self._positions.get(day)
        return None if index is None else self.sessions[index]

    def previous(self, session: Session) -> Session | None:
        """The session before this one; None before the first."""
        index = self._positions[session.day]
        return self.sessions[index - 1] if index else None

    def phase(self, now: datetime) -> Phase:
        """What the exchange does at `now`."""
        return self.latest(now).phase(now)

    def upcoming(self, now: datetime, *, with_late: bool = False) -> Session:
        """The session whose close is the next one; the last of all when the calendar has run out.

        `with_late` asks for the close of the late hours.
        """
        index = max(0, bisect_right(self._starts, now) - 1)
        for session in self.sessions[index:]:
            if now < (session.late_closes if with_late else session.closes):
                return session
        return self.sessions[-1]

    def next_boundary(self, now: datetime) -> datetime | None:
        """The next moment after `now` at which hours begin or end."""
        index = bisect_right(self._boundaries, now)
        return self._boundaries[index] if index < len(self._boundaries) else None


def new_york_sessions(
    first: date,
    last: date,
    *,
    holidays: Collection[date] = (),
    early_closes: Mapping[date, time] | None = None,
) -> list[Session]:
    """Sessions from `first` to `last`: Mondays to Fridays but for `holidays`, with `early_closes` by day."""
    closes = early_closes or {}
    return [
        Session(
            day=day,
            early_opens=_moment(day, EARLY_OPEN),
            opens=_moment(day, OPEN),
            closes=_moment(day, closes.get(day, CLOSE)),
            late_closes=_moment(day, LATE_CLOSE),
        )
        for day in weekdays(first, last)
        if day not in holidays
    ]


def endless_sessions(first: date, last: date) -> list[Session]:
    """One session a calendar day, midnight to midnight in New York, so that the market never rests."""
    sessions = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        opens, closes = _moment(day, time(0)), _moment(day + timedelta(days=1), time(0))
        sessions.append(Session(day=day, early_opens=opens, opens=opens, closes=closes, late_closes=closes))
    return sessions


def is_usual_hour(now: datetime) -> bool:
    """Whether New York would trade at `now` if it kept no holidays."""
    local = now.astimezone(NEW_YORK)
    return local.weekday() < SATURDAY and OPEN <= local.time() < CLOSE


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=NEW_YORK).astimezone(UTC)
