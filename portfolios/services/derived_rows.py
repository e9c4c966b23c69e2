"""Making the stored rows of a derivation equal to what the rules say, touching only what differs."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Protocol
from uuid import UUID

from django.db import models

from common.bulk import copy_rows

BATCH = 2000


class DerivedRecord(Protocol):
    """A record of the rules with a field or property for every column of its table."""

    @property
    def id(self) -> UUID:
        """The key, the same at every derivation."""


def rows_replace(existing: models.QuerySet[Any], records: Iterable[DerivedRecord]) -> int:
    """Make the rows of `existing` equal to `records`; unchanged rows stay. Returns how many were written."""
    model = existing.model
    columns = [field.attname for field in model._meta.concrete_fields]
    key = columns.index(model._meta.pk.attname)
    values = attrgetter(*columns)
    wanted = {record.id: values(record) for record in records}
    stale: list[UUID] = []
    for row in existing.values_list(*columns).iterator(chunk_size=5000):
        if wanted.get(row[key]) == row:
            del wanted[row[key]]
        else:
            stale.append(row[key])
    for start in range(0, len(stale), BATCH):
        # A plain DELETE: nothing refers to derived rows, so the ORM need not look for dependants.
        doomed = model._default_manager.filter(pk__in=stale[start : start + BATCH])
        doomed._raw_delete(doomed.db)
    return copy_rows(model, columns, wanted.values()) if wanted else 0
