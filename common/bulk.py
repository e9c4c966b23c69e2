"""Writing many rows at once: new ones through PostgreSQL's COPY, and ones that are there over again."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

from common.models import TimestampedModel


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


def rewrite_rows(rows: Sequence[TimestampedModel]) -> None:
    """Write every column of rows that are in the table, and that the caller has locked. One statement.

    An INSERT that meets each of its rows: what Django's `bulk_update` asks of the planner for every value of
    every column costs several times as much.
    """
    if not rows:
        return
    model, begun = type(rows[0]), [row.created_at for row in rows]
    names = [
        field.name
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name != "created_at"
    ]
    model._default_manager.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=names)
    # The insert that never was has put the time of now onto them.
    for row, moment in zip(rows, begun, strict=True):
        row.created_at = moment
