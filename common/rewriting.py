"""Writing rows that are in the table over again, many at once."""

from collections.abc import Sequence

from common.models import TimestampedModel


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
