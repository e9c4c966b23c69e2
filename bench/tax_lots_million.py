"""A million trades over many groups in a process of its own; prints time, counts and peak memory as JSON."""

import json
from pathlib import Path

from bench.made_trades import made_trades
from bench.timing import derived, seconds_of, untouched

TRADES, GROUPS, DAYS = 1_000_000, 50_000, 3_652
MIB = 1024


def main() -> None:
    """The peak is taken after the first pass with the rule, before anything else is derived."""
    ledger = made_trades(TRADES, days=DAYS, instruments=GROUPS)
    rows_mib = _peak()
    seconds, book = derived(ledger)
    figures = {
        "trades": len(ledger.rows),
        "groups": len({row.instrument_id for row in ledger.rows}),
        "cpu": seconds,
        "disposals": len(book.disposals),
        "matches": len(book.washes),
        "rows_mib": rows_mib,
        "peak_mib": _peak(),
    }
    del book
    print(json.dumps(figures | {"without": seconds_of(untouched(ledger), rounds=1)}))


def _peak() -> int:
    """The peak of this program alone: the resource usage of a process begins with that of who started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // MIB


if __name__ == "__main__":
    main()
