"""Daily returns of several instruments side by side, and what is to be said about each of their series."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class SeriesFault(StrEnum):
    """What is wrong with a series of closes."""

    MISSING = "missing"
    SHORT = "short"
    STALE = "stale"
    ENDED = "ended"
    CONSTANT = "constant"
    GAPS = "gaps"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesNote:
    """One fault of one instrument's series, in words for a person."""

    instrument_id: UUID
    fault: SeriesFault
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnTable:
    """Simple daily returns: a row for each of `days`, oldest first, a column for each of `instrument_ids`.

    None stands where an instrument has no close on the day, or none within a week before it. The return
    after such a day spans the days between.
    """

    days: tuple[date, ...]
    instrument_ids: tuple[UUID, ...]
    values: tuple[tuple[float | None, ...], ...]
    notes: tuple[SeriesNote, ...] = ()

    def column(self, instrument_id: UUID) -> list[float | None]:
        """The returns of one instrument; raises ValueError for one that the table does not have."""
        place = self.instrument_ids.index(instrument_id)
        return [row[place] for row in self.values]
