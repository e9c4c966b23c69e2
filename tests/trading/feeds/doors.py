"""Doors to a source on this machine, each with a gate that no other test knows."""

import json
import secrets
from collections.abc import Callable
from typing import Any

from common.outgoing import Bounds
from tests.loopback import Asked, Said
from trading.engine.breaker import BreakerRules
from trading.engine.budgets import Budget
from trading.engine.feed_gates import GateRules
from trading.feeds.asking import FeedDoor
from trading.feeds.gates import FeedGate

# A loaded machine is slow, not silent: only a test of silence is impatient.
USUAL = Bounds(most_bytes=20_000)
IMPATIENT = Bounds(pause=0.1, most_bytes=20_000)
PATIENT = BreakerRules(failures=100)


def door_to(
    address: str,
    *,
    budget: Budget | None = None,
    breaker: BreakerRules = PATIENT,
    title: str = "Massive",
    bounds: Bounds = USUAL,
) -> FeedDoor:
    """A door to the server at `address`."""
    rules = GateRules(budget=budget or Budget(), breaker=breaker)
    gate = FeedGate(f"test:{secrets.token_hex(8)}", rules)
    return FeedDoor(title=title, address=address, gate=gate, bounds=bounds)


def bounds_for(answer: Said) -> Bounds:
    """Impatience with an answer that makes one wait, else none."""
    return IMPATIENT if answer.pause else USUAL


def said(body: Any, status: int = 200, **headers: str) -> Said:
    """An answer of JSON."""
    return Said(body=json.dumps(body).encode(), status=status, headers=headers)


def always(answer: Said) -> Callable[[Asked], Said]:
    """A server that knows one answer."""
    return lambda _: answer


def by_path(answers: dict[str, Said]) -> Callable[[Asked], Said]:
    """A server that answers by path, and knows nothing of any other."""
    return lambda asked: answers.get(asked.path, said({"status": "NOT_FOUND"}, 404))
