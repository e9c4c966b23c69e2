"""A million trades over many groups in a process of its own; prints time, counts and peak memory as JSON."""

import json
import resource

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
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB


if __name__ == "__main__":
    main()
