"""What the broker says of fills: one row per fill in its newest telling, joined with what it cost."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trading.brokers.base import BrokerError, Filled
from trading.brokers.ibkr import parsing
from trading.engine.records import ExecutionFacts


class Fills:
    """The executions that one connection has heard of; `emit` is given each new or corrected one.

    A correction has the id of the fill it corrects with a higher last part, and takes its place. Commissions
    come in messages of their own, before or after, and are of one telling.
    """

    def __init__(self, *, emit: Callable[[Filled], None]) -> None:
        self._emit = emit
        self._fills: dict[str, ExecutionFacts] = {}
        self._commissions: dict[tuple[str, int], tuple[Decimal | None, str]] = {}
        self._listings: dict[int, dict[str, None]] = {}
        self._unread = ""

    def begin_listing(self, number: int) -> None:
        """Fills told in answer to question `number` are collected from here on."""
        self._listings[number] = {}
        self._unread = ""

    def end_listing(self, number: int) -> list[ExecutionFacts]:
        """The fills of that answer, in order. Raises BrokerError when one could not be read."""
        keys = self._listings.pop(number)
        if self._unread:
            raise BrokerError(f"The broker listed a fill that cannot be read: {self._unread}")
        return [self._fills[key] for key in keys]

    def drop_listing(self, number: int) -> None:
        """Forgets a listing that was not answered."""
        self._listings.pop(number, None)

    def execution(self, number: int, contract: Any, execution: Any) -> None:
        """An execDetails message: of its own accord, or in answer to question `number`."""
        try:
            told = parsing.execution_facts(contract, execution)
        except (ValueError, TypeError, AttributeError) as error:
            self._unread = str(error)
            raise
        if number in self._listings:
            self._listings[number][told.exec_id] = None
        before = self._fills.get(told.exec_id)
        if before is not None and before.revision >= told.revision:
            return
        told = self._with_commission(told)
        self._fills[told.exec_id] = told
        if number not in self._listings:
            self._emit(Filled(execution=told))

    def commission(self, report: Any) -> None:
        """A commissionReport message: the fill is told again, now with what it cost."""
        key = parsing.execution_key(report.execId)
        self._commissions[key] = (parsing.number(report.commission), report.currency)
        before = self._fills.get(key[0])
        if before is None or before.revision != key[1]:
            return
        told = self._with_commission(before)
        if told != before:
            self._fills[key[0]] = told
            self._emit(Filled(execution=told))

    def _with_commission(self, told: ExecutionFacts) -> ExecutionFacts:
        commission, currency = self._commissions.get((told.exec_id, told.revision), (None, ""))
        return (
            told if commission is None else replace(told, commission=commission, commission_currency=currency)
        )
