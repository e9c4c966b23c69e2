"""Books a ledger with beancount; runs in beancount's own environment and prints what it took.

Arguments: a beancount file. Reading the text is not part of the time; only `booking.book`, which matches
sales with lots (FIFO) and completes amounts, is.
"""

import json
import resource
import sys
import time
from pathlib import Path

from beancount.parser import booking, parser


def main() -> None:
    """Parses the file, then measures booking alone; errors would make the figures worthless."""
    entries, errors, options = parser.parse_string(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if errors:
        sys.exit(f"beancount cannot read the ledger: {errors[0]}")
    started = time.perf_counter()
    cpu = time.process_time()
    booked, errors = booking.book(entries, options)
    cpu = time.process_time() - cpu
    seconds = time.perf_counter() - started
    if errors:
        sys.exit(f"beancount cannot book the ledger: {errors[0]}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"entries": len(booked), "seconds": seconds, "cpu": cpu, "peak_kb": peak}))


if __name__ == "__main__":
    main()
