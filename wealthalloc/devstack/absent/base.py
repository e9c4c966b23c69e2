"""The PostgreSQL dialect without a server, so that commands which need none still run."""

from typing import Any, NoReturn

from django.db.backends.postgresql import base
from django.db.utils import OperationalError


class DatabaseWrapper(base.DatabaseWrapper):
    """Refuses the first connection with a sentence that says what is missing."""

    def get_connection_params(self) -> dict[str, Any]:
        """Nothing to connect to, so nothing to check."""
        return {}

    def get_new_connection(self, conn_params: dict[str, Any]) -> NoReturn:  # noqa: ARG002 - Django's name
        """Say what to set or start."""
        raise OperationalError(
            "No database: DATABASE_URL is not set, and no servers run for WEALTHALLOC_HOME. "
            "Set DATABASE_URL, or start servers with `make demo` or `python manage.py devstack`."
        )
