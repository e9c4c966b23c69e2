"""Differences between book and broker as tasks for people: opened, kept, and closed when they are gone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from accounts.models import User
from common.audit import audit_record, event_record
from common.errors import Conflict
from common.transactions import write_transaction
from trading.engine.differences import BookState, BrokerState
from trading.engine.differences import Difference as Found
from trading.engine.records import ExecutionFacts, Side
from trading.models import BrokerAccount, Difference

EQUAL_AGAIN = "Book and broker are equal again."
LONGEST = 300
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookCheck:
    """What a comparison found, and what it can speak about; orders only where `has_orders`.

    `compared` are the numbers of the accounts whose positions and cash were compared. Fills go by account and
    execution: `agreed` are those of which book and broker say the same, `in_book` those that the book has,
    `quantities` their two figures.
    """

    found: tuple[Found, ...]
    compared: frozenset[str]
    agreed: frozenset[tuple[str, str]] = frozenset()
    in_book: frozenset[tuple[str, str]] = frozenset()
    has_orders: bool = False
    cash_untold: frozenset[str] = frozenset()
    instruments: Mapping[int, UUID]
    quantities: Mapping[tuple[str, str], tuple[Decimal | None, Decimal | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceNews:
    """How many differences were opened and closed, and all that stand open now."""

    opened: int
    closed: int
    standing: tuple[Difference, ...]


def book_check(
    book: BookState,
    broker: BrokerState,
    found: Sequence[Found],
    *,
    numbered: frozenset[tuple[str, str]] = frozenset(),
    instruments: Mapping[int, UUID] | None = None,
    has_orders: bool = False,
) -> BookCheck:
    """What a comparison of the two states can speak about. `numbered` are fills that a statement brought.

    Cash says nothing while a commission has not been told.
    """
    ours = {(fill.account, fill.exec_id): _signed(fill) for fill in book.executions}
    theirs = {(fill.account, fill.exec_id): _signed(fill) for fill in broker.executions}
    differing = {(one.account, one.subject) for one in found}
    in_book = frozenset(ours.keys() | numbered)
    return BookCheck(
        found=tuple(found),
        compared=broker.at_rest,
        agreed=frozenset((in_book & theirs.keys()) - differing),
        in_book=in_book,
        has_orders=has_orders,
        cash_untold=commissions_untold(broker),
        instruments=instruments or {},
        quantities={key: (ours.get(key), theirs.get(key)) for key in ours.keys() | theirs.keys()},
    )


def commissions_untold(broker: BrokerState) -> frozenset[str]:
    """Accounts with a fill whose commission the broker has not told yet."""
    return frozenset(fill.account for fill in broker.executions if fill.commission is None)


def _signed(fill: ExecutionFacts) -> Decimal:
    return fill.quantity if fill.side is Side.BUY else -fill.quantity


@write_transaction
def differences_record(
    *, accounts: Sequence[BrokerAccount], check: BookCheck, now: datetime
) -> DifferenceNews:
    """Open a task for each new difference, renew those that stay, close those that are gone."""
    by_code = {account.code: account for account in accounts}
    open_rows = Difference.objects.filter(account__in=accounts, closed_at__isnull=True)
    rows = open_rows.select_for_update(of=("self",))
    standing = {
        (row.account.code, row.kind, row.subject): row for row in rows.select_related("account__portfolio")
    }
    wanted = _wanted(check.found)
    opened = [
        _open(by_code[key[0]], key, found, check, now)
        for key, found in wanted.items()
        if key not in standing and key[0] in by_code
    ]
    for key, row in standing.items():
        if key in wanted:
            _figures_set(row, wanted[key], check)
            row.seen_at = now
            row.save(update_fields=["ours", "theirs", "words", "seen_at", "updated_at"])
    gone = [row for key, row in standing.items() if key not in wanted and _is_gone(row, check)]
    for row in gone:
        _close(row, now, reason=EQUAL_AGAIN, actor=None)
    left = Difference.objects.filter(account__in=accounts, closed_at__isnull=True)
    return DifferenceNews(
        opened=len(opened),
        closed=len(gone),
        standing=tuple(
            left.select_related("account", "portfolio").order_by("account__code", "kind", "subject")
        ),
    )


@write_transaction
def difference_settle(*, difference: Difference, reason: str, actor: User, now: datetime) -> Difference:
    """Close a difference that no comparison will close, with the reason. Raises Conflict when it is closed.

    One that still is there is opened again by the next check.
    """
    row: Difference = Difference.objects.select_for_update().get(pk=difference.pk)
    if row.closed_at is not None:
        raise Conflict("This difference is closed already.", code="difference-closed")
    _close(row, now, reason=reason, actor=actor)
    audit_record(actor_id=actor.pk, action="difference.settle", subject=row, detail={"reason": row.reason})
    return row


def _wanted(found: Collection[Found]) -> dict[Key, Found]:
    """Each difference under its place; two of one place keep apart by contract, or by what they say."""
    placed: dict[Key, Found] = {}
    for one in found:
        key = (one.account, one.kind.value.partition("_")[0], one.subject[:80])
        if key in placed:
            key = (one.account, key[1], f"{one.subject[:50]} {one.con_id or one.kind.value}")
        placed[key] = one
    return placed


def _open(account: BrokerAccount, key: Key, found: Found, check: BookCheck, now: datetime) -> Difference:
    row = Difference(
        account=account, portfolio_id=account.portfolio_id, kind=key[1], subject=key[2], seen_at=now,
        instrument_id=check.instruments.get(found.con_id),
    )  # fmt: skip
    _figures_set(row, found, check)
    row.save()
    _tell(row, "difference.found")
    return row


def _figures_set(row: Difference, found: Found, check: BookCheck) -> None:
    row.words = f"{found.sentence} {found.advice}"[:LONGEST]
    if row.kind == Difference.Kind.EXECUTION:
        row.ours, row.theirs = check.quantities.get((found.account, found.subject), (None, None))
    else:
        row.ours, row.theirs = _number(found.book), _number(found.broker)


def _is_gone(row: Difference, check: BookCheck) -> bool:
    """Whether the comparison shows that the two agree now; what it could not see stays as it is."""
    if row.kind == Difference.Kind.EXECUTION:
        place = (row.account.code, row.subject)
        # The broker tells fills of a day only: one that was missing has come once the book has it.
        was_missing = row.ours is None and row.theirs is not None
        return place in check.agreed or (was_missing and place in check.in_book)
    can_see = check.has_orders or row.kind != Difference.Kind.ORDER
    if row.kind == Difference.Kind.CASH:
        can_see = row.account.code not in check.cash_untold
    return can_see and row.account.code in check.compared


def _close(row: Difference, now: datetime, *, reason: str, actor: User | None) -> None:
    row.closed_at, row.closed_by, row.reason = now, actor, reason[:LONGEST]
    row.save(update_fields=["closed_at", "closed_by", "reason", "updated_at"])
    _tell(row, "difference.closed")


def _tell(row: Difference, topic: str) -> None:
    event_record(
        topic=topic,
        household_id=row.account.portfolio.household_id,
        payload={"difference": str(row.pk), "portfolio": str(row.portfolio_id), "kind": str(row.kind)},
    )


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
