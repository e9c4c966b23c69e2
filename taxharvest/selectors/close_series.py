"""The closes of instruments as series and what follows from them, reckoned once for all who share them."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import FloatField
from django.db.models.functions import Cast

from portfolios.engine.closes import Split
from portfolios.models import Price
from taxharvest.engine.harvest.replacements import UNLIKE, Likeness
from taxharvest.quant.tracking import (
    Series,
    daily_returns,
    likeness_of_returns,
    volatility_of_returns,
)

HISTORY_DAYS = 3 * 366
NOTHING = Series((), ())
Splits = tuple[Split, ...]
Returns = dict[date, float]


class History(NamedTuple):
    """An instrument with the splits that a household knows of it: what its series of closes depends on."""

    instrument_id: UUID
    splits: Splits


class CloseSeries:
    """Three years of closes up to a day, read when they are asked for, with their returns and likenesses.

    A scan keeps one for all its batches: most households hold the same instruments.
    """

    def __init__(self, day: date) -> None:
        self._day = day
        self._series: dict[UUID, Series] = {}
        self._days: dict[tuple[date, ...], tuple[date, ...]] = {}
        self._returns: dict[History, Returns] = {}
        self._likenesses: dict[tuple[History, History], Likeness] = {}

    def read(self, instrument_ids: Iterable[UUID]) -> None:
        """Read the closes of those not read yet. One query, or none."""
        missing = {key for key in instrument_ids if key not in self._series}
        if not missing:
            return
        self._series |= dict.fromkeys(missing, NOTHING)
        first = self._day - timedelta(days=HISTORY_DAYS)
        rows = Price.objects.filter(
            instrument_id__in=missing, day__gte=first, day__lte=self._day, close__gt=0
        ).order_by()
        # A row for each instrument: there may be hundreds of thousands of closes. They are statistics here.
        series = rows.values("instrument_id").annotate(
            days=ArrayAgg("day", order_by="day"),
            closes=ArrayAgg(Cast("close", FloatField()), order_by="day"),
        )
        for key, days, closes in series.values_list("instrument_id", "days", "closes"):
            # Most instruments have closes on the same days, which are kept once.
            shared = self._days.setdefault(tuple(days), tuple(days))
            self._series[key] = Series(shared, tuple(closes))

    def likeness(self, one: History, other: History) -> Likeness:
        """How near two are, the same both ways; both have been read."""
        pair = (one, other) if one <= other else (other, one)
        if pair not in self._likenesses:
            left, right = self.returns(one), self.returns(other)
            self._likenesses[pair] = likeness_of_returns(left, right) if left and right else UNLIKE
        return self._likenesses[pair]

    def returns(self, history: History) -> Returns:
        """The daily returns of one that has been read, by day; restated for its splits."""
        if history not in self._returns:
            series = self._series.get(history.instrument_id, NOTHING)
            self._returns[history] = daily_returns(series.restated(history.splits))
        return self._returns[history]

    def volatility(self, history: History) -> Decimal | None:
        """The volatility of one that has been read, a year; None with fewer than 60 returns."""
        return volatility_of_returns(self.returns(history))
