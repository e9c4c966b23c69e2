"""Fan-out: frames of prices that one live process delivers to 200 sockets, and their age on arrival."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any

from django.conf import settings

from bench.made_visitors import cookies_make, instruments_make
from common.valkey import valkey
from trading.consumers.doors import SOCKETS_OF_ONE
from trading.selectors.live import PRICES_CHANNEL
from wealthalloc.devstack.home import ROOT
from wealthalloc.devstack.ports import LOOPBACK, port_free
from wealthalloc.devstack.product import healthy, uvicorn

SOCKETS = 200
SYMBOLS = 8
SECONDS = 4.0
# Batches a second; each goes to every socket.
LADDER = (10, 20, 45, 90, 125, 160, 200, 250, 300, 350, 400, 500, 600)
DELIVERED = 0.995
AGE_MS = 250.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to fan out: its name in the table, the application, the path, and whether people sign in."""

    name: str
    application: str
    path: str
    is_ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What came at one rate: deliveries a second asked for and made, and ages in milliseconds."""

    asked: float
    made: float
    p50: float
    p99: float

    @property
    def is_met(self) -> bool:
        """Whether practically everything came, and soon."""
        return self.made >= DELIVERED * self.asked and self.p99 < AGE_MS


WAYS = (
    Way(name="Channels, `group_send`", application="bench.fan_out_apps:groups", path="/"),
    Way(name="bare ASGI, no people, no symbols", application="bench.fan_out_apps:raw", path="/"),
    Way(name="`/ws/prices/`", application="wealthalloc.live:application", path="/ws/prices/", is_ours=True),
)


def measure() -> str:
    """A table of the three ways: the highest rate that each keeps up with, and ages there."""
    symbols = instruments_make(SYMBOLS)
    cookies = cookies_make(SOCKETS // SOCKETS_OF_ONE)
    spread = [cookie for cookie in cookies for _ in range(SOCKETS_OF_ONE)]
    best = {way.name: _best(way, symbols, spread) for way in WAYS}
    # The first step of the ladder where even that is not kept up with, on a machine that has other work.
    base = best[WAYS[0].name].made or LADDER[0] * SOCKETS
    lines = [
        "## Fan-out",
        "",
        (
            f"Batches of {SYMBOLS} prices are published to Valkey at a fixed rate, and one live process "
            f"sends each to {SOCKETS} sockets; all of it, the clients too, on this machine. The rate climbs "
            f"until less than {DELIVERED:.1%} of the frames arrive each by itself, or one in a hundred is "
            f"older than {AGE_MS:.0f} ms; the table has the last rate before. Age is from before the "
            "publishing to the arrival. The two baselines know neither sign-ins nor symbols nor slow clients."
        ),
        "",
        "| way | deliveries a second | median age, ms | 99th percentile, ms | times `group_send` |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {step.made:,.0f} | {step.p50:.1f} | {step.p99:.1f} | {step.made / base:.1f} |"
            for name, step in best.items()
        ),
    ]
    return "\n".join(lines)


def _best(way: Way, symbols: list[str], cookies: list[str]) -> Step:
    best = Step(asked=0, made=0, p50=0, p99=0)
    with served(way.application) as (port, _), clients(port, way, symbols, cookies) as ask:
        _step(ask, symbols, LADDER[0])  # warm
        for rate in LADDER:
            step = _step(ask, symbols, rate)
            print(f"  {way.name}: {step}", flush=True)
            if not step.is_met:
                break
            best = step
    return best


def _step(ask: Any, symbols: list[str], rate: int) -> Step:
    ask()
    count, started = int(rate * SECONDS), time.monotonic()
    for number in range(count):
        wait = started + number / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        publish(symbols)
    took = max(time.monotonic() - started, SECONDS)
    time.sleep(0.3)
    figures = ask()
    made = figures["count"] / took
    return Step(asked=count * SOCKETS / took, made=made, p50=figures["p50"] or 0, p99=figures["p99"] or 0)


def publish(symbols: list[str]) -> None:
    """A batch whose prices are the moment of its publishing, in nanoseconds."""
    stamp = str(time.monotonic_ns())
    entries = [
        {
            "symbol": symbol, "price": stamp, "bid": "99.99", "ask": "100.01", "change": "0.5",
            "as_of": "2026-11-27T15:00:00+00:00", "source": "ibkr", "delayed": False,
        }
        for symbol in symbols
    ]  # fmt: skip
    valkey().publish(PRICES_CHANNEL, json.dumps({"prices": entries}, separators=(",", ":")))


@contextmanager
def served(application: str, environment: Mapping[str, str] | None = None) -> Iterator[tuple[int, int]]:
    """The application under uvicorn as the product runs it; yields its port and its process id."""
    port = port_free()
    settled = {**os.environ, "REDIS_URL": settings.REDIS_URL, **(environment or {})}
    with subprocess.Popen(uvicorn(application, port), cwd=ROOT, env=settled) as process:
        try:
            end = time.monotonic() + 60
            while not healthy(port):
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{application} does not serve")
                time.sleep(0.1)
            yield port, process.pid
        finally:
            process.terminate()


@contextmanager
def clients(port: int, way: Way, symbols: list[str], cookies: list[str]) -> Iterator[Any]:
    """The sockets, open; yields what asks for their figures."""
    command = [sys.executable, "-m", "bench.fan_out_client", LOOPBACK, str(port), way.path]
    wishes = {
        "cookies": cookies if way.is_ours else list(islice(repeat(""), len(cookies))),
        "first": json.dumps({"action": "subscribe", "symbols": symbols}) if way.is_ours else "",
    }
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")

        def said(line: str) -> str:
            process.stdin.write(f"{line}\n")  # type: ignore[union-attr] # a pipe
            process.stdin.flush()  # type: ignore[union-attr] # same
            return process.stdout.readline()  # type: ignore[union-attr] # same

        if said(json.dumps(wishes)).strip() != "ready":
            raise RuntimeError(f"the sockets of {way.name} did not open")
        yield lambda: json.loads(said("figures"))
        process.stdin.close()
