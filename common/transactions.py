"""The one way into a write transaction: atomic, and run again when the database asks for it."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, DataError, OperationalError, connections, transaction

from common.errors import InvalidInput

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 5
RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})  # serialization failure, deadlock
OUT_OF_RANGE = "22003"


def write_transaction(service: Callable[P, R]) -> Callable[P, R]:
    """Run `service` in `transaction.atomic`, again with a short random pause when the database reports a
    serialization failure or a deadlock (at most five times).

    Inside another transaction it simply joins it: only the outermost one can be run again. A figure that
    its column cannot hold, most often a sum or a product that nobody typed, becomes InvalidInput.
    """

    @functools.wraps(service)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return service(*args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return service(*args, **kwargs)
            except OperationalError as error:
                if attempt == ATTEMPTS or _sqlstate(error) not in RETRYABLE_SQLSTATES:
                    raise
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter, not a secret
            except DataError as error:
                if _sqlstate(error) != OUT_OF_RANGE:
                    raise
                raise InvalidInput(
                    "A figure that follows from this is too large: the book keeps amounts below 10^12.",
                    code="too-large",
                ) from error
        raise AssertionError("unreachable")

    return wrapper


def _sqlstate(error: BaseException) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)
