"""Queries whose SQL Django builds once in a process, with slots for what varies between two askings."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# What may vary: a key, a moment, or several keys.
Slot = UUID | datetime | Sequence[UUID]
# Building a query takes longer than the database takes to answer it; lists of so many lengths are remembered.
SHAPES = 64
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Plan:
    """SQL, and for each parameter its place among the values of the slots, or None and a constant."""

    sql: str
    parameters: tuple[tuple[int | None, Any], ...]

    def filled(self, values: Sequence[Any]) -> list[Any]:
        return [constant if place is None else values[place] for place, constant in self.parameters]


class Prepared:
    """A query of named columns (`values_list`) that is built once for each length of its lists.

    `build` is called with values that occur nowhere else in the place of the real ones, and may do nothing
    with them but to filter by them. Rows come back as the driver reads them: columns that a Django field
    would convert must be cast in the query.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._plan = lru_cache(maxsize=SHAPES)(self._planned)

    def rows(self, *slots: Slot) -> list[tuple[Any, ...]]:
        """The rows for these values of the slots, in the order in which `build` takes them."""
        plan = self._plan(tuple(_shape(slot) for slot in slots))
        if plan is None:
            return []
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, plan.filled(_flat(slots)))
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def _planned(self, shapes: tuple[int | type, ...]) -> _Plan | None:
        """The plan of a query whose slots have these shapes; None where Django sees that it has no rows.

        Raises ValueError for a slot that the query does not use: its rows would not depend on it.
        """
        marks: list[Any] = [_mark(shape) for shape in shapes]
        try:
            sql, parameters = self._build(*marks).query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            return None
        places = {mark: place for place, mark in enumerate(_flat(marks))}
        plan = _Plan(sql, tuple((_place(one, places), one) for one in parameters))
        if {place for place, _ in plan.parameters if place is not None} != set(places.values()):
            raise ValueError("A slot of this query is not used by it.")
        return plan


def _shape(slot: Slot) -> int | type:
    return type(slot) if isinstance(slot, UUID | datetime) else len(slot)


def _mark(shape: int | type) -> Slot:
    if isinstance(shape, int):
        return [_key() for _ in range(shape)]
    return _key() if issubclass(shape, UUID) else LONG_AGO + timedelta(microseconds=secrets.randbits(48))


def _key() -> UUID:
    return UUID(int=secrets.randbits(128))


def _place(parameter: Any, places: dict[Any, int]) -> int | None:
    return places.get(parameter) if isinstance(parameter, UUID | datetime) else None


def _flat(slots: Sequence[Slot]) -> list[Any]:
    found: list[Any] = []
    for slot in slots:
        if isinstance(slot, UUID | datetime):
            found.append(slot)
        else:
            found.extend(slot)
    return found
