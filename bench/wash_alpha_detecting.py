"""Finds the wash sales of ledgers with wash-alpha; runs in wash-alpha's own environment, prints what it took.

Arguments: a JSON list of ledgers, each with `accounts` (name to type) and `trades` (account, day, ticker,
action, shares, money). Building its records is not part of the time; `detect_wash_sales` alone is.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from net_alpha.engine.detector import detect_wash_sales
from net_alpha.models.accounts import AccountType
from net_alpha.models.domain import Trade


def main() -> None:
    """Prints processor time, matches and the total disallowed of each ledger."""
    ledgers = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps([_figures(ledger) for ledger in ledgers]))


def _figures(ledger: dict[str, Any]) -> dict[str, float]:
    trades = [_trade(number, facts) for number, facts in enumerate(ledger["trades"])]
    types = {name: AccountType(kind) for name, kind in ledger["accounts"].items()}
    started = time.process_time()
    found = detect_wash_sales(trades, {}, account_types=types)
    seconds = time.process_time() - started
    return {
        "cpu": seconds,
        "matches": len(found.violations),
        "disallowed": sum(match.disallowed_loss for match in found.violations),
    }


def _trade(number: int, facts: list[Any]) -> Trade:
    account, day, ticker, action, shares, cost, proceeds = facts
    return Trade(
        id=str(number),
        account=account,
        date=date.fromisoformat(day),
        ticker=ticker,
        action=action,
        quantity=shares,
        cost_basis=cost,
        proceeds=proceeds if action == "Sell" else None,
    )


if __name__ == "__main__":
    main()
