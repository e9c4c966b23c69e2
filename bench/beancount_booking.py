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

ROUNDS = 2


def main() -> None:
    """Parses the file anew for each round and measures booking alone; an error would void the figures.

    The time is that of the better round, the memory that of the first.
    """
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    rounds = [_round(text) for _ in range(ROUNDS)]
    print(json.dumps({"cpu": min(cpu for cpu, _ in rounds), "peak_kb": rounds[0][1]}))


def _round(text: str) -> tuple[float, int]:
    entries, errors, options = parser.parse_string(text)
    if errors:
        sys.exit(f"beancount cannot read the ledger: {errors[0]}")
    started = time.process_time()
    _, errors = booking.book(entries, options)
    seconds = time.process_time() - started
    if errors:
        sys.exit(f"beancount cannot book the ledger: {errors[0]}")
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
