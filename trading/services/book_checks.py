"""Book against broker, asked through the daemon: what it reads there, and where the two differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from uuid import UUID

from portfolios.selectors.facts import EXCHANGE_ZONE
from trading.engine.account_values import cash_told, tells_ledger
from trading.engine.differences import BookState, BrokerState, Difference, DifferenceKind
from trading.engine.executions import newest_executions
from trading.engine.reconcile import reconcile
from trading.engine.records import AccountValue, BrokerPosition, ExecutionFacts
from trading.models import BrokerAccount
from trading.selectors.book_states import fills_numbered, instruments_named
from trading.selectors.broker_books import book_state
from trading.services import broker_answers
from trading.services.differences import BookCheck, book_check, commissions_untold
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


def book_compare(accounts: Sequence[BrokerAccount], reading: BrokerReading, *, now: datetime) -> BookCheck:
    """Where the book of `accounts`, all of one gateway, and the broker differ in fills, shares and cash.

    Fills on their way into the ledger are counted in. An account that the login does not reach is not
    compared, and cash is not while a commission is untold.
    """
    reached = [account for account in accounts if account.code in reading.accounts]
    codes = frozenset(account.code for account in reached)
    told = BrokerState(
        accounts=codes,
        executions=tuple(fill for fill in newest_executions(reading.executions) if fill.account in codes),
        positions=reading.positions,
    )
    if not reached:
        return book_check(BookState(), told, ())
    book = replace(book_state(reached[0].gateway_id, told, now), orders=())
    numbered = fills_numbered(reached, told.executions)
    today = datetime.combine(now.astimezone(EXCHANGE_ZONE).date(), time.min, tzinfo=EXCHANGE_ZONE)
    held, theirs = _comparable_cash(book, told, reading)
    found = [
        one
        for one in reconcile(replace(book, cash=held), replace(told, cash=theirs), since=today)
        if not _is_by_statement(one, numbered)
    ]
    return book_check(
        book, told, found, numbered=numbered, instruments=instruments_named(reached[0].gateway_id, book)
    )


def _is_by_statement(found: Difference, numbered: frozenset[tuple[str, str]]) -> bool:
    """Whether a fill that seems to be missing came by a statement."""
    is_missing = found.kind is DifferenceKind.EXECUTION_NOT_IN_BOOK
    return is_missing and (found.account, found.subject) in numbered


Cash = Mapping[tuple[str, str], Decimal]


def _comparable_cash(book: BookState, told: BrokerState, reading: BrokerReading) -> tuple[Cash, Cash]:
    """Cash of both sides, without accounts whose cash says nothing now.

    One total for all currencies can be compared only where the book has one currency.
    """
    theirs = cash_told(reading.values)
    untold = set(commissions_untold(told)) | (told.accounts - {account for account, _ in theirs})
    for account in told.accounts - untold:
        if not tells_ledger(reading.values, account):
            currencies = {key[1] for key, amount in book.cash.items() if key[0] == account and amount}
            currencies |= {key[1] for key in theirs if key[0] == account}
            untold |= {account} if len(currencies) > 1 else set()
    left = [
        {key: amount for key, amount in cash.items() if key[0] not in untold} for cash in (book.cash, theirs)
    ]
    return left[0], left[1]
