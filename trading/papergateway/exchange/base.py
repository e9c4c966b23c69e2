"""What the gateway's sockets ask of the exchange behind them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from trading.papergateway.exchange.records import (
    CommissionReport,
    ExchangeEvent,
    ExecutionReport,
    MarginReport,
    OrderError,
    OrderReport,
    PaperBar,
    PaperContract,
    PaperOrder,
    PaperPosition,
    PaperQuote,
)


class ExchangeBook(Protocol):
    """A pure exchange and the accounts that trade on it: no clock, no sockets; `now` is UTC."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """Names of the accounts, in order."""

    def contracts(self) -> Sequence[PaperContract]:
        """Everything that is listed."""

    def contract(self, con_id: int) -> PaperContract | None:
        """The contract with this number."""

    def next_order_id(self, client_id: int) -> int:
        """The lowest number that a client may use next; it survives restarts."""

    def place(self, order: PaperOrder, now: datetime) -> Sequence[ExchangeEvent]:
        """Take an order, or the change of one that lives under the same client and number."""

    def cancel(self, client_id: int, order_id: int, now: datetime) -> Sequence[ExchangeEvent]:
        """Take an order out of the market."""

    def cancel_all(self, now: datetime) -> Sequence[ExchangeEvent]:
        """Take every order out of the market."""

    def what_if(self, order: PaperOrder, now: datetime) -> MarginReport | OrderError:
        """What an order would do, or why it would be refused."""

    def advance(self, now: datetime) -> Sequence[ExchangeEvent]:
        """Let the market move on to `now`: triggers, fills, closes, expiries."""

    def open_orders(self) -> Sequence[OrderReport]:
        """The orders that live."""

    def completed_orders(self) -> Sequence[OrderReport]:
        """The orders that ended, newest last."""

    def executions(self, since: datetime | None) -> Sequence[tuple[ExecutionReport, CommissionReport]]:
        """Fills, each in its newest telling, oldest first."""

    def positions(self) -> Sequence[PaperPosition]:
        """What the accounts hold; closed positions are left out."""

    def cash(self, account: str) -> Decimal:
        """The settled cash of an account."""

    def summary(self, account: str, now: datetime) -> Sequence[tuple[str, Decimal, str]]:
        """Tag, value and currency: NetLiquidation, TotalCashValue, BuyingPower and the like."""

    def quote(self, con_id: int, now: datetime) -> PaperQuote:
        """The market in a contract at `now`."""

    def bars(
        self, con_id: int, *, until: datetime, span_seconds: int, size_seconds: int
    ) -> Sequence[PaperBar]:
        """Bars of trades, oldest first; a day is 86400 seconds."""
