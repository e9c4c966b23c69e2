"""Which source a symbol's price is taken from, and what is said of a price's age."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from common.formats import moment_exact
from trading.engine.records import PriceSource, Quote

# Best first: the order in which PriceSource names them.
BEST_FIRST = tuple(PriceSource)
# How long a source may say nothing in trading hours before it is not listened to any more.
PATIENCE = {
    PriceSource.IBKR_LIVE: timedelta(seconds=15),
    PriceSource.IBKR_DELAYED: timedelta(seconds=60),
    PriceSource.MASSIVE: timedelta(seconds=120),
    # 25 questions a day: it cannot speak more often.
    PriceSource.ALPHA_VANTAGE: timedelta(hours=2),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRules:
    """How patient the choice is: with a silent source, and with one that has come back."""

    patience: Mapping[PriceSource, timedelta] = field(default_factory=lambda: dict(PATIENCE))
    trial: timedelta = timedelta(seconds=30)


DEFAULT_RULES = SourceRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReading:
    """What is known of a source of one symbol: whether it can be reached, and when it last told a price.

    `told_at` is the time of arrival, not the age of the price: a delayed source that speaks is not silent.
    """

    is_reachable: bool
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChoice:
    """The source in use, and a better one on trial since a moment."""

    source: PriceSource = PriceSource.LAST_CLOSE
    candidate: PriceSource | None = None
    candidate_since: datetime | None = None


def source_step(
    choice: SourceChoice,
    readings: Mapping[PriceSource, SourceReading],
    now: datetime,
    *,
    is_open: bool,
    rules: SourceRules = DEFAULT_RULES,
) -> SourceChoice:
    """The choice after another look at the sources.

    A source that fails is left at once for the best that works. A better one is taken only after it has
    worked through its trial without a break, so that a link that comes and goes does not make prices jump.
    The last close is always there. The first real source is taken without a trial.
    """
    working = [
        source
        for source in BEST_FIRST
        if source is PriceSource.LAST_CLOSE
        or _works(readings.get(source), now, is_open=is_open, patience=rules.patience[source])
    ]
    best = working[0]
    if choice.source not in working or choice.source is PriceSource.LAST_CLOSE or best is choice.source:
        return SourceChoice(source=best)
    if choice.candidate is not best or choice.candidate_since is None:
        return replace(choice, candidate=best, candidate_since=now)
    is_tried = now - choice.candidate_since >= rules.trial
    return SourceChoice(source=best) if is_tried else choice


def _works(reading: SourceReading | None, now: datetime, *, is_open: bool, patience: timedelta) -> bool:
    """Whether a source is reachable and has told a price, lately where the market is open."""
    if reading is None or not reading.is_reachable or reading.told_at is None:
        return False
    return not is_open or now - reading.told_at <= patience


class Freshness(StrEnum):
    """How old a price is by design or by accident."""

    LIVE = "live"
    DELAYED = "delayed"
    STALE = "stale"
    LAST_CLOSE = "last_close"


def freshness(
    quote: Quote, now: datetime, *, is_open: bool, most: timedelta = PATIENCE[PriceSource.IBKR_LIVE]
) -> Freshness:
    """What a page says of a price: live ones are stale once older than `most` while the market is open."""
    if quote.source is PriceSource.LAST_CLOSE:
        return Freshness.LAST_CLOSE
    if quote.is_delayed:
        return Freshness.DELAYED
    return Freshness.STALE if is_open and now - quote.as_of > most else Freshness.LIVE


def freshness_words(quote: Quote, now: datetime, *, is_open: bool) -> str:
    """The same in words, with the moment since when a stale price stands still."""
    found = freshness(quote, now, is_open=is_open)
    if found is Freshness.STALE:
        return f"stale since {moment_exact(quote.as_of)}"
    return found.value.replace("_", " ")
