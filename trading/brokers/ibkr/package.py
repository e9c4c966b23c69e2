"""The client package, imported here and nowhere else: ib_insync, or its heir ib_async where asked for.

IBKR_PACKAGE=ib_async in the environment names the heir. Both have the names below and the same messages;
everything else of this room works with either.
"""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

NAME = os.environ.get("IBKR_PACKAGE", "").strip() or "ib_insync"


@contextmanager
def lent_loop() -> Iterator[None]:
    """A loop for the time of an import: ib_insync asks for one, and only the first thread has one."""
    if threading.current_thread() is threading.main_thread():
        yield
        return
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            yield
        finally:
            asyncio.set_event_loop(None)
            loop.close()
    else:
        yield


with lent_loop():
    if NAME == "ib_async":
        from ib_async import IB, Contract, ExecutionFilter, Order
    elif NAME == "ib_insync":
        from ib_insync import IB, Contract, ExecutionFilter, Order
    else:
        raise ImportError(f"IBKR_PACKAGE is {NAME!r}; it may be ib_insync or ib_async.")

__all__ = ["IB", "NAME", "Contract", "ExecutionFilter", "Order"]
