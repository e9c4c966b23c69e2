"""Tone over time: what the news of a subject sounded like lately, before, and week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from common.money import ARITHMETIC

WEEKS = 12
RECENT_DAYS, EARLIER_DAYS = 28, 56
PLACES = Decimal("0.001")
# Two-sided 95 % of the normal distribution; below so many pieces of news there is no interval.
NORMAL = Decimal("1.96")
LEAST = 8
# What counts as a turn: so far from where it was, and from nothing.
LEAST_TURN = Decimal("0.3")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneOn:
    """One piece of news: its day and its tone."""

    day: date
    tone: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneMean:
    """The mean tone of some news and its 95 % interval; `low` and `high` are None for fewer than eight."""

    count: int
    mean: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneHistory:
    """The last four weeks, the eight before, and twelve weeks one by one (None: no news), oldest first."""

    recent: ToneMean | None
    earlier: ToneMean | None
    weeks: tuple[ToneMean | None, ...]

    @property
    def change(self) -> Decimal | None:
        """Recent less earlier; None without news in either."""
        if self.recent is None or self.earlier is None:
            return None
        return self.recent.mean - self.earlier.mean

    @property
    def count(self) -> int:
        """How much news of the twelve weeks there is."""
        return sum(week.count for week in self.weeks if week is not None)


def tone_history(news: Sequence[ToneOn], today: date) -> ToneHistory:
    """What `news` sounded like in the twelve weeks that end on `today`; older and later news is left out."""
    ages = [((today - one.day).days, one.tone) for one in news]
    weeks = [
        tone_mean([tone for age, tone in ages if 7 * back <= age < 7 * (back + 1)])
        for back in reversed(range(WEEKS))
    ]
    return ToneHistory(
        recent=tone_mean([tone for age, tone in ages if 0 <= age < RECENT_DAYS]),
        earlier=tone_mean([tone for age, tone in ages if RECENT_DAYS <= age < RECENT_DAYS + EARLIER_DAYS]),
        weeks=tuple(weeks),
    )


def first_day(today: date) -> date:
    """The first day of the twelve weeks."""
    return today - timedelta(days=7 * WEEKS - 1)


def tone_mean(tones: Sequence[Decimal]) -> ToneMean | None:
    """The mean of tones to three places, with its interval from eight on; None for none."""
    if not tones:
        return None
    with localcontext(ARITHMETIC):
        count = Decimal(len(tones))
        mean = sum(tones, ZERO) / count
        if len(tones) < LEAST:
            return ToneMean(count=len(tones), mean=mean.quantize(PLACES))
        variance = sum(((tone - mean) ** 2 for tone in tones), ZERO) / (count - 1)
        half = NORMAL * (variance / count).sqrt()
        return ToneMean(
            count=len(tones),
            mean=mean.quantize(PLACES),
            low=(mean - half).quantize(PLACES),
            high=(mean + half).quantize(PLACES),
        )


def has_turned(history: ToneHistory) -> bool:
    """Whether tone has turned: enough news on both sides, and a change that is large and no accident.

    The intervals of both spans do not touch, and the recent one lies on one side of nothing.
    """
    recent, earlier, change = history.recent, history.earlier, history.change
    if recent is None or earlier is None or change is None:
        return False
    if recent.low is None or recent.high is None or earlier.low is None or earlier.high is None:
        return False
    is_apart = recent.low > earlier.high or recent.high < earlier.low
    return abs(change) >= LEAST_TURN and is_apart and (recent.low > ZERO or recent.high < ZERO)
