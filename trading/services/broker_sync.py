"""Asking a broker for everything it can tell, taking it into the book, and comparing the two afterwards."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from redis import RedisError

from common.errors import DomainError
from common.transactions import write_transaction
from trading.models import BrokerAccount, Difference, Gateway, SyncRun
from trading.services.account_values import account_values_record
from trading.services.book_checks import BrokerReading, book_compare, broker_read, executions_ask
from trading.services.booking import account_book, accounts_to_book
from trading.services.broker_history import histories_fetch
from trading.services.differences import DifferenceNews, differences_record
from trading.services.reports import executions_record

log = logging.getLogger(__name__)
NO_BUS = "The bus to the gateway's daemon cannot be reached."
# A fill between two questions looks like a difference; asked once more, it does not.
ATTEMPTS = 2
LONGEST = 300


@dataclass(slots=True)
class SyncNotes:
    """What a run read and changed, counted, and what failed in words for people."""

    counts: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, **counts: int) -> None:
        """Count more of something."""
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOutcome:
    """A run that is over, and the differences that stand open in its accounts."""

    run: SyncRun
    standing: tuple[Difference, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether everything could be read and taken in."""
        return self.run.state == SyncRun.State.DONE


def gateway_sync(
    *, gateway: Gateway, accounts: Sequence[BrokerAccount], cause: str, now: datetime, history_days: int = 0
) -> SyncOutcome:
    """Fetch fills, positions, cash and closes of `accounts`; book what is new and compare.

    Fills are kept for all accounts of the gateway. Never raises for what the broker or the book refuses: the
    run says what failed, and everything else of it counts. Running it again adds nothing twice.
    """
    run, notes = run_begin(gateway=gateway, cause=cause, now=now), SyncNotes()
    news = None
    try:
        news = _synced(gateway.pk, accounts, notes, now)
        if history_days and accounts:
            told = histories_fetch(accounts=accounts, days=history_days, now=now)
            notes.add(bars=told.bars, closes=told.closes)
            notes.failures += told.failures
    except Exception as error:
        notes.failures.append(_words(error))
        if not isinstance(error, DomainError | RedisError):
            run_end(run, notes)
            raise
    run_end(run, notes)
    return SyncOutcome(run=run, standing=news.standing if news else ())


def gateway_compare(
    *, gateway: Gateway, accounts: Sequence[BrokerAccount], cause: str, now: datetime
) -> SyncOutcome:
    """Compare book and broker as they are, without taking anything in; differences become tasks."""
    run, notes = run_begin(gateway=gateway, cause=cause, now=now), SyncNotes()
    news = None
    try:
        reading = broker_read(gateway.pk)
        news = _compared(accounts, reading, notes, now)
    except (DomainError, RedisError) as error:
        notes.failures.append(_words(error))
    run_end(run, notes)
    return SyncOutcome(run=run, standing=news.standing if news else ())


def _synced(
    gateway_id: UUID, accounts: Sequence[BrokerAccount], notes: SyncNotes, now: datetime
) -> DifferenceNews:
    for attempt in range(1, ATTEMPTS + 1):
        fills = executions_ask(gateway_id)
        new = executions_record(gateway_id=gateway_id, told=fills, now=now)
        _booked(gateway_id, notes, now)
        reading = broker_read(gateway_id, fills)
        notes.add(executions_new=new)
        is_equal = not book_compare(accounts, reading, now=now).found
        if is_equal or attempt == ATTEMPTS:
            break
    account_values_record(gateway_id=gateway_id, told=reading.values, now=now)
    notes.add(executions=len(fills), positions=len(reading.positions), values=len(reading.values))
    return _compared(accounts, reading, notes, now)


def _booked(gateway_id: UUID, notes: SyncNotes, now: datetime) -> None:
    """Fills into the ledger, account by account: a book that cannot take its own holds up no other."""
    for account_id in accounts_to_book(gateway_id, now):
        try:
            notes.add(booked=account_book(account_id=account_id, now=now))
        except DomainError as refusal:
            account = BrokerAccount.objects.get(pk=account_id)
            notes.failures.append(f"{account}: {refusal.detail}")


def _compared(
    accounts: Sequence[BrokerAccount], reading: BrokerReading, notes: SyncNotes, now: datetime
) -> DifferenceNews:
    for account in accounts:
        if account.code not in reading.accounts:
            notes.failures.append(f"{account}: the gateway's login does not reach this account.")
    news = differences_record(accounts=accounts, check=book_compare(accounts, reading, now=now), now=now)
    notes.add(opened=news.opened, closed=news.closed, differences=len(news.standing))
    return news


@write_transaction
def run_begin(*, gateway: Gateway, cause: str, now: datetime) -> SyncRun:
    """Note that a run began; whoever looks sees it at once."""
    return SyncRun.objects.create(gateway=gateway, cause=cause[:40], started_at=now)


@write_transaction
def run_end(run: SyncRun, notes: SyncNotes) -> None:
    """Note how a run ended: its counts, and in words what failed."""
    run.state = SyncRun.State.FAILED if notes.failures else SyncRun.State.DONE
    run.counts = {**notes.counts, "failures": notes.failures}
    run.words = (" ".join(notes.failures) or _summary(notes))[:LONGEST]
    run.finished_at = timezone.now()
    run.save(update_fields=["state", "counts", "words", "finished_at"])


def _summary(notes: SyncNotes) -> str:
    counts = notes.counts
    said = []
    if "executions" in counts:
        said.append(f"{counts['executions']} fills read, {counts.get('booked', 0)} booked")
    if "closes" in counts:
        said.append(f"{counts['closes']} closes new")
    if "rows_new" in counts:
        said.append(f"{counts['rows_new']} rows of the statement new, {counts['rows_known']} known")
    if "differences" in counts:
        said.append(f"{counts['differences'] or 'no'} differences")
    return f"{', '.join(said)}." if said else "Nothing to do."


def _words(error: Exception) -> str:
    if isinstance(error, DomainError):
        return error.detail
    return NO_BUS if isinstance(error, RedisError) else "Something went wrong on our side."
