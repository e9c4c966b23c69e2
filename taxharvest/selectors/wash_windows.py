"""The calendar of a household's windows: what must not be bought, or not be sold at a loss, on which days."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import Viewer
from portfolios.engine.figures import day_text
from portfolios.models import Instrument
from portfolios.selectors.scopes import Scope
from taxharvest.engine.harvest.threat_words import trade_words
from taxharvest.engine.harvest.wash_windows import Window, WindowCause, WindowKind
from taxharvest.selectors.ledgers import AccountNames
from taxharvest.selectors.wash_guard import windows_of

WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLine:
    """A window with the names that a person may read; `at_stake` is told of accounts they see alone.

    `symbols` are all instruments that it holds for, `reason` why it is there.
    """

    window: Window
    account: str
    symbols: tuple[str, ...]
    reason: str
    at_stake: Decimal | None
    transaction_id: UUID | None

    @property
    def is_no_buy(self) -> bool:
        """Whether it is about purchases."""
        return self.window.kind is WindowKind.NO_BUY

    def covers(self, day: date) -> bool:
        """Whether it is open on `day`."""
        return self.window.begins <= day <= self.window.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """A day of the calendar and what is open on it."""

    day: date
    is_in_month: bool
    is_today: bool
    lines: tuple[WindowLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowMonth:
    """The windows that are open on some day of a month: by line, and by day in weeks from Monday."""

    first: date
    lines: tuple[WindowLine, ...]
    weeks: tuple[tuple[CalendarDay, ...], ...]

    @property
    def earlier(self) -> str:
        """The month before, as an address names it."""
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def later(self) -> str:
        """The month after it."""
        return f"{_end_of(self.first) + timedelta(days=1):%Y-%m}"


def window_month(user: Viewer, scope: Scope, first: date, today: date) -> WindowMonth:
    """The windows of the household of `scope` in the month that begins on `first`."""
    last = _end_of(first)
    lines = window_lines(user, scope.household_id, first, last, today=today)
    start = first - timedelta(days=first.weekday())
    days = [
        CalendarDay(
            day=day,
            is_in_month=first <= day <= last,
            is_today=day == today,
            lines=tuple(line for line in lines if line.covers(day)),
        )
        for day in _days(start, last + timedelta(days=WEEK - 1 - last.weekday()))
    ]
    weeks = tuple(tuple(days[at : at + WEEK]) for at in range(0, len(days), WEEK))
    return WindowMonth(first=first, lines=lines, weeks=weeks)


def window_lines(
    user: Viewer, household_id: UUID, first: date, last: date, *, today: date
) -> tuple[WindowLine, ...]:
    """The windows of a household as `user` may read them."""
    found = windows_of(household_id, first, last, today=today)
    names = AccountNames(user, household_id)
    keys = {key for one in found for key in (one.instrument_id, *one.instruments)}
    held = _held(household_id, keys)
    symbols = dict(Instrument.objects.filter(pk__in=keys).values_list("pk", "symbol"))
    return tuple(_line(one, names, symbols, held) for one in found)


def _line(window: Window, names: AccountNames, symbols: dict[UUID, str], held: set[UUID]) -> WindowLine:
    is_seen = window.portfolio_id in names
    others = sorted(symbols[key] for key in window.instruments if key != window.instrument_id and key in held)
    return WindowLine(
        window=window,
        account=names[window.portfolio_id],
        symbols=(symbols[window.instrument_id], *others),
        reason=_reason(window, symbols, names),
        at_stake=window.at_stake if is_seen else None,
        transaction_id=window.transaction_id if is_seen else None,
    )


def _held(household_id: UUID, keys: Iterable[UUID]) -> set[UUID]:
    """Those that the household has dealt in or that are its own: shared ones nobody holds are not listed."""
    rows = Instrument.objects.filter(pk__in=list(keys))
    dealt = rows.filter(transactions__portfolio__household_id=household_id).values_list("pk", flat=True)
    own = rows.filter(household_id=household_id).values_list("pk", flat=True)
    return set(dealt.distinct()) | set(own)


def _reason(window: Window, symbols: dict[UUID, str], names: AccountNames) -> str:
    symbol, place = symbols[window.instrument_id], names[window.portfolio_id]
    count = f"{window.shares.normalize():f} {symbol}"
    if window.cause is WindowCause.SOLD:
        return f"{count} sold at a loss on {day_text(window.begins)} in {place}"
    if window.cause is WindowCause.BOUGHT:
        return f"{count} bought on {day_text(window.begins)} in {place}"
    if window.trade is None:
        return ""
    words = trade_words(window.trade, window.portfolio_id, symbols)
    said = words.replace("this account", place)
    return f"{said[0].upper()}{said[1:]}"


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _end_of(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])
