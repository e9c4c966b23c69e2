"""Models out of a statement of one's own: a few joined rows, read without composing the query each time."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection, models

KEPT = 64


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of one model in such a statement; `columns` is their text.

    `converters` are what makes a value of a column, by the place of the column.
    """

    model: type[models.Model]
    names: tuple[str, ...]
    columns: str
    converters: tuple[tuple[int, tuple[Callable[..., Any], ...]], ...]


@lru_cache(maxsize=KEPT)
def part_of(model: type[models.Model], alias: str, left_out: Collection[str] = frozenset()) -> Part:
    """Every column of a model whose table goes by `alias`, but for those `left_out`, which stay unread."""
    fields = [field for field in model._meta.concrete_fields if field.attname not in left_out]
    quote = connection.ops.quote_name
    converters = ((place, tuple(field.get_db_converters(connection))) for place, field in enumerate(fields))
    return Part(
        model,
        tuple(field.attname for field in fields),
        ", ".join(f"{alias}.{quote(str(field.column))}" for field in fields),
        tuple((place, found) for place, found in converters if found),
    )


def models_of(row: Sequence[Any], *parts: Part) -> list[Any]:
    """The models that stand one behind the other at the beginning of a row."""
    found, begin = [], 0
    for part in parts:
        end = begin + len(part.names)
        values = list(row[begin:end])
        for place, converters in part.converters:
            for convert in converters:
                values[place] = convert(values[place], None, connection)
        found.append(part.model.from_db(connection.alias, part.names, values))
        begin = end
    return found
