"""Writing rows at once: many through PostgreSQL's COPY, and a few of several tables in one statement."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

KEPT = 256


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert `rows` (values in the order of `columns`, named as attributes of `model`); returns how many.

    Database defaults apply to the columns left out, Django defaults do not. Must run in a transaction.
    """
    quote = connection.ops.quote_name
    by_attribute = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    names = ", ".join(quote(by_attribute[name]) for name in columns)
    statement = f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN"
    count = 0
    # Django wraps the errors of execute, not those of copy: the retry of a write transaction needs them.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def rows_insert(*batches: Sequence[models.Model]) -> None:
    """Insert new rows, each batch of one model, one batch after the other: one statement for all of them.

    As `bulk_create` writes them, but its text is made once for a model and a number of rows, and there is one
    way to the database for all tables. Must run in a transaction.
    """
    texts: list[str] = []
    values: list[Any] = []
    for rows in filter(None, batches):
        model = type(rows[0])
        texts.append(_insertion(model, len(rows)))
        values.extend(
            field.get_db_prep_save(field.pre_save(row, add=True), connection)
            for row in rows
            for field in model._meta.concrete_fields
        )
    if texts:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(texts), values)
    for row in (row for rows in batches for row in rows):
        row._state.adding, row._state.db = False, connection.alias


@lru_cache(maxsize=KEPT)
def _insertion(model: type[models.Model], count: int) -> str:
    quote = connection.ops.quote_name
    columns = [quote(str(field.column)) for field in model._meta.concrete_fields]
    row = f"({', '.join(['%s'] * len(columns))})"
    # Names of ours alone.
    into = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)})"
    return f"{into} VALUES {', '.join([row] * count)}"
