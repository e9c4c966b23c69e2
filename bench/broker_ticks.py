"""How many ticks a second of processor time the broker's connection takes, quotes and all."""

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trading.brokers.base import Quoted
from trading.brokers.ibkr.client import IbkrBroker
from trading.brokers.ibkr.orders import ib_contract
from trading.brokers.ibkr.package import IB
from trading.brokers.ibkr.wire import IbkrAddress
from trading.engine.records import ContractFacts

SENDER = Path(__file__).parent / "tick_sender.py"
TICKS = 300_000
ROUNDS = 3
LINES = 100
GOAL = 50_000
# What the broker sends at most: a hundred lines, four updates a second, six messages each.
BROKERS_MOST = LINES * 4 * 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run took: processor time of the receiving process, and how many quotes came of it."""

    seconds: float
    quotes: int


def measure() -> str:
    """A table with the package alone as the baseline, over the same bytes."""
    runs = [(asyncio.run(_bare()), asyncio.run(_ours())) for _ in range(ROUNDS)]
    bare, ours = (min(column, key=lambda run: run.seconds) for column in zip(*runs, strict=True))
    rate, bare_rate = TICKS / ours.seconds, TICKS / bare.seconds
    return "\n".join(
        [
            "## Ticks from the broker",
            "",
            (
                f"{TICKS:,} price messages of {LINES} contracts, sent by another process over TCP as fast as "
                "they are taken. Processor time of the receiving process alone. The adapter makes exact "
                "quotes of what changed each time its reader comes round; the baseline is the package with "
                f"no one listening. The better of {ROUNDS} runs each, one after the other."
            ),
            "",
            "| receiver | processor time, s | ticks a second | quotes made |",
            "|---|---|---|---|",
            f"| the package alone | {bare.seconds:.2f} | {bare_rate:,.0f} | |",
            f"| the adapter and its reader | {ours.seconds:.2f} | {rate:,.0f} | {ours.quotes:,} |",
            "",
            (
                f"The adapter costs **{ours.seconds / bare.seconds:.2f} times** the package alone. The goal "
                f"is {GOAL:,} ticks a second; the broker sends {BROKERS_MOST:,} at most, "
                f"{BROKERS_MOST / rate:.1%} of one core."
            ),
        ]
    )


def _sender() -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, str(SENDER), str(TICKS), str(LINES)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline() if process.stdout else 0)


async def _ours() -> Figures:
    process, port = _sender()
    broker = IbkrBroker(IbkrAddress(port=port, requests_per_second=0))
    await broker.connect()
    started, quotes = time.process_time(), 0
    await broker.watch([ContractFacts(con_id=number + 1, symbol=f"S{number}") for number in range(LINES)])
    async for event in broker.events():
        if isinstance(event, Quoted):
            quotes += len(event.quotes)
    seconds = time.process_time() - started
    _finish(process)
    return Figures(seconds=seconds, quotes=quotes)


async def _bare() -> Figures:
    process, port = _sender()
    ib = IB()
    ib.client.MaxRequests = 0
    over = asyncio.Event()
    ib.client.apiEnd += over.set
    await ib.client.connectAsync("127.0.0.1", port, 1, 10)
    started = time.process_time()
    for number in range(LINES):
        _subscribe(ib, number)
    await over.wait()
    seconds = time.process_time() - started
    _finish(process)
    return Figures(seconds=seconds, quotes=0)


def _subscribe(ib: Any, number: int) -> None:
    ib.reqMktData(ib_contract(ContractFacts(con_id=number + 1, symbol=f"S{number}")), "", False, False)


def _finish(process: subprocess.Popen[str]) -> None:
    if process.wait(10):
        raise RuntimeError("the sender of ticks failed")


if __name__ == "__main__":
    sys.exit("Run it as: python -m bench broker_ticks")
