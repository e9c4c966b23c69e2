"""Whether a dividend is qualified: days held around its ex-dividend day, and what a sale would lose."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

ZERO = Decimal(0)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingTest:
    """A window around the ex-dividend day, `reach` days to either side, and the days held it must exceed."""

    reach: int
    more_than: int


# IRC 1(h)(11)(B)(iii)(I): more than 60 days of the 121 that begin 60 days before the ex-dividend day.
COMMON = HoldingTest(reach=60, more_than=60)
# IRC 246(c)(2): preferred stock, for dividends of a period of more than 366 days: more than 90 days of 181.
PREFERRED = HoldingTest(reach=90, more_than=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class DividendShare:
    """The part of a dividend that falls to one lot, with the lot's day of purchase, in US dollars."""

    amount: Decimal
    acquired: date
    ex_dividend: date
    test: HoldingTest = COMMON


def days_in_window(
    acquired: date,
    sold: date | None,
    ex_dividend: date,
    *,
    test: HoldingTest = COMMON,
    hedged: Collection[date] = (),
) -> int:
    """Days of the window on which shares bought on `acquired` are held.

    The day of the sale counts, the day of the purchase does not (IRC 246(c)(3)(A)). `sold` None means that
    they stay. `hedged` are days of diminished risk (IRC 246(c)(4)), which do not count.
    """
    reach = timedelta(days=test.reach)
    first = max(acquired + _DAY, ex_dividend - reach)
    last = ex_dividend + reach if sold is None else min(sold, ex_dividend + reach)
    unprotected = sum(first <= day <= last for day in set(hedged))
    return max(0, (last - first).days + 1 - unprotected)


def is_qualified(
    acquired: date,
    sold: date | None,
    ex_dividend: date,
    *,
    test: HoldingTest = COMMON,
    hedged: Collection[date] = (),
) -> bool:
    """Whether the holding period lets the dividend have the long-term rates (IRC 1(h)(11)(B)(iii))."""
    return days_in_window(acquired, sold, ex_dividend, test=test, hedged=hedged) > test.more_than


def qualified_from(acquired: date, ex_dividend: date, test: HoldingTest = COMMON) -> date | None:
    """The first day on which a sale leaves the dividend qualified; None for shares bought too late for it.

    A sale before the ex-dividend day gives up the dividend itself, so it is never earlier than that day.
    """
    if acquired >= ex_dividend:
        return None
    first = max(acquired + _DAY, ex_dividend - timedelta(days=test.reach))
    return max(ex_dividend, first + timedelta(days=test.more_than))


def lost_by_sale(shares: Iterable[DividendShare], sale_day: date) -> Decimal:
    """What a sale on `sale_day` turns ordinary of dividends that would be qualified if the lots stayed.

    Only dividends whose ex-dividend day is not after the sale count: later ones are not received at all.
    `savings.dividend_cost` turns the amount into taxes.
    """
    return sum((share.amount for share in shares if _is_lost(share, sale_day)), ZERO)


def _is_lost(share: DividendShare, sale_day: date) -> bool:
    first = qualified_from(share.acquired, share.ex_dividend, share.test)
    return first is not None and share.ex_dividend <= sale_day < first
