"""Accounts as streams: values, positions and gains, told again when they changed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain

from trading.papergateway import replies
from trading.papergateway.exchange.records import (
    CommissionReport,
    ExecutionReport,
    PaperPosition,
)
from trading.papergateway.session import Hub
from trading.papergateway.wire import UNSET_DOUBLE, Message, Value

CENT = Decimal("0.01")
# The broker tells an account again after three minutes, or when something was filled.
PAUSE = timedelta(minutes=3)
PROFIT_PAUSE = timedelta(seconds=1)
EARLIEST = datetime.min.replace(tzinfo=UTC)
LEDGER = "$LEDGER"

# A value of an account: tag, value and currency.
Line = tuple[str, Value, str]


def account_lines(hub: Hub, account: str, now: datetime) -> list[Line]:
    """Everything that is told of an account, amounts to the cent."""
    amounts = [(tag, cents(amount), currency) for tag, amount, currency in hub.book.summary(account, now)]
    currency = amounts[0][2] if amounts else "USD"
    cash = cents(hub.book.cash(account))
    return [
        ("AccountCode", account, ""),
        ("AccountReady", "true", ""),
        ("AccountType", "INDIVIDUAL", ""),
        *amounts,
        ("CashBalance", cash, currency),
        ("CashBalance", cash, "BASE"),
    ]


def cents(amount: Decimal) -> Decimal:
    """An amount as the broker tells it."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def mark(hub: Hub, con_id: int, now: datetime) -> Decimal:
    """What a share is counted with: the last trade, or the close before."""
    quote = hub.book.quote(con_id, now)
    return quote.last or quote.close or Decimal(0)


class Pace:
    """When a stream is due: when something was filled since the last time, or after a pause."""

    def __init__(self, hub: Hub, pause: timedelta) -> None:
        self._hub = hub
        self._pause = pause
        self._news = -1
        self._due = EARLIEST

    def is_due(self, now: datetime) -> bool:
        """Whether to tell now; if so, the next time is counted from now on."""
        if self._news == self._hub.news and now < self._due:
            return False
        self._news, self._due = self._hub.news, now + self._pause
        return True


class AccountStream:
    """The values and positions of one account: message 6, 7 and 8."""

    def __init__(self, hub: Hub, account: str) -> None:
        self.account = account
        self._hub = hub
        self._pace = Pace(hub, PAUSE)
        self._told: dict[int, PaperPosition] = {}

    def pulse(self, now: datetime) -> Sequence[Message]:
        """Everything, when it is due; a position that was closed is told once with nothing in it."""
        if not self._pace.is_due(now):
            return []
        values = (
            replies.account_value(*line, self.account) for line in account_lines(self._hub, self.account, now)
        )
        held = {each.con_id: each for each in self._hub.book.positions() if each.account == self.account}
        closed = [_emptied(each) for con_id, each in self._told.items() if con_id not in held]
        self._told = held
        worth = (self._worth(position, now) for position in chain(held.values(), closed))
        return [*values, *worth, replies.account_time(now)]

    def _worth(self, position: PaperPosition, now: datetime) -> Message:
        price = mark(self._hub, position.con_id, now)
        return replies.portfolio_value(
            self._hub.listings[position.con_id],
            position,
            price=price,
            unrealised=cents((price - position.average_cost) * position.quantity),
            realised=cents(gains(self._hub, position.account, position.con_id, now)[2]),
        )


def _emptied(position: PaperPosition) -> PaperPosition:
    return replace(position, quantity=Decimal(0), average_cost=Decimal(0))


class LinesStream:
    """Values of accounts under one request: a summary (63) or one account among others (73)."""

    def __init__(self, hub: Hub, req_id: int, accounts: Sequence[str], tags: Iterable[str] | None) -> None:
        self._hub = hub
        self._req_id = req_id
        self._accounts = accounts
        # None stands for the form with every value of one account.
        self._tags = None if tags is None else frozenset(tags)
        self._pace = Pace(hub, PAUSE)
        self._told: dict[tuple[str, str, str], Value] = {}

    @property
    def is_summary(self) -> bool:
        """Whether it is a summary of named values."""
        return self._tags is not None

    def pulse(self, now: datetime) -> Sequence[Message]:
        """The values that changed, when they are due."""
        if not self._pace.is_due(now):
            return []
        messages = []
        for account in self._accounts:
            for tag, value, currency in account_lines(self._hub, account, now):
                key = (account, tag, currency)
                if self._is_wanted(tag) and self._told.get(key) != value:
                    self._told[key] = value
                    messages.append(self._message(account, tag, value, currency))
        return messages

    def _is_wanted(self, tag: str) -> bool:
        if self._tags is None or tag in self._tags:
            return True
        return tag == "CashBalance" and any(each.startswith(LEDGER) for each in self._tags)

    def _message(self, account: str, tag: str, value: Value, currency: str) -> Message:
        if self._tags is None:
            return replies.account_multi(self._req_id, account, tag, value, currency)
        return replies.account_summary(self._req_id, account, tag, value, currency)


