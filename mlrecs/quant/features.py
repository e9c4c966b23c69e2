"""Features without look-ahead: frozen scalers, windows, embargoed splits, and rules for faulty series."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self
from uuid import UUID

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mlrecs.engine.return_table import ReturnTable, SeriesFault, SeriesNote
from mlrecs.quant.arrays import FloatArray

# Fewer daily returns say nothing about how something swings.
LEAST_DAYS = 60
# So many days without any movement at the end: the price is carried over, not made.
STALE_DAYS = 10
# So many days without a close at the end: it is no longer traded, or nobody quotes it.
ENDED_DAYS = 5
# More days without a close than this share, and the series is too thin.
MOST_MISSING = 0.2
DECAY = 0.94
SEED_DAYS = 60
# A return over a volatility below this is a division by noise.
LEAST_VOLATILITY = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenScaler:
    """Mean and standard deviation of each column as they were when fitted; they never move afterwards."""

    means: FloatArray
    deviations: FloatArray

    @classmethod
    def fit(cls, returns: FloatArray) -> Self:
        """Learn from the training rows alone; a column that does not move is scaled by one."""
        deviations = np.nanstd(returns, axis=0)
        return cls(
            means=np.nanmean(returns, axis=0),
            deviations=np.where(deviations > LEAST_VOLATILITY, deviations, 1.0),
        )

    def apply(self, returns: FloatArray) -> FloatArray:
        """The same rows as multiples of the learnt deviation."""
        return np.asarray((returns - self.means) / self.deviations, dtype=np.float64)

    def undo(self, scaled: FloatArray) -> FloatArray:
        """Back to returns."""
        return np.asarray(scaled * self.deviations + self.means, dtype=np.float64)

    def to_json(self) -> dict[str, list[float]]:
        """As a model version keeps it."""
        return {"means": self.means.tolist(), "deviations": self.deviations.tolist()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Sequence[float]]) -> Self:
        """Back from what a model version keeps; raises KeyError when it is no scaler."""
        return cls(means=np.array(kept["means"]), deviations=np.array(kept["deviations"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Rows to learn from and rows to be tested on, apart by the embargo."""

    train: slice
    test: slice


@dataclass(frozen=True, slots=True, kw_only=True)
class UsableReturns:
    """The columns that can be worked with, without holes, and why others were left out."""

    days: tuple[date, ...]
    instrument_ids: tuple[UUID, ...]
    values: FloatArray
    left_out: tuple[SeriesNote, ...]


def windows(values: FloatArray, length: int) -> FloatArray:
    """Every run of `length` consecutive rows; the one at place k ends with row k + length - 1.

    The shape is (rows - length + 1, length, columns). Raises ValueError when there are fewer rows.
    """
    if length > len(values):
        raise ValueError(f"A window of {length} rows needs as many; there are {len(values)}.")
    return np.moveaxis(sliding_window_view(values, length, axis=0), -1, 1)


def embargoed_splits(rows: int, *, first_test: int, test_rows: int, embargo: int) -> Iterator[Split]:
    """Walk forward: learn from everything until `embargo` rows before each test span of `test_rows`.

    The embargo is at least the length of the windows, so that no window touches both (Lopez de Prado,
    Advances in Financial Machine Learning, 2018, chapter 7). Raises ValueError when nothing is left to
    learn from.
    """
    if first_test <= embargo:
        raise ValueError(f"Nothing is left to learn from before row {first_test} with {embargo} withheld.")
    for start in range(first_test, rows, test_rows):
        yield Split(train=slice(0, start - embargo), test=slice(start, min(start + test_rows, rows)))


def yearly_splits(days: Sequence[date], *, first_year: int, embargo: int) -> Iterator[Split]:
    """The same, with a test span for each calendar year from `first_year` on."""
    years = np.array([day.year for day in days])
    for year in range(first_year, int(years[-1]) + 1):
        start, end = int(np.searchsorted(years, year)), int(np.searchsorted(years, year + 1))
        if start > embargo and end > start:
            yield Split(train=slice(0, start - embargo), test=slice(start, end))


