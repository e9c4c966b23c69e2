"""Fills taken together: one row per execution in its newest telling, and what an order's fills add up to."""

from collections.abc import Iterable
from decimal import Decimal

from common.money import ARITHMETIC, quantize
from trading.engine.order_events import Executed
from trading.engine.records import ExecutionFacts

ZERO = Decimal(0)


def newest_executions(executions: Iterable[ExecutionFacts]) -> tuple[ExecutionFacts, ...]:
    """Each execution once, in its highest revision, in the order in which they were first told.

    A broker corrects a fill by telling it again under the same id with a higher suffix, and tells it once
    more, unchanged, when its commission is known: that telling is kept. Accounts never share an execution.
    """
    newest: dict[tuple[str, str], ExecutionFacts] = {}
    for told in executions:
        key = (told.account, told.exec_id)
        before = newest.get(key)
        if before is None or _outranks(told, before):
            newest[key] = told
    return tuple(newest.values())


def executed(executions: Iterable[ExecutionFacts]) -> Executed:
    """What the fills of one order add up to; nothing filled has no average price."""
    newest = newest_executions(executions)
    filled = sum((fill.quantity for fill in newest), ZERO)
    paid = sum((ARITHMETIC.multiply(fill.quantity, fill.price) for fill in newest), ZERO)
    return Executed(
        filled=filled,
        average_price=quantize(ARITHMETIC.divide(paid, filled)) if filled else None,
        perm_ids=tuple(sorted({fill.perm_id for fill in newest if fill.perm_id})),
    )


def _outranks(told: ExecutionFacts, before: ExecutionFacts) -> bool:
    return (told.revision, told.commission is not None) > (before.revision, before.commission is not None)
