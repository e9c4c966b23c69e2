"""Rows in memory that remember which of them changed, so that keeping them costs what changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, Generic, Protocol, TypeVar, get_args, get_type_hints

Json = dict[str, Any]


class Keyed(Protocol):
    """A row that knows what it is kept under."""

    @property
    def key(self) -> str:
        """The key."""


R = TypeVar("R", bound=Keyed)


class Shelf(Generic[R]):
    """Rows of one kind by their key, in the order in which they first came; `rank` tells it of a row."""

    def __init__(self, name: str, kind: type[R], rank: Callable[[R], Any] = lambda row: row.key) -> None:
        self.name = name
        self._rank = rank
        self._kind = kind
        self._rows: dict[str, R] = {}
        self._changed: set[str] = set()

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str) -> R | None:
        """The row of that key."""
        return self._rows.get(key)

    def put(self, row: R) -> None:
        """Keep a row in place of the one with its key."""
        if self._rows.get(row.key) != row:
            self._rows[row.key] = row
            self._changed.add(row.key)

    def drop(self, key: str) -> None:
        """Forget a row."""
        if self._rows.pop(key, None) is not None:
            self._changed.add(key)

    def state(self) -> dict[str, Json]:
        """Every row as plain data, by its full name."""
        return {f"{self.name}:{key}": encode(row) for key, row in self._rows.items()}

    def drain(self) -> dict[str, Json | None]:
        """Rows that changed since this was last asked; None for those that are gone."""
        changed, self._changed = sorted(self._changed), set()
        rows = {key: self._rows.get(key) for key in changed}
        return {f"{self.name}:{key}": None if row is None else encode(row) for key, row in rows.items()}

    def load(self, state: Mapping[str, Json]) -> None:
        """Take the rows of this shelf out of a state; what stood here before is forgotten."""
        prefix = f"{self.name}:"
        rows = (decode(self._kind, row) for name, row in state.items() if name.startswith(prefix))
        self._rows = {row.key: row for row in sorted(rows, key=self._rank)}
        self._changed = set()


def encode(row: Any) -> Json:
    """A frozen record as plain data: decimals and moments are strings."""
    return {each.name: _plain(getattr(row, each.name)) for each in fields(row)}


def decode(kind: type[R], data: Json) -> R:
    """The record of that kind which `encode` made plain; a field that is missing takes its default."""
    kinds = _kinds(kind)
    return kind(**{name: _value(kinds[name], value) for name, value in data.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return encode(value) if is_dataclass(value) else value


def _value(kind: Any, value: Any) -> Any:
    if value is None or kind in (int, str, bool):
        return value
    if kind is Decimal:
        return Decimal(value)
    return datetime.fromisoformat(value) if kind is datetime else decode(kind, value)


@cache
def _kinds(kind: type) -> dict[str, Any]:
    """The kind of each field, without its None."""
    return {
        name: next((each for each in get_args(hint) if each is not NoneType), hint)
        for name, hint in get_type_hints(kind).items()
    }
