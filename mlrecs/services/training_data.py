"""The returns that a training learns from: the reference universe, or what a household holds."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from common.errors import Conflict
from mlrecs.engine.training_wishes import ASSETS, LEAST_DAYS, REFERENCE, TrainingWish
from mlrecs.selectors.price_series import returns_of
from mlrecs.selectors.training_data import instruments_to_learn, read_since

if TYPE_CHECKING:
    from mlrecs.quant.arrays import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """Returns, days by symbols, oldest first, and the digest of them."""

    days: tuple[date, ...]
    symbols: tuple[str, ...]
    returns: "FloatArray"
    digest: str


def training_data(wish: TrainingWish, *, household_id: UUID | None, today: date) -> TrainingData:
    """What a wish learns from. Raises Conflict `too-little-data` with the reason where that is not enough.

    Arrays are loaded here: workers and commands alone may call it.
    """
    if wish.source == REFERENCE:
        days, symbols, returns = _reference()
    elif household_id is None:
        raise Conflict("Only a household has instruments of its own.", code="too-little-data")
    else:
        days, symbols, returns = _own(household_id, today)
    count = len(days) if wish.last is None else sum(day <= wish.last for day in days)
    if count < LEAST_DAYS:
        raise Conflict(
            f"There are {count} days of returns to learn from; {LEAST_DAYS} are needed.",
            code="too-little-data",
        )
    from mlrecs.quant.universe import data_digest  # noqa: PLC0415 - arrays, for workers alone

    kept = returns[:count]
    return TrainingData(days=days[:count], symbols=symbols, returns=kept, digest=data_digest(kept))


def _reference() -> tuple[tuple[date, ...], tuple[str, ...], "FloatArray"]:
    from mlrecs.quant.universe import universe_returns  # noqa: PLC0415 - arrays, for workers alone

    return universe_returns()


def _own(household_id: UUID, today: date) -> tuple[tuple[date, ...], tuple[str, ...], "FloatArray"]:
    """Returns of what a household holds and that has enough history; what has less is left out."""
    from mlrecs.quant.features import usable_returns  # noqa: PLC0415 - arrays, for workers alone

    symbols = instruments_to_learn(household_id)
    table = returns_of(list(symbols), read_since(today), today, household_id=household_id)
    usable = usable_returns(table, least_days=LEAST_DAYS)
    if len(usable.instrument_ids) < ASSETS[0]:
        raise Conflict(
            f"{len(usable.instrument_ids)} of the {len(symbols)} instruments held have {LEAST_DAYS} days of "
            f"returns; {ASSETS[0]} are needed.",
            code="too-little-data",
        )
    return usable.days, tuple(symbols[key] for key in usable.instrument_ids), usable.values
