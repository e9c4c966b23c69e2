"""The paper exchange as its gateway sees it: one object whose verbs take the time and tell what happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from common.money import quantize
from trading.papergateway.exchange.bars import bars_make
from trading.papergateway.exchange.calendar import Calendar, Session
from trading.papergateway.exchange.changing import (
    is_cancellable,
    order_cancel,
    order_change,
    order_change_ended,
)
from trading.papergateway.exchange.checks import REFUSED
from trading.papergateway.exchange.correcting import fill_correct
from trading.papergateway.exchange.filling import commission_report, exchange_of
from trading.papergateway.exchange.floor import Floor
from trading.papergateway.exchange.funds import refusal_words
from trading.papergateway.exchange.market import Market
from trading.papergateway.exchange.passing import market_meet, time_pass
from trading.papergateway.exchange.placing import order_enter, order_preview, refusal_of
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
from trading.papergateway.exchange.rows import AccountRow, HoldRow, PositionRow
from trading.papergateway.exchange.store import Json
from trading.papergateway.exchange.summary import account_summary, margin_report

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperAccount:
    """An account as it opens. A cash account neither borrows nor goes short; a margin account may do both."""

    name: str
    cash: Decimal
    is_margin: bool = False
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a market is made of: contracts, their closes by number and day, sessions, and the seed.

    `is_always_open` says that the sessions never rest, so that orders are remarked upon at odd hours.
    """

    contracts: Sequence[PaperContract]
    closes: Mapping[int, Mapping[date, Decimal]]
    sessions: Sequence[Session]
    seed: int = 1
    is_always_open: bool = False


