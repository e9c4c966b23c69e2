"""Servers for a test run: its own, so that a running demo is never touched."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from wealthalloc.devstack.errors import StackBusyError
from wealthalloc.devstack.home import home_folder
from wealthalloc.devstack.stack import ServerUrls, Stack

# As many as Valkey has unless it is told otherwise.
DATABASES = 16


def servers_for_tests() -> None:
    """Name a PostgreSQL and a Valkey in the environment, starting those that are not named yet.

    They live in `test` below the home (kept, so that the next run starts at once) and end with this
    process. A second run beside the first gets a home that is thrown away. Workers of a parallel run
    inherit the names and start nothing; each has a numbered database of Valkey to itself, so that none
    reads or clears what another one keeps there.
    """
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = _of_worker(
            os.environ["REDIS_URL"], os.environ.get("PYTEST_XDIST_WORKER", "")
        )
        return
    try:
        urls = _started(Stack(home_folder() / "test", durable=False))
    except StackBusyError:
        home = Path(tempfile.mkdtemp(prefix="wealthalloc-test-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        urls = _started(Stack(home, durable=False))
    os.environ["DATABASE_URL"] = urls.database
    os.environ["REDIS_URL"] = urls.redis


def _of_worker(url: str, worker: str) -> str:
    """The address with the database of a worker (`gw1`); as it is for one that names a database already."""
    number = worker.removeprefix("gw")
    is_numbered = number.isdecimal() and int(number) < DATABASES
    return f"{url.removesuffix('/0')}/{number}" if is_numbered and url.endswith("/0") else url


def _started(stack: Stack) -> ServerUrls:
    urls = stack.start()
    atexit.register(stack.stop)
    return urls
