"""Prices of the paper market: invented ways between real closes, and the hooks that hold or halt them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from trading.papergateway.exchange.calendar import Calendar, Phase, Session
from trading.papergateway.exchange.noise import noise_bytes, noise_number
from trading.papergateway.exchange.paths import MINUTE, Path, Way, Whole, path_make, whole_make
from trading.papergateway.exchange.records import PaperContract, PaperQuote
from trading.papergateway.exchange.rows import HoldRow

# Nothing is known of a contract without closes; it begins here.
FIRST_PRICE = Decimal(100)
# A day without a close ends at most this far from the close before, in hundredths of a per cent.
LARGEST_DAY = 250
BASIS = 10_000
ROUND_LOT = 100
LOTS_SHOWN = 20
# The spread in hundredths of a per cent, in regular hours and outside of them.
SPREAD, WIDE_SPREAD = 2, 10
# How far a price strays in a day's regular hours and outside of them, in hundredths of a per cent.
DEVIATION, QUIET_DEVIATION = 110, 25
KEPT_PATHS = 512
LEAST_TURNOVER, MOST_TURNOVER = 1_000, 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Between which last prices a contract moved."""

    low: Decimal
    high: Decimal


class Market:
    """Quotes of every contract at any moment: a function of the seed, the closes and the moment alone.

    On a day whose close is known the way ends there; on a later one it ends at an invented close.
    """

    def __init__(
        self,
        contracts: Iterable[PaperContract],
        closes: Mapping[int, Mapping[date, Decimal]],
        calendar: Calendar,
        seed: int,
    ) -> None:
        self.contracts = {contract.con_id: contract for contract in contracts}
        self.calendar = calendar
        self.seed = seed
        self._closes = {con_id: dict(sorted(days.items())) for con_id, days in closes.items() if days}
        self._ends: dict[tuple[int, date], int] = {}
        self._paths: dict[tuple[int, date, Phase], Path] = {}
        self._seconds: dict[int, tuple[Path, int, list[int]]] = {}

    def close(self, con_id: int, session: Session) -> Decimal:
        """The price at which a session ends: the known close, or an invented one after the last of them."""
        known = self._closes.get(con_id, {}).get(session.day)
        return self._price(con_id, self._end(con_id, session)) if known is None else known

    def closing_price(self, con_id: int, closes: datetime) -> Decimal:
        """The price of the auction that ends the session which closes at `closes`, on a tick."""
        return self._price(con_id, self._end(con_id, self.calendar.latest(closes - timedelta(seconds=1))))

    def last(self, con_id: int, now: datetime) -> Decimal:
        """The price of the last trade at or before `now`."""
        session = self.calendar.latest(now)
        phase = session.phase(now)
        if phase is not Phase.CLOSED:
            return self._price(con_id, self._tick(con_id, self._path(con_id, session, phase), now))
        return self._price(con_id, self._end(con_id, session))

    def range_of_minute(self, con_id: int, now: datetime) -> Range | None:
        """How far the last price moves in the minute around `now`; None when the market rests."""
        session = self.calendar.latest(now)
        phase = session.phase(now)
        if phase is Phase.CLOSED:
            return None
        path = self._path(con_id, session, phase)
        minute = path.minutes[path.position(now)[0]]
        return Range(low=self._price(con_id, minute.low), high=self._price(con_id, minute.high))

    def quote(self, con_id: int, now: datetime, hold: HoldRow | None = None) -> PaperQuote:
        """The market at `now`. Without trading there is no bid and no ask; `close` is of the day before."""
        session = self.calendar.latest(now)
        phase = session.phase(now)
        bid, ask, last = self._prices(con_id, now, phase, hold)
        bid_size, ask_size, last_size = self._sizes(con_id, now, hold)
        is_halted = hold is not None and hold.is_halted
        is_quoted = phase is not Phase.CLOSED and not is_halted
        begin, high, low, volume = self._day_so_far(con_id, session, now, last)
        before = self.calendar.previous(session)
        return PaperQuote(
            con_id=con_id,
            at=now,
            bid=bid if is_quoted else None,
            ask=ask if is_quoted else None,
            last=last,
            bid_size=bid_size if is_quoted else Decimal(0),
            ask_size=ask_size if is_quoted else Decimal(0),
            last_size=last_size,
            volume=volume,
            open=begin,
            high=high,
            low=low,
            close=None if before is None else self.close(con_id, before),
            is_halted=is_halted,
        )

    def path(self, con_id: int, session: Session) -> Path:
        """The way of a session's regular hours."""
        return self._path(con_id, session, Phase.REGULAR)

    def whole(self, con_id: int, session: Session) -> Whole:
        """A session's regular hours from end to end."""
        return whole_make(self._way(con_id, session, Phase.REGULAR))

    def price(self, con_id: int, ticks: int) -> Decimal:
        """A price that is counted in ticks."""
        return self._price(con_id, ticks)

    def _prices(
        self, con_id: int, now: datetime, phase: Phase, hold: HoldRow | None
    ) -> tuple[Decimal, Decimal, Decimal]:
        tick = self.contracts[con_id].min_tick
        if hold is not None and hold.last is not None:
            bid = hold.last - tick if hold.bid is None else hold.bid
            return bid, hold.last + tick if hold.ask is None else hold.ask, hold.last
        last = self.last(con_id, now)
        share = SPREAD if phase is Phase.REGULAR else WIDE_SPREAD
        widest = max(2, int(last / tick) * share // BASIS)
        spread = 1 + noise_number(widest, self.seed, con_id, "spread", _second(now))
        below = min(noise_number(spread + 1, self.seed, con_id, "below", _second(now)), int(last / tick) - 1)
        bid = last - below * tick
        return bid, bid + spread * tick, last

    def _sizes(self, con_id: int, now: datetime, hold: HoldRow | None) -> tuple[Decimal, Decimal, Decimal]:
        if hold is not None and hold.last is not None:
            return hold.size, hold.size, Decimal(ROUND_LOT)
        lots = noise_bytes(3, self.seed, con_id, "sizes", _second(now))
        bid, ask, last = (Decimal(ROUND_LOT * (1 + lot % LOTS_SHOWN)) for lot in lots)
        return bid, ask, last

    def _day_so_far(
        self, con_id: int, session: Session, now: datetime, last: Decimal
    ) -> tuple[Decimal | None, Decimal | None, Decimal | None, Decimal]:
        """First, highest and lowest price of a session's regular hours until `now`, and its volume."""
        if now < session.opens:
            return None, None, None, Decimal(0)
        path = self._path(con_id, session, Phase.REGULAR)
        minute, second = path.position(now)
        highs, lows = path.highs[minute - 1 : minute], path.lows[minute - 1 : minute]
        volume = path.volumes[minute - 1] if minute else 0
        if minute < len(path.minutes):
            seen = self._prices_of_minute(con_id, path, minute)[: second + 1]
            highs, lows = [*highs, max(seen)], [*lows, min(seen)]
            volume += path.minutes[minute].volume * second // MINUTE
        begin, high, low = (
            self._price(con_id, ticks) for ticks in (path.minutes[0].first, max(highs), min(lows))
        )
        if session.phase(now) is Phase.REGULAR:
            high, low = max(high, last), min(low, last)
        return begin, high, low, Decimal(volume)

    def _tick(self, con_id: int, path: Path, now: datetime) -> int:
        minute, second = path.position(now)
        return self._prices_of_minute(con_id, path, minute)[second]

    def _prices_of_minute(self, con_id: int, path: Path, minute: int) -> list[int]:
        kept = self._seconds.get(con_id)
        if kept is None or kept[0] is not path or kept[1] != minute:
            kept = (path, minute, path.seconds(minute))
            self._seconds[con_id] = kept
        return kept[2]

    def _path(self, con_id: int, session: Session, phase: Phase) -> Path:
        key = (con_id, session.day, phase)
        path = self._paths.pop(key, None)
        if path is None:
            path = path_make(self._way(con_id, session, phase))
            while len(self._paths) >= KEPT_PATHS:
                self._paths.pop(next(iter(self._paths)))
        # What was asked for last is dropped last.
        self._paths[key] = path
        return path

    def _way(self, con_id: int, session: Session, phase: Phase) -> Way:
        before = self.calendar.previous(session)
        end = self._end(con_id, session)
        start = end if before is None else self._end(con_id, before)
        begin = _opening(start, end, noise_number(BASIS, self.seed, con_id, session.day, "gap"))
        begins, ends, first, last = {
            Phase.EARLY: (session.early_opens, session.opens, start, begin),
            Phase.REGULAR: (session.opens, session.closes, begin, end),
            Phase.LATE: (session.closes, session.late_closes, end, end),
        }[phase]
        turnover = LEAST_TURNOVER + noise_number(MOST_TURNOVER, self.seed, con_id, "turnover")
        deviation = DEVIATION
        if phase is not Phase.REGULAR:
            turnover, deviation = turnover // 20, QUIET_DEVIATION
        words = (self.seed, con_id, session.day, phase)
        return Way(
            words=words,
            begins=begins,
            ends=ends,
            first=first,
            last=last,
            deviation=deviation,
            turnover=turnover,
        )

    def _end(self, con_id: int, session: Session) -> int:
        """The last price of a session in ticks."""
        if (con_id, session.day) not in self._ends:
            self._ends_fill(con_id)
        return self._ends[con_id, session.day]

    def _ends_fill(self, con_id: int) -> None:
        """Walk all sessions once: known closes where there are some, invented ones after the last."""
        known = self._closes.get(con_id, {})
        last_known = max(known, default=date.min)
        ticks = self._ticks(con_id, next(iter(known.values()), FIRST_PRICE))
        days = [session.day for session in self.calendar.sessions]
        if days[0] <= last_known:
            earlier = [day for day in known if day < days[0]]
            ticks = self._ticks(con_id, known[earlier[-1]]) if earlier else ticks
        elif known:
            ticks = self._ticks(con_id, known[last_known])
        for day in days:
            if day in known:
                ticks = self._ticks(con_id, known[day])
            elif day > last_known:
                step = noise_number(2 * LARGEST_DAY + 1, self.seed, con_id, day, "close") - LARGEST_DAY
                ticks = max(1, ticks + ticks * step // BASIS)
            self._ends[con_id, day] = ticks

    def _ticks(self, con_id: int, price: Decimal) -> int:
        ticks = (price / self.contracts[con_id].min_tick).to_integral_value(rounding=ROUND_HALF_UP)
        return max(1, int(ticks))

    def _price(self, con_id: int, ticks: int) -> Decimal:
        return ticks * self.contracts[con_id].min_tick


def _opening(before: int, end: int, share: int) -> int:
    """The first price of a day: part of the day's way is made overnight, and a little more by chance."""
    stray = before * (share - BASIS // 2) * 40 // BASIS**2
    return max(1, before + (end - before) * share // (2 * BASIS) + stray)


def _second(now: datetime) -> int:
    return int(now.timestamp())
