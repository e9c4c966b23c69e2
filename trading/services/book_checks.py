"""Book against broker: what the daemon reads there, and where the two differ."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from uuid import UUID

from portfolios.selectors.facts import EXCHANGE_ZONE
from trading.engine.account_values import cash_told
from trading.engine.differences import BookState, BrokerState, Difference
from trading.engine.executions import newest_executions
from trading.engine.reconcile import NOTHING, cash_differences, execution_differences, position_differences
from trading.engine.records import AccountValue, BrokerPosition, ExecutionFacts, Side
from trading.models import BrokerAccount
from trading.selectors.book_states import BookView, accounts_settling, book_view
from trading.services import broker_answers
from trading.services.booking import COMMISSION_WAIT
from trading.services.differences import Comparison
from trading.services.questions import question_ask

# A gateway that tells fills of a busy day needs longer than a page would wait.
SECONDS = 20.0
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerReading:
    """What the broker said, one question after the other."""

    executions: tuple[ExecutionFacts, ...]
    positions: tuple[BrokerPosition, ...]
    values: tuple[AccountValue, ...]

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts that the login reaches."""
        return frozenset(row.account for row in self.values)


def executions_ask(gateway_id: UUID) -> list[ExecutionFacts]:
    """The fills that the broker still tells. Raises GatewaySilent, and Conflict when it refuses."""
    answer = question_ask(gateway_id, broker_answers.EXECUTIONS, {}, seconds=SECONDS)
    return broker_answers.decode_executions(answer)


def broker_read(gateway_id: UUID, executions: Sequence[ExecutionFacts] | None = None) -> BrokerReading:
    """Fills (unless given), positions and values. Raises GatewaySilent, and Conflict when one is refused."""
    fills = executions_ask(gateway_id) if executions is None else executions
    positions = question_ask(gateway_id, broker_answers.POSITIONS, {}, seconds=SECONDS)
    values = question_ask(gateway_id, broker_answers.ACCOUNT_VALUES, {}, seconds=SECONDS)
    return BrokerReading(
        executions=tuple(fills),
        positions=tuple(broker_answers.decode_positions(positions)),
        values=tuple(broker_answers.decode_account_values(values)),
    )


def book_compare(accounts: Sequence[BrokerAccount], reading: BrokerReading, *, now: datetime) -> Comparison:
    """Where the book of `accounts` and the broker differ in fills, shares and cash.

    An account with a fill that waits for its commission is compared in its fills alone: the next comparison
    sees the rest. One that the login does not reach is not compared.
    """
    reached = [account for account in accounts if account.code in reading.accounts]
    codes = frozenset(account.code for account in reached)
    fills = [fill for fill in newest_executions(reading.executions) if fill.account in codes]
    view = book_view(reached, positions=reading.positions, executions=fills)
    settling = accounts_settling(reached, now - COMMISSION_WAIT)
    found = tuple(_fill_differences(view, fills, settling, now))
    still = BrokerState(
        accounts=codes - settling, positions=reading.positions, cash=_cash(view.state, reading)
    )
    sums = (*position_differences(view.state, still), *cash_differences(view.state, still))
    missing = {(one.account, one.subject) for one in found}
    told = {(fill.account, fill.exec_id) for fill in fills}
    booked = {(fill.account, fill.exec_id) for fill in view.state.executions}
    return Comparison(
        found=(*found, *sums),
        compared=codes - settling,
        agreed=frozenset(((booked | view.numbered) & told) - missing),
        in_book=frozenset(booked | view.numbered),
        instruments=view.instruments,
        quantities=_quantities(view.state.executions, fills),
    )


def _fill_differences(
    view: BookView, fills: Sequence[ExecutionFacts], settling: frozenset[str], now: datetime
) -> Iterable[Difference]:
    """Fills on which the two differ; one that a statement brought, or that waits, is not missing."""
    today = datetime.combine(now.astimezone(EXCHANGE_ZONE).date(), time.min, tzinfo=EXCHANGE_ZONE)
    for one in execution_differences(view.state.executions, fills, since=today):
        is_by_statement = one.book == NOTHING and (one.account, one.subject) in view.numbered
        if not is_by_statement and one.account not in settling:
            yield one


def _cash(book: BookState, reading: BrokerReading) -> Mapping[tuple[str, str], Decimal]:
    """The broker's cash in the currencies that it told, and the book's own in those that it adds up.

    A login that tells one total for all currencies can be compared only where the book has one currency.
    """
    told = dict(cash_told(reading.values))
    told_in: dict[str, set[str]] = {}
    for account, currency in told:
        told_in.setdefault(account, set()).add(currency)
    held = {key: amount for key, amount in book.cash.items() if amount}
    for account, currencies in told_in.items():
        others = {currency for code, currency in held if code == account} - currencies
        if others and len(currencies) == 1 and not _has_ledger(reading, account):
            keys = {key for key in (*held, *told) if key[0] == account}
            told |= {key: held.get(key, ZERO) for key in keys}
    return told


def _has_ledger(reading: BrokerReading, account: str) -> bool:
    return any(row.account == account and row.tag == "CashBalance" for row in reading.values)


def _quantities(
    ours: Iterable[ExecutionFacts], theirs: Iterable[ExecutionFacts]
) -> dict[tuple[str, str], tuple[Decimal | None, Decimal | None]]:
    """Shares of each fill in the book and at the broker; sales are negative."""
    book = {(fill.account, fill.exec_id): _signed(fill) for fill in ours}
    broker = {(fill.account, fill.exec_id): _signed(fill) for fill in theirs}
    return {key: (book.get(key), broker.get(key)) for key in book.keys() | broker.keys()}


def _signed(fill: ExecutionFacts) -> Decimal:
    return fill.quantity if fill.side is Side.BUY else -fill.quantity
