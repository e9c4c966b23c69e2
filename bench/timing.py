"""Processor time of deriving a made ledger, with the wash-sale rule and without it."""

import time
from dataclasses import replace

from bench.made_ledger import Ledger
from portfolios.engine.book import derive_book
from portfolios.engine.records import Book, Treatment


def untouched(ledger: Ledger) -> Ledger:
    """The same ledger in accounts that the rule does not touch."""
    portfolios = {
        key: replace(record, treatment=Treatment.SIMULATED) for key, record in ledger.portfolios.items()
    }
    return Ledger(portfolios, ledger.rows)


def derived(ledger: Ledger) -> tuple[float, Book]:
    """Seconds of processor time, and the book."""
    started = time.process_time()
    book = derive_book(ledger.rows, ledger.portfolios)
    return time.process_time() - started, book


def seconds_of(ledger: Ledger, rounds: int = 2) -> float:
    """The best of several runs: the first also pays for what Python has not loaded yet."""
    return min(derived(ledger)[0] for _ in range(rounds))
