"""Fills become the book: ledger rows, the lots named on the ticket, and all that follows from them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from common.audit import event_record
from common.errors import DomainError
from common.money import ARITHMETIC, quantize
from common.transactions import write_transaction
from portfolios.engine.records import InstrumentFacts, ParsedTransaction, TransactionKind
from portfolios.engine.statements.keys import KeyMaker
from portfolios.selectors.facts import EXCHANGE_ZONE
from portfolios.services.book import book_derive
from portfolios.services.ledger import household_lock, transaction_reverse, transactions_record
from portfolios.services.lot_selections import lot_selection_record
from trading.engine.named_lots import lots_of_fill
from trading.engine.records import Side
from trading.models import BrokerAccount, Execution
from trading.selectors.ledger import (
    LedgerRow,
    execution_keys_known,
    is_price_alike,
    is_taken_back,
    statement_row_of,
    statement_trades,
    transaction_of_key,
    transactions_of_keys,
)
from trading.selectors.tickets import lots_named
from trading.services.order_steps import history_add

SOURCE = "trading"
# Statements of Interactive Brokers name a fill by the same key, so that importing one adds nothing twice.
KEY_SOURCE = "ibkr"
COMMISSION_WAIT = timedelta(seconds=30)


def accounts_to_book(gateway_id: UUID, now: datetime) -> list[UUID]:
    """Accounts with fills that the ledger lacks or has in an older telling."""
    rows = Execution.objects.filter(account__gateway_id=gateway_id).filter(_due(now))
    return list(rows.values_list("account_id", flat=True).distinct().order_by("account_id"))


@write_transaction
def account_book(*, account_id: UUID, now: datetime) -> int:
    """Write the fills of an account into its ledger and derive the book; returns how many.

    A fill waits half a minute for its commission. A corrected one takes back its row and writes another.
    """
    account = BrokerAccount.objects.select_related("portfolio").get(pk=account_id)
    household_lock(account.portfolio.household_id)
    due = Execution.objects.select_for_update(of=("self",)).filter(_due(now), account=account)
    rows = list(due.select_related("instrument", "order").order_by("executed_at", "exec_id"))
    if not rows:
        return 0
    plain = _plain(account, rows)
    _rows_write(account, plain)
    for row in rows:
        if row not in plain:
            _row_write(account, row)
    touched = {row.instrument_id for row in rows}
    book_derive(household_id=account.portfolio.household_id, instrument_ids=touched)
    for row in rows:
        _lots_name(row, now)
    event_record(
        topic="execution.booked",
        household_id=account.portfolio.household_id,
        payload={"portfolio": str(account.portfolio_id), "fills": len(rows)},
    )
    return len(rows)


def _due(now: datetime) -> Q:
    """Fills to write: new ones whose commission is known or late, and those told anew since."""
    is_new = Q(transaction__isnull=True, quantity__gt=0)
    has_waited = Q(commission__isnull=False) | Q(created_at__lt=now - COMMISSION_WAIT)
    is_told_anew = Q(transaction__isnull=False) & (
        ~Q(booked_revision=F("revision"))
        | (Q(commission__isnull=False) & ~Q(booked_commission=F("commission")))
    )
    return (is_new & has_waited) | is_told_anew


def _plain(account: BrokerAccount, rows: Sequence[Execution]) -> dict[Execution, ParsedTransaction]:
    """The fills of which the ledger has no row yet, nor a statement one that could stand for them.

    Almost all of them are: such fills are written together.
    """
    fresh = {
        row: _parsed(account, row)
        for row in rows
        if row.transaction_id is None and row.quantity and not row.tellings
    }
    keys = {key for row in fresh for key in _keys(account, row)}
    known = execution_keys_known(account.portfolio_id, keys)
    told = statement_trades(account.portfolio_id, {row.instrument_id for row in fresh})
    return {
        row: parsed
        for row, parsed in fresh.items()
        if known.isdisjoint(_keys(account, row)) and (row.instrument_id, parsed.trade_date) not in told
    }


def _rows_write(account: BrokerAccount, fills: Mapping[Execution, ParsedTransaction]) -> None:
    """A ledger row for each of these fills, in their order."""
    if not fills:
        return
    transactions_record(portfolio=account.portfolio, parsed=list(fills.values()), source=SOURCE)
    ledger = transactions_of_keys(account.portfolio_id, {parsed.natural_key for parsed in fills.values()})
    now = timezone.now()
    for row, parsed in fills.items():
        row.transaction = ledger[parsed.natural_key]
        row.booked_revision, row.booked_commission = row.revision, row.commission or Decimal(0)
        row.updated_at = now
    Execution.objects.bulk_update(
        list(fills), ["transaction", "booked_revision", "booked_commission", "updated_at"]
    )


def _keys(account: BrokerAccount, row: Execution) -> tuple[str, str]:
    """The keys under which a statement may have told the fill: with the account's number, and without."""
    return (
        KeyMaker(KEY_SOURCE, account.code).by_execution(row.exec_id),
        KeyMaker(KEY_SOURCE, "").by_execution(row.exec_id),
    )


