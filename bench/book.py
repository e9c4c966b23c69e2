"""Deriving a book from a ledger: the engine alone, beside beancount booking the same ledger."""

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from bench.beancount_text import beancount_text
from bench.environments import environment
from bench.made_ledger import Ledger, made_ledger
from portfolios.engine.book import derive_book

SIZES = (10_000, 30_000, 100_000)
BEANCOUNT = "beancount==3.2.3"
BOOKING = Path(__file__).parent / "beancount_booking.py"
MIB = 1024


def measure() -> str:
    """A table of three sizes; the ratio is of processor time, so a busy machine does not bend it."""
    ledgers = [made_ledger(size) for size in SIZES]
    ours = [_ours(ledger) for ledger in ledgers]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB
    theirs = _beancount(ledgers[-1])
    growth = [
        "",
        *(
            f"{math.log(b[1] / a[1]) / math.log(b[0] / a[0]):.2f}"
            for a, b in pairwise(zip(SIZES, ours, strict=True))
        ),
    ]
    lines = [
        "## The engine",
        "",
        (
            "`derive_book` on a made ledger of 4 accounts and 250 instruments: half purchases, a third "
            "sales, the rest reinvestments and dividends. Records in, lots, disposals, holdings and "
            "movements out; no database. Growth is the exponent between two sizes; n log n grows "
            "with about 1.1, a square with 2."
        ),
        "",
        "| transactions | processor time, s | transactions a second | growth |",
        "|---|---|---|---|",
    ]
    for size, seconds, exponent in zip(SIZES, ours, growth, strict=True):
        lines.append(f"| {size:,} | {seconds:.2f} | {size / seconds:,.0f} | {exponent} |")
    rate, their_rate = SIZES[-1] / ours[-1], SIZES[-1] / theirs["cpu"]
    lines += [
        "",
        (
            f"{BEANCOUNT} books the same 100,000 transactions (FIFO, in its own environment, reading of the "
            f"text not counted) at {their_rate:,.0f} a second with a peak of {theirs['peak_kb'] // MIB} MiB; "
            f"the engine, with a peak of {peak} MiB for all three ledgers, does "
            f"**{rate / their_rate:.1f} times** as many."
        ),
    ]
    return "\n".join(lines)


def _ours(ledger: Ledger) -> float:
    """The better of two runs: the first also pays for what Python has not loaded yet."""
    times = []
    for _ in range(2):
        started = time.process_time()
        derive_book(ledger.rows, ledger.portfolios)
        times.append(time.process_time() - started)
    return min(times)


def _beancount(ledger: Ledger) -> dict[str, float]:
    python = environment(BEANCOUNT)
    with tempfile.TemporaryDirectory(prefix="wealthalloc-bench-") as folder:
        text = Path(folder) / "ledger.beancount"
        text.write_text(beancount_text(ledger), encoding="utf-8")
        answer = subprocess.run(
            [python, str(BOOKING), str(text)], capture_output=True, text=True, check=True
        ).stdout
    figures: dict[str, float] = json.loads(answer)
    return figures


if __name__ == "__main__":
    sys.exit("Run it as: python -m bench book")
