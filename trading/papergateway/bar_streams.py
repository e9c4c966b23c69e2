"""Bars: those of the past in the form that was asked for, and those that go on being told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from trading.papergateway import replies
from trading.papergateway.exchange.calendar import NEW_YORK
from trading.papergateway.exchange.records import PaperBar, PaperContract
from trading.papergateway.moments import SECONDS
from trading.papergateway.session import Hub
from trading.papergateway.wire import Message

DAY = SECONDS["D"]
REAL_TIME_SECONDS = 5
NOT_TRADES = Decimal(-1)
# Kinds of bars; of those that are not of trades, volume, average and count say nothing.
TRADE_KINDS = {"TRADES", "ADJUSTED_LAST"}
QUOTE_KINDS = {"MIDPOINT", "BID", "ASK"}
# How many sessions a day, a week, a month and a year of history are.
SESSIONS = {"D": 1, "W": 5, "M": 21, "Y": 252}
SESSION_SECONDS = 23_400


@dataclass(frozen=True, slots=True, kw_only=True)
class BarForm:
    """How bars are asked for: their length, how far they reach back, of what, and how dates are written."""

    size_seconds: int
    many: int
    unit: str
    what: str
    is_epoch: bool

    @property
    def bars_at_most(self) -> int:
        """How many bars the answer can hold."""
        sessions = self.many * SESSIONS.get(self.unit, 0)
        seconds = sessions * SESSION_SECONDS if sessions else self.many
        return max(sessions, seconds // self.size_seconds)

    def date(self, bar: PaperBar) -> str:
        """The date of a bar: a day for days and longer ones, else a moment or its seconds since 1970."""
        if self.size_seconds >= DAY:
            return f"{bar.begins.astimezone(NEW_YORK):%Y%m%d}"
        return str(int(bar.begins.timestamp())) if self.is_epoch else replies.eastern(bar.begins)


def history(hub: Hub, contract: PaperContract, form: BarForm, until: datetime) -> list[PaperBar]:
    """The bars of regular hours that end at `until`, oldest first. Spans from a day on count sessions."""
    sessions = form.many * SESSIONS.get(form.unit, 0)
    bars = hub.book.bars(
        contract.con_id,
        until=until,
        span_seconds=sessions * DAY or form.many,
        size_seconds=min(form.size_seconds, DAY),
    )
    return [_shown(bar, form) for bar in _merged(bars, form.size_seconds)]


def _merged(bars: Sequence[PaperBar], size_seconds: int) -> list[PaperBar]:
    """Days made into weeks or months where those were asked for."""
    if size_seconds <= DAY:
        return list(bars)
    form = "%G%V" if size_seconds == SECONDS["W"] else "%Y%m"
    groups = groupby(bars, key=lambda bar: bar.begins.astimezone(NEW_YORK).strftime(form))
    return [merged(list(group)) for _, group in groups]


def merged(bars: Sequence[PaperBar]) -> PaperBar:
    """Bars that follow each other as one."""
    volume = sum((bar.volume for bar in bars), Decimal(0))
    turnover = sum((bar.average * bar.volume for bar in bars), Decimal(0))
    return PaperBar(
        begins=bars[0].begins,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=volume,
        average=round(turnover / volume, 6) if volume else bars[-1].average,
        count=sum(bar.count for bar in bars),
    )


def _shown(bar: PaperBar, form: BarForm) -> PaperBar:
    if form.what in TRADE_KINDS:
        return bar
    return replace(bar, volume=NOT_TRADES, average=NOT_TRADES, count=-1)


def history_message(req_id: int, form: BarForm, until: datetime, bars: Iterable[PaperBar]) -> Message:
    """The answer to a request for the past."""
    dated = [(form.date(bar), bar) for bar in bars]
    span = timedelta(seconds=form.many * SECONDS[form.unit])
    return replies.historical_data(req_id, replies.eastern(until - span), replies.eastern(until), dated)


class HistoryStream:
    """The newest bar of a history, told again as often as it changes, and the next one once it begins."""

    def __init__(self, hub: Hub, req_id: int, contract: PaperContract, form: BarForm) -> None:
        self._hub = hub
        self._req_id = req_id
        self._contract = contract
        self._form = replace(form, many=max(1, form.size_seconds // DAY), unit="D")
        self._told: PaperBar | None = None

    def pulse(self, now: datetime) -> Sequence[Message]:
        """The newest bar when it changed; the one before it too when a bar has ended since."""
        bars = history(self._hub, self._contract, self._form, now)
        told, self._told = self._told, bars[-1] if bars else None
        if told is None:
            return []
        news = [bar for bar in bars if bar.begins >= told.begins and bar != told]
        return [replies.historical_update(self._req_id, self._form.date(bar), bar) for bar in news]


class RealTimeBarStream:
    """A bar for every five seconds that end."""

    def __init__(self, hub: Hub, req_id: int, contract: PaperContract, what: str, now: datetime) -> None:
        self._hub = hub
        self._req_id = req_id
        self._contract = contract
        self._what = what
        self._until = _five_seconds(now)

    def pulse(self, now: datetime) -> Sequence[Message]:
        """The bars that ended."""
        until = _five_seconds(now)
        if until <= self._until:
            return []
        # After a long pause only the last minute is told.
        since, self._until = max(self._until, until - timedelta(minutes=1)), until
        bars = self._hub.book.bars(
            self._contract.con_id,
            until=until,
            span_seconds=int((until - since).total_seconds()),
            size_seconds=REAL_TIME_SECONDS,
        )
        return [replies.real_time_bar(self._req_id, self._shown(bar)) for bar in bars]

    def _shown(self, bar: PaperBar) -> PaperBar:
        if self._what in TRADE_KINDS:
            return bar
        return replace(bar, volume=NOT_TRADES, average=NOT_TRADES, count=-1)


def _five_seconds(now: datetime) -> datetime:
    """The last full five seconds."""
    seconds = int(now.timestamp())
    return datetime.fromtimestamp(seconds - seconds % REAL_TIME_SECONDS, tz=UTC)
