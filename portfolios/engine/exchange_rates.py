"""Exchange rates by day: direct, inverted or through a third currency, never older than a week."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from portfolios.engine.closes import MAX_AGE_DAYS, Close, UsableClose, closes_on_days, usable_close
from portfolios.engine.records import PortfolioRecord, TransactionKind, TransactionRecord

ONE = Decimal(1)
CARRIED_IN = frozenset(
    {
        TransactionKind.OPENING,
        TransactionKind.TRANSFER_IN,
        TransactionKind.GIFT,
        TransactionKind.INHERITANCE,
    }
)


class RateQuote(NamedTuple):
    """On `day`, one unit of `currency` was worth `rate` units of `quote_currency`."""

    currency: str
    quote_currency: str
    day: date
    rate: Decimal


class Rate(NamedTuple):
    """The rate that stands for a day; `is_stale` when it was carried over from an earlier one."""

    rate: Decimal
    is_stale: bool


SAME = Rate(ONE, False)


class RateTable:
    """Rates between any two quoted currencies on any day.

    A pair quoted on the very day wins, then its inverse, then a cross through one currency that both are
    quoted in; failing these, the same with quotes of the last `max_age_days` days. There is no guess beyond.
    """

    def __init__(self, quotes: Iterable[RateQuote] = (), *, max_age_days: int = MAX_AGE_DAYS) -> None:
        by_pair: dict[tuple[str, str], dict[date, Decimal]] = {}
        for quote in quotes:
            if quote.rate > 0:
                by_pair.setdefault((quote.currency, quote.quote_currency), {})[quote.day] = quote.rate
        self._closes: dict[tuple[str, str], list[Close]] = {}
        for (base, quoted), days in by_pair.items():
            inverse = by_pair.get((quoted, base), {})
            merged = {day: ONE / rate for day, rate in inverse.items()} | days
            self._closes[base, quoted] = _sorted_closes(merged, quoted)
            self._closes[quoted, base] = _sorted_closes(_inverted(merged) | inverse, base)
        self._partners: dict[str, list[str]] = {}
        for base, quoted in sorted(self._closes):
            self._partners.setdefault(base, []).append(quoted)
        self._max_age_days = max_age_days

    def on_day(self, currency: str, base: str, day: date) -> Rate | None:
        """Units of `base` for one unit of `currency` on `day`, or None when nobody quoted it lately."""
        return self.on_days(currency, base, [day])[0]

    def on_days(self, currency: str, base: str, days: Sequence[date]) -> list[Rate | None]:
        """`on_day` for each of the sorted `days`."""
        if currency == base:
            return [SAME] * len(days)
        best = self._pair(currency, base, days)
        for partner in self._shared_partners(currency, base):
            first = self._pair(currency, partner, days)
            second = self._pair(partner, base, days)
            best = [_better(held, _crossed(a, b)) for held, a, b in zip(best, first, second, strict=True)]
        return best

    def _pair(self, currency: str, base: str, days: Sequence[date]) -> list[Rate | None]:
        closes = self._closes.get((currency, base), [])
        if len(days) == 1:
            return [_rate(usable_close(closes, days[0], max_age_days=self._max_age_days))]
        return [_rate(close) for close in closes_on_days(closes, days, max_age_days=self._max_age_days)]

    def _shared_partners(self, currency: str, base: str) -> list[str]:
        others = self._partners.get(base, [])
        return [partner for partner in self._partners.get(currency, []) if partner in others]


def ledger_quotes(transactions: Iterable[TransactionRecord], portfolio: PortfolioRecord) -> list[RateQuote]:
    """The rates that the ledger itself states at its trade dates, as quotes for a RateTable.

    Rows that carry a position in from outside are left out: their rate is that of the acquisition.
    """
    return [
        RateQuote(row.currency, portfolio.base_currency, row.trade_date, row.fx_rate)
        for row in transactions
        if row.fx_rate is not None and row.currency != portfolio.base_currency and row.kind not in CARRIED_IN
    ]


def _sorted_closes(rates: dict[date, Decimal], currency: str) -> list[Close]:
    return [Close(day, rates[day], currency) for day in sorted(rates)]


def _inverted(rates: dict[date, Decimal]) -> dict[date, Decimal]:
    return {day: ONE / rate for day, rate in rates.items()}


def _rate(close: UsableClose | None) -> Rate | None:
    return None if close is None else Rate(close.close, close.is_stale)


def _crossed(first: Rate | None, second: Rate | None) -> Rate | None:
    if first is None or second is None:
        return None
    return Rate(first.rate * second.rate, first.is_stale or second.is_stale)


def _better(held: Rate | None, other: Rate | None) -> Rate | None:
    if held is None:
        return other
    return other if held.is_stale and other is not None and not other.is_stale else held