def ewma_volatility(returns: FloatArray, *, decay: float = DECAY, seed_days: int = SEED_DAYS) -> FloatArray:
    """The volatility expected for each row from the rows before it, and at the end for the day to come.

    One row more than `returns`, for one column or several. Exponentially weighted (RiskMetrics technical
    document, 1996); it begins with the variance of the first `seed_days` rows, so those look ahead and no
    test may begin before them.
    """
    variances = np.empty((len(returns) + 1, *returns.shape[1:]))
    variances[0] = returns[:seed_days].var(axis=0)
    squares = (1 - decay) * returns**2
    for row in range(len(returns)):
        variances[row + 1] = decay * variances[row] + squares[row]
    return np.asarray(np.sqrt(variances))


def standardised(returns: FloatArray, *, decay: float = DECAY, seed_days: int = SEED_DAYS) -> FloatArray:
    """Each return over the volatility that was expected for it; zero where nothing ever moved."""
    volatility = ewma_volatility(returns, decay=decay, seed_days=seed_days)[:-1]
    return np.divide(returns, volatility, out=np.zeros_like(returns), where=volatility > LEAST_VOLATILITY)


def usable_returns(
    table: ReturnTable, *, least_days: int = LEAST_DAYS, keeps_early: bool = False
) -> UsableReturns:
    """The matrix of a table by rule: what is ended, stale, constant, short or thin is left out and named.

    The days are those since the youngest of the remaining series began; with `keeps_early` all of them, and
    NaN stands before a series began. A hole within a series is a day on which its close was carried over: a
    return of zero, with the whole move on the next close.
    """
    values = np.array(table.values, dtype=np.float64).reshape(len(table.days), len(table.instrument_ids))
    faults = [_fault(values[:, place], least_days) for place in range(values.shape[1])]
    kept = [place for place, fault in enumerate(faults) if fault is None]
    begun = np.cumsum(~np.isnan(values[:, kept]), axis=0) > 0
    filled = np.where(begun, np.nan_to_num(values[:, kept], nan=0.0), np.nan)
    first = 0 if keeps_early else int((~begun.all(axis=1)).sum())
    return UsableReturns(
        days=table.days[first:],
        instrument_ids=tuple(table.instrument_ids[place] for place in kept),
        values=filled[first:],
        left_out=tuple(
            SeriesNote(instrument_id=table.instrument_ids[place], fault=fault[0], words=fault[1])
            for place, fault in enumerate(faults)
            if fault is not None
        ),
    )


def _fault(column: FloatArray, least_days: int) -> tuple[SeriesFault, str] | None:
    """What is wrong with one column, gravest first; None when it can be used."""
    known = column[~np.isnan(column)]
    if not len(known):
        return SeriesFault.MISSING, "There are no returns at all."
    if not np.isfinite(known).all():
        return SeriesFault.GAPS, "A return is not a number."
    silent = len(column) - 1 - int(np.flatnonzero(~np.isnan(column))[-1])
    if silent >= ENDED_DAYS:
        return SeriesFault.ENDED, f"There has been no close for {silent} trading days."
    if len(known) < least_days:
        return SeriesFault.SHORT, f"There are {len(known)} daily returns; {least_days} are needed."
    return _still(known) or _thin(column)


def _still(known: FloatArray) -> tuple[SeriesFault, str] | None:
    if not known.any():
        return SeriesFault.CONSTANT, "The price never moved."
    still = len(known) - 1 - int(np.flatnonzero(known)[-1])
    if still >= STALE_DAYS:
        return SeriesFault.STALE, f"The price has not moved for {still} trading days."
    return None


def _thin(column: FloatArray) -> tuple[SeriesFault, str] | None:
    since = column[_first(column) :]
    missing = float(np.isnan(since).mean())
    if missing > MOST_MISSING:
        return SeriesFault.GAPS, f"{missing:.0%} of the days have no close."
    return None


def _first(column: FloatArray) -> int:
    return int(np.flatnonzero(~np.isnan(column))[0])
