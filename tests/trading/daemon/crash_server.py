"""A process that has imported everything and forks a daemon on demand, which is killed at a numbered point.

Speaks lines of JSON on its standard streams. The points are counted by wrappers put around the loop, the
database and the socket in the forked process: the product knows nothing of them.
"""

import asyncio
import faulthandler
import json
import logging
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

HOLDER = "the-one-that-crashes"
# A daemon that has done all its work before its point is reached is killed at a moment of this span, instead.
LATEST_SECONDS = 1.0
KINDS = ("await", "commit", "write")


class Points:
    """Counts points by kind; kills the process before or after the wanted one."""

    def __init__(self, kind: str, number: int, *, is_before: bool) -> None:
        self._kind, self._number, self._is_before = kind, number, is_before
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def around(self, kind: str, verb: Callable[..., Any]) -> Callable[..., Any]:
        """`verb`, each call of it a point."""

        def counted(*arguments: Any, **named: Any) -> Any:
            with self._lock:
                self.counts[kind] += 1
                is_here = kind == self._kind and self.counts[kind] == self._number
            if is_here and self._is_before:
                die()
            answer = verb(*arguments, **named)
            if is_here:
                die()
            return answer

        return counted

    def install(self) -> None:
        """Count resumptions of tasks, commits and socket writes of this process."""
        from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: PLC0415
        from ib_insync.connection import Connection  # noqa: PLC0415

        handle: Any = asyncio.events.Handle
        handle._run = self.around("await", handle._run)
        wrapper: Any = BaseDatabaseWrapper
        wrapper._commit = self.around("commit", wrapper._commit)
        connection: Any = Connection
        connection.sendMsg = self.around("write", connection.sendMsg)


def die() -> None:
    """End as a machine that loses its power does."""
    os.kill(os.getpid(), signal.SIGKILL)


def daemon_run(wanted: dict[str, Any]) -> None:
    """Be the daemon of a gateway, until killed or told to end."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from tests.trading.daemon.daemon_world import QUICK  # noqa: PLC0415
    from trading.daemon.brokers import broker_make  # noqa: PLC0415
    from trading.daemon.daemon import GatewayDaemon  # noqa: PLC0415

    settings.DATABASES["default"]["NAME"] = wanted["database"]
    connections["default"].settings_dict["NAME"] = wanted["database"]
    random.seed(wanted["number"])
    points = Points(wanted["kind"], wanted["number"], is_before=wanted["is_before"])
    points.install()
    if wanted["kind"] != "none":
        threading.Thread(
            target=_die_late, args=(wanted["seconds"], Path(wanted["counts"])), daemon=True
        ).start()
    pace = replace(
        QUICK, quiet=0.01, compare=0.3, acknowledge=0.8, poll=0.05, book=0.05, flush=0.2, look=0.5,
        first_retry=Decimal("0.01"), longest_retry=Decimal("0.05"),
    )  # fmt: skip

    async def run() -> None:
        stopping = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
        daemon = GatewayDaemon(UUID(wanted["gateway"]), make_broker=broker_make, pace=pace, holder=HOLDER)
        await daemon.run(stopping)

    asyncio.run(run())
    Path(wanted["counts"]).write_text(json.dumps(points.counts), encoding="utf-8")


def _die_late(seconds: float, counts: Path) -> None:
    time.sleep(seconds)
    with counts.with_suffix(".late").open("a", encoding="utf-8") as marks:
        marks.write(".")
    die()


def serve() -> None:
    """Fork a daemon for each line, say its number at once, and how it ended when it has."""
    import django  # noqa: PLC0415

    faulthandler.enable()
    django.setup()
    logging.disable(logging.CRITICAL)
    import tests.trading.daemon.daemon_world  # noqa: F401, PLC0415 - what the forked ones need
    from common.build import build_digest  # noqa: PLC0415

    build_digest()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                daemon_run(json.loads(line))
                code = 0
            finally:
                os._exit(code)
        _say({"pid": child})
        _, status = os.waitpid(child, 0)
        _say({"code": os.waitstatus_to_exitcode(status)})


def _say(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