class PaperBook:
    """An `ExchangeBook` in memory. `state` and `drain` give what it must remember; `restore` takes it back.

    `state` is everything; `drain` only the rows that changed since it was last asked, None for a row that is
    gone. States are dictionaries from a row's name to plain data, so that a journal of what was drained,
    each laid over the one before, is a state again. What was never drained is lost with the process.
    """

    def __init__(
        self,
        listing: Listing,
        accounts: Iterable[PaperAccount] = (),
        positions: Iterable[PaperPosition] = (),
    ) -> None:
        market = Market(listing.contracts, listing.closes, Calendar(listing.sessions), listing.seed)
        self._floor = Floor(market, is_always_open=listing.is_always_open)
        for account in accounts:
            self._open(account)
        for position in positions:
            self._bring(position)

    # The book -----------------------------------------------------------------------------------------

    @property
    def accounts(self) -> tuple[str, ...]:
        """Names of the accounts, in order."""
        return tuple(sorted(row.name for row in self._floor.accounts))

    @property
    def calendar(self) -> Calendar:
        """When the exchange trades."""
        return self._floor.calendar

    def contracts(self) -> Sequence[PaperContract]:
        """Everything that is listed."""
        return list(self._floor.market.contracts.values())

    def contract(self, con_id: int) -> PaperContract | None:
        """The contract with this number."""
        return self._floor.market.contracts.get(con_id)

    def next_order_id(self, client_id: int) -> int:
        """The lowest number that a client may use next; it survives restarts."""
        return self._floor.order_id_next(client_id)

    # Orders -------------------------------------------------------------------------------------------

    def place(self, order: PaperOrder, now: datetime) -> Sequence[ExchangeEvent]:
        """Take an order, or the change of one that lives under the same client and number."""
        time_pass(self._floor, now)
        row = self._floor.order(order.client_id, order.order_id)
        if row is None:
            order_enter(self._floor, order, self._now(now))
        elif row.is_live:
            order_change(self._floor, row, order, self._now(now))
        else:
            order_change_ended(self._floor, row, order)
        return self._floor.heard()

    def cancel(self, client_id: int, order_id: int, now: datetime) -> Sequence[ExchangeEvent]:
        """Take an order out of the market."""
        time_pass(self._floor, now)
        order_cancel(self._floor, client_id, order_id, self._now(now))
        return self._floor.heard()

    def cancel_all(self, now: datetime) -> Sequence[ExchangeEvent]:
        """Take every order out of the market; one for the close stays where it is too late for it."""
        time_pass(self._floor, now)
        for row in self._floor.live():
            current = self._floor.current(row)
            if current.is_live and is_cancellable(self._floor, current, self._now(now)):
                order_cancel(self._floor, row.order.client_id, row.order.order_id, self._now(now))
        return self._floor.heard()

    def what_if(self, order: PaperOrder, now: datetime) -> MarginReport | OrderError:
        """What an order would do, or why it would be refused. Nothing is changed by asking."""
        refusal = refusal_of(self._floor, order, now)
        if refusal is not None:
            return _error(order, refusal.code, refusal.words)
        row = order_preview(self._floor, order, now)
        words = refusal_words(self._floor, row, now)
        return _error(order, REFUSED, words) if words else margin_report(self._floor, row, now)

    def advance(self, now: datetime) -> Sequence[ExchangeEvent]:
        """Let the market move on to `now`: triggers, fills, closes, expiries."""
        time_pass(self._floor, now)
        return self._floor.heard()

    # What stands --------------------------------------------------------------------------------------

    def open_orders(self) -> Sequence[OrderReport]:
        """The orders that live, oldest first."""
        return [row.report() for row in self._floor.live()]

    def completed_orders(self) -> Sequence[OrderReport]:
        """The orders that ended, newest last."""
        reports = [row.report() for row in self._floor.orders if not row.is_live]
        return sorted(reports, key=lambda each: (each.completed_at or NEVER, each.perm_id))

    def executions(self, since: datetime | None) -> Sequence[tuple[ExecutionReport, CommissionReport]]:
        """Fills from `since` on, each in its newest telling, oldest first."""
        floor = self._floor
        return [
            (fill.report(exchange_of(floor, fill)), commission_report(floor, fill))
            for fill in floor.fills
            if since is None or fill.executed_at >= since
        ]

    def positions(self) -> Sequence[PaperPosition]:
        """What the accounts hold; closed positions are left out."""
        return [
            PaperPosition(
                account=row.account,
                con_id=row.con_id,
                quantity=row.quantity,
                average_cost=quantize(row.cost / row.quantity),
            )
            for row in self._floor.positions
            if row.quantity
        ]

    def cash(self, account: str) -> Decimal:
        """The settled cash of an account."""
        return self._floor.account(account).cash

    def summary(self, account: str, now: datetime) -> Sequence[tuple[str, Decimal, str]]:
        """Tag, value and currency: NetLiquidation, TotalCashValue, BuyingPower and the like."""
        return account_summary(self._floor, account, now)

    def quote(self, con_id: int, now: datetime) -> PaperQuote:
        """The market in a contract at `now`."""
        return self._floor.quote(con_id, now)

    def bars(
        self, con_id: int, *, until: datetime, span_seconds: int, size_seconds: int
    ) -> Sequence[PaperBar]:
        """Bars of trades, oldest first; a day is 86400 seconds. Prices that were held do not show in them."""
        market = self._floor.market
        return bars_make(market, con_id, until=until, span_seconds=span_seconds, size_seconds=size_seconds)

    def close(self, con_id: int, day: date) -> Decimal | None:
        """The close of a session, known or invented; None for a day without one."""
        session = self.calendar.session(day)
        return None if session is None else self._floor.market.close(con_id, session)

    # The operator's hooks -----------------------------------------------------------------------------

    def set_price(
        self,
        con_id: int,
        price: Decimal,
        now: datetime,
        *,
        bid: Decimal | None = None,
        ask: Decimal | None = None,
        size: Decimal | None = None,
    ) -> Sequence[ExchangeEvent]:
        """Hold a contract's price until it is released. Bid and ask stand a tick away unless they are given.

        `size` is what is shown on each side.
        """
        hold = HoldRow(con_id=con_id, last=price, bid=bid, ask=ask)
        if size is not None:
            hold = replace(hold, size=size)
        return self._hold(replace(hold, is_halted=self._hold_of(con_id).is_halted), now)

    def release_price(self, con_id: int, now: datetime) -> Sequence[ExchangeEvent]:
        """Let a held price go its own way again."""
        return self._hold(HoldRow(con_id=con_id, is_halted=self._hold_of(con_id).is_halted), now)

    def halt(self, con_id: int, now: datetime) -> Sequence[ExchangeEvent]:
        """Stop trading in a contract."""
        return self._hold(replace(self._hold_of(con_id), is_halted=True), now)

    def resume(self, con_id: int, now: datetime) -> Sequence[ExchangeEvent]:
        """Let a halted contract trade again."""
        return self._hold(replace(self._hold_of(con_id), is_halted=False), now)

    def correct_execution(
        self, exec_id: str, *, quantity: Decimal | None = None, price: Decimal | None = None
    ) -> Sequence[ExchangeEvent]:
        """Tell a fill anew, under the next correction number. Raises ValueError where that cannot be."""
        fill_correct(self._floor, exec_id, quantity=quantity, price=price)
        return self._floor.heard()

    def bust_execution(self, exec_id: str) -> Sequence[ExchangeEvent]:
        """Take a fill back: it is told anew with no shares. Raises ValueError for an unknown fill."""
        return self.correct_execution(exec_id, quantity=Decimal(0))

    # Keeping ------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Json]:
        """Everything the book must remember, as plain data that JSON can write."""
        return self._floor.state()

    def drain(self) -> dict[str, Json | None]:
        """The rows that changed since this was last asked; to be kept before anything is told to clients."""
        return self._floor.drain()

    def restore(self, state: Mapping[str, Json]) -> None:
        """Become the book that `state` was taken from; accounts and positions given at the start are gone."""
        self._floor.load(state)

    # Inside -------------------------------------------------------------------------------------------

    def _now(self, now: datetime) -> datetime:
        """The time of the exchange, which does not go back when the caller's clock does."""
        return now if self._floor.clock is None else max(now, self._floor.clock)

    def _open(self, account: PaperAccount) -> None:
        self._floor.accounts.put(
            AccountRow(
                name=account.name,
                opening_cash=account.cash,
                cash=account.cash,
                is_margin=account.is_margin,
                currency=account.currency,
            )
        )

    def _bring(self, position: PaperPosition) -> None:
        cost = position.quantity * position.average_cost
        self._floor.positions.put(
            PositionRow(
                account=position.account,
                con_id=position.con_id,
                quantity=position.quantity,
                cost=cost,
                opening_quantity=position.quantity,
                opening_cost=cost,
            )
        )

    def _hold_of(self, con_id: int) -> HoldRow:
        return self._floor.holds.get(str(con_id)) or HoldRow(con_id=con_id)

    def _hold(self, hold: HoldRow, now: datetime) -> Sequence[ExchangeEvent]:
        time_pass(self._floor, now)
        if hold == HoldRow(con_id=hold.con_id):
            self._floor.holds.drop(hold.key)
        else:
            self._floor.holds.put(hold)
        market_meet(self._floor, self._now(now))
        return self._floor.heard()


def _error(order: PaperOrder, code: int, words: str) -> OrderError:
    return OrderError(client_id=order.client_id, order_id=order.order_id, code=code, words=words)
