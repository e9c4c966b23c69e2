"""Servers for a test run: its own, so that a running demo is never touched."""

import atexit
import os

from wealthalloc.devstack.home import home_folder
from wealthalloc.devstack.stack import Stack


def servers_for_tests() -> None:
    """Name a PostgreSQL and a Valkey in the environment, starting those that are not named yet.

    They live in `test` below the home and end with this process. Workers of a parallel run inherit the
    names and start nothing.
    """
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    stack = Stack(home_folder() / "test", durable=False)
    urls = stack.start()
    atexit.register(stack.stop)
    os.environ["DATABASE_URL"] = urls.database
    os.environ["REDIS_URL"] = urls.redis
