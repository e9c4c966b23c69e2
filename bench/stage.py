"""A stage for measurements: servers of their own, an empty book, Django ready, nothing left behind."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wealthalloc.devstack.stack import Stack


@contextmanager
def stage() -> Iterator[Path]:
    """Servers in a temporary home, the tables, collected static files; yields the home.

    Django can be set up once in a process, so this is entered once for all measurements of a run.
    """
    with tempfile.TemporaryDirectory(prefix="wealthalloc-bench-") as folder:
        home = Path(folder)
        stack = Stack(home, durable=True, environment={})
        urls = stack.start()
        os.environ |= {
            "DATABASE_URL": urls.database,
            "REDIS_URL": urls.redis,
            "WEALTHALLOC_HOME": folder,
            "DJANGO_SETTINGS_MODULE": "wealthalloc.settings.base",
        }
        try:
            _set_up()
            yield home
        finally:
            stack.stop()


def _set_up() -> None:
    import django  # noqa: PLC0415 - only once its environment is set
    from django.core.management import call_command  # noqa: PLC0415 - same

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
