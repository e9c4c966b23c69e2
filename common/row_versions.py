"""Whether rows have changed since they were read, told by the versions that the database itself keeps."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

# PostgreSQL gives a row that is changed another `ctid`, in a transaction of another `xmin`. CockroachDB,
# which speaks the same language, has neither.
TELLING = frozenset({"postgresql"})


def row_versions(statement: str, named: Mapping[str, Any]) -> str | None:
    """What `statement` makes of the versions of some rows; None where the database keeps none.

    Without them nothing can be kept in memory: whoever asks reads the rows anew.
    """
    if connection.vendor not in TELLING:
        return None
    with connection.cursor() as cursor:
        cursor.execute(statement, dict(named))
        versions: str = cursor.fetchone()[0]
    return versions