class PositionStream:
    """The positions of every account: message 61, after the first time only those that changed."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._told: dict[tuple[str, int], PaperPosition] = {}

    def pulse(self, now: datetime) -> Sequence[Message]:  # noqa: ARG002 - a position has no time
        """The positions that changed; one that was closed is told once with nothing."""
        held = {(each.account, each.con_id): each for each in self._hub.book.positions()}
        changed = [each for key, each in held.items() if self._told.get(key) != each]
        closed = [_emptied(each) for key, each in self._told.items() if key not in held]
        self._told = held
        return [replies.position(self._hub.listings[each.con_id], each) for each in [*changed, *closed]]


class ProfitStream:
    """What an account gained, in all (94) or with one contract (95), at most once a second."""

    def __init__(self, hub: Hub, req_id: int, account: str, con_id: int | None) -> None:
        self._hub = hub
        self._req_id = req_id
        self._account = account
        self._con_id = con_id
        self._pace = Pace(hub, PROFIT_PAUSE)
        self._told: Message = ()

    def pulse(self, now: datetime) -> Sequence[Message]:
        """The gains, when they changed."""
        if not self._pace.is_due(now):
            return []
        message = self._message(now)
        if message == self._told:
            return []
        self._told = message
        return [message]

    def _message(self, now: datetime) -> Message:
        daily, unrealised, realised = (
            cents(each) for each in gains(self._hub, self._account, self._con_id, now)
        )
        if self._con_id is None:
            return replies.profit(self._req_id, daily, unrealised, realised)
        held = _held(self._hub, self._account, self._con_id)
        quantity = held[0].quantity if held else Decimal(0)
        value: Value = cents(quantity * mark(self._hub, self._con_id, now)) if held else UNSET_DOUBLE
        return replies.profit_single(
            self._req_id, quantity, daily=daily, unrealised=unrealised, realised=realised, value=value
        )


def _held(hub: Hub, account: str, con_id: int | None) -> list[PaperPosition]:
    return [
        each for each in hub.book.positions() if each.account == account and con_id in {None, each.con_id}
    ]


def gains(hub: Hub, account: str, con_id: int | None, now: datetime) -> tuple[Decimal, Decimal, Decimal]:
    """Gain of the day, gain on what is held, and gain by what was closed today; of one contract or all.

    The gain of the day is what was held before at the change since the last close, and what was traded
    today at the change since its price, less commissions.
    """
    fills = [
        row
        for row in hub.book.executions(hub.book.calendar.latest(now).early_opens)
        if row[0].order.account == account and con_id in {None, row[0].order.con_id}
    ]
    held = {each.con_id: each for each in _held(hub, account, con_id)}
    daily = unrealised = Decimal(0)
    for each in held.keys() | {fill.order.con_id for fill, _ in fills}:
        quote = hub.book.quote(each, now)
        price = mark(hub, each, now)
        position = held.get(each)
        quantity = position.quantity if position else Decimal(0)
        traded = [(_signed(fill), fill.price) for fill, _ in fills if fill.order.con_id == each]
        before = quantity - sum((signed for signed, _ in traded), Decimal(0))
        daily += before * (price - (quote.close or price))
        daily += sum((signed * (price - paid) for signed, paid in traded), Decimal(0))
        unrealised += quantity * (price - position.average_cost) if position else Decimal(0)
    return daily - _commissions(fills), unrealised, _realised(fills)


def _signed(fill: ExecutionReport) -> Decimal:
    return fill.quantity if fill.order.action == "BUY" else -fill.quantity


def _commissions(fills: Iterable[tuple[ExecutionReport, CommissionReport]]) -> Decimal:
    return sum((commission.commission for _, commission in fills), Decimal(0))


def _realised(fills: Iterable[tuple[ExecutionReport, CommissionReport]]) -> Decimal:
    return sum((commission.realised or Decimal(0) for _, commission in fills), Decimal(0))