def _row_write(account: BrokerAccount, row: Execution) -> None:
    """See that one ledger row stands for the fill as it is told now.

    A row that a statement brought stands for it as long as its shares and its price are those of the fill;
    what the statement says was charged is the broker's last word. Any other row is taken back first.
    """
    parsed = _parsed(account, row)
    standing = _standing(account, row, parsed)
    if standing is not None and _tells(standing, row, parsed):
        row.transaction = standing
    else:
        row.transaction = _retold(account, row, standing)
    row.booked_revision, row.booked_commission = row.revision, row.commission or Decimal(0)
    row.save(update_fields=["transaction", "booked_revision", "booked_commission", "tellings", "updated_at"])


def _standing(account: BrokerAccount, row: Execution, parsed: ParsedTransaction) -> LedgerRow | None:
    """The ledger row that stands for the fill now; a row of a statement where none is tied to it yet."""
    if row.transaction is None:
        return statement_row_of(row, parsed, _keys(account, row))
    if is_taken_back(row.transaction):
        # A statement took the trade back, and may have told it anew under a number of its own.
        return statement_row_of(row, parsed, ()) or row.transaction
    return row.transaction


def _tells(standing: LedgerRow, row: Execution, parsed: ParsedTransaction) -> bool:
    """Whether the ledger row says of the fill what the broker says now."""
    if is_taken_back(standing):
        return row.transaction is None or not row.quantity
    is_same_trade = standing.quantity == parsed.quantity and is_price_alike(standing, row.price)
    return is_same_trade and (standing.source != SOURCE or standing.fees == parsed.fees)


def _retold(account: BrokerAccount, row: Execution, before: LedgerRow | None) -> LedgerRow | None:
    """A new ledger row for the fill; the one before it is taken back unless a statement did so."""
    if before is not None:
        if not is_taken_back(before):
            transaction_reverse(transaction=before, reason="The broker corrected this fill.", actor_id=None)
        if not row.quantity:
            # The broker took the whole fill back: the reversal is all that is left to say.
            return before
        row.tellings += 1
    parsed = _parsed(account, row)
    transactions_record(portfolio=account.portfolio, parsed=[parsed], source=SOURCE)
    return transaction_of_key(account.portfolio_id, parsed.natural_key)


def _parsed(account: BrokerAccount, row: Execution) -> ParsedTransaction:
    key = KeyMaker(KEY_SOURCE, account.code).by_execution(row.exec_id)
    is_buy = row.side == Side.BUY
    is_own_currency = row.commission_currency in ("", row.currency)
    fees = (row.commission or Decimal(0)) if is_own_currency else Decimal(0)
    gross = quantize(
        ARITHMETIC.multiply(ARITHMETIC.multiply(row.quantity, row.price), row.instrument.multiplier)
    )
    return ParsedTransaction(
        natural_key=f"{key}/{row.tellings}" if row.tellings else key,
        line=0,
        section="Fills",
        row={"exec_id": row.exec_id, "revision": str(row.revision), "order_ref": row.order_ref},
        kind=TransactionKind.BUY if is_buy else TransactionKind.SELL,
        trade_date=row.executed_at.astimezone(EXCHANGE_ZONE).date(),
        executed_at=row.executed_at,
        instrument=_facts(row),
        quantity=row.quantity if is_buy else -row.quantity,
        price=row.price,
        amount=(-gross if is_buy else gross) - fees,
        fees=fees,
        currency=row.currency,
        order_ref=row.order_ref,
    )


def _facts(row: Execution) -> InstrumentFacts:
    instrument = row.instrument
    return InstrumentFacts(
        symbol=instrument.symbol,
        currency=instrument.currency,
        conid=instrument.conid,
        isin=instrument.isin,
        cusip=instrument.cusip,
        asset_class=instrument.asset_class,
        multiplier=instrument.multiplier,
    )


def _lots_name(row: Execution, now: datetime) -> None:
    """Name the lots of the ticket for this fill; what cannot be named any more is told, never guessed."""
    order = row.order
    if order is None or not order.lots or row.side != Side.SELL or row.transaction is None:
        return
    choices = lots_named(order)
    ahead = Execution.objects.filter(order=order, transaction__isnull=False).exclude(pk=row.pk)
    earlier = [
        one.quantity for one in ahead if (one.executed_at, one.exec_id) < (row.executed_at, row.exec_id)
    ]
    named = lots_of_fill(choices, before=sum(earlier, Decimal(0)), quantity=row.quantity)
    if sum((choice.quantity for choice in named), Decimal(0)) != row.quantity:
        history_add(order, kind="LotsNotNamed", now=now, words="More was filled than lots were named for.")
        return
    try:
        lot_selection_record(sale=row.transaction, choices=named, now=now, actor_id=order.placed_by_id)
    except DomainError as error:
        history_add(order, kind="LotsNotNamed", now=now, words=_sentences(error))


def _sentences(error: DomainError) -> str:
    details: Sequence[str] = [sentence for group in error.fields.values() for sentence in group]
    return " ".join([error.detail, *details])
