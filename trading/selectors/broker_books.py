"""What the book says of the accounts behind a gateway, to be held against the broker."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q

from portfolios.models import CashBalance, Holding, Instrument
from trading.engine.differences import BookOrder, BookState, BrokerState
from trading.engine.records import BrokerPosition, ExecutionFacts, OrderState, Side
from trading.models import BrokerAccount, Contract, Execution, Order
from trading.selectors.orders import facts_of, fill_facts

ZERO = Decimal(0)
# A day's orders and fills are read in every comparison: no more of them than it looks at.
ORDER_COLUMNS = (
    "quantity", "state", "filled", "average_price", "attempt", "epoch", "cancel_wanted_at", "is_expired",
    "lives", "absences", "inquiry", "words", "version", "state_since", "side", "instrument__symbol",
    "account__code",
)  # fmt: skip
FILL_COLUMNS = (
    "exec_id", "revision", "order_ref", "perm_id", "currency", "side", "quantity", "price", "executed_at",
    "commission", "commission_currency", "instrument__symbol", "account__code",
)  # fmt: skip
# A broker may still tell an order that ended within these days.
RECENT = timedelta(days=7)
# A fill is booked within half a minute; one that is not by then is missing in the ledger.
BOOKING_PATIENCE = timedelta(seconds=60)
FINAL = [state for state in OrderState if state.is_final]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldInstrument:
    """An instrument that an account of the gateway holds, and the broker's number of it where it is known."""

    instrument_id: UUID
    symbol: str
    currency: str
    con_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractName:
    """What the broker calls an instrument."""

    con_id: int
    symbol: str


def instruments_held(gateway_id: UUID) -> list[HeldInstrument]:
    """What the accounts of the gateway hold or trade, by symbol."""
    known = dict(Contract.objects.filter(gateway_id=gateway_id).values_list("instrument_id", "con_id"))
    rows = Holding.objects.filter(portfolio__broker_account__gateway_id=gateway_id).exclude(quantity=0)
    names = rows.values_list("instrument_id", "instrument__symbol", "instrument__currency").distinct()
    return [
        HeldInstrument(instrument_id=key, symbol=symbol, currency=currency, con_id=known.get(key))
        for key, symbol, currency in names.order_by("instrument__symbol", "instrument_id")
    ]


def book_state(
    gateway_id: UUID, broker: BrokerState, now: datetime, *, since: datetime | None = None
) -> BookState:
    """The book's side of the comparison: fills on their way into the ledger are counted in.

    `since` is when the broker was asked. Fills that were kept after it and are not among its answers are
    left out, and orders that changed after it are said to be in motion: of those the answers know nothing.
    """
    accounts = {
        row.portfolio_id: row.code
        for row in BrokerAccount.objects.filter(gateway_id=gateway_id, code__in=broker.accounts)
    }
    later = _later(accounts, broker, since)
    unbooked = [fill for fill in _unbooked(accounts, now) if fill.pk not in later]
    # What a fill is to have done to the book; one that came later is to have done nothing.
    effects = [*((fill, True) for fill in unbooked), *((fill, False) for fill in later.values())]
    filled = {fill.instrument_id for fill, _ in effects}
    names = contract_names(gateway_id, accounts, broker.positions, besides=filled)
    numbers = {key: name.con_id for key, name in names.items()}
    fresh = {(fill.account_id, fill.exec_id) for fill in later.values()}
    return BookState(
        orders=tuple(_orders(gateway_id, numbers, now, since)),
        executions=tuple(_executions(gateway_id, broker, now, besides=fresh)),
        positions=_positions(accounts, numbers, effects),
        cash=_cash(accounts, effects),
        symbols={name.con_id: name.symbol for name in names.values()},
    )


def contract_names(
    gateway_id: UUID,
    portfolio_ids: Collection[UUID],
    positions: Iterable[BrokerPosition],
    *,
    besides: Collection[UUID] = (),
) -> dict[UUID, ContractName]:
    """The broker's number of what is held and of the instruments `besides`.

    As its gateway said, as a statement said, or by its symbol. What has none of these cannot be there: it has
    a negative number of its own.
    """
    told = Contract.objects.filter(gateway_id=gateway_id)
    names = {
        row.instrument_id: ContractName(con_id=row.con_id, symbol=row.symbol)
        for row in told.only("instrument_id", "con_id", "symbol")
    }
    by_symbol = {row.symbol: row.con_id for row in positions}
    held = Holding.objects.filter(portfolio_id__in=portfolio_ids).values("instrument_id")
    rows = Instrument.objects.filter(Q(pk__in=held) | Q(pk__in=besides)).order_by("pk")
    for place, (key, symbol, stated) in enumerate(rows.values_list("pk", "symbol", "conid"), start=1):
        number = int(stated) if stated.isdecimal() else by_symbol.get(symbol, -place)
        names.setdefault(key, ContractName(con_id=number, symbol=symbol))
    return names


def _orders(
    gateway_id: UUID, numbers: Mapping[UUID, int], now: datetime, since: datetime | None
) -> Iterable[BookOrder]:
    """Orders that may be at the broker, or were lately."""
    rows = Order.objects.filter(account__gateway_id=gateway_id).exclude(state=OrderState.PENDING)
    rows = rows.filter(~Q(state__in=FINAL) | Q(finished_at__gte=now - RECENT))
    for row in rows.select_related("account", "instrument").only(*ORDER_COLUMNS).order_by("pk"):
        yield BookOrder(
            facts=facts_of(row),
            account=row.account.code,
            con_id=numbers.get(row.instrument_id, 0),
            symbol=row.instrument.symbol,
            side=Side(row.side),
            is_in_motion=since is not None and row.state_since >= since,
        )


def _executions(
    gateway_id: UUID, broker: BrokerState, now: datetime, *, besides: Collection[tuple[UUID, str]]
) -> list[ExecutionFacts]:
    told = [fill.exec_id for fill in broker.executions]
    rows = Execution.objects.filter(account__gateway_id=gateway_id)
    rows = rows.filter(Q(exec_id__in=told) | Q(executed_at__gte=now - timedelta(days=1)))
    rows = rows.select_related("account", "instrument").only(*FILL_COLUMNS)
    return [fill_facts(row) for row in rows if (row.account_id, row.exec_id) not in besides]


def _later(
    accounts: Mapping[UUID, str], broker: BrokerState, since: datetime | None
) -> dict[UUID, Execution]:
    """Fills that were kept since the broker was asked and that its answers do not know."""
    if since is None:
        return {}
    told = {(fill.account, fill.exec_id) for fill in broker.executions}
    rows = Execution.objects.filter(portfolio_id__in=accounts, created_at__gte=since)
    return {
        row.pk: row
        for row in rows.select_related("instrument", "transaction")
        if (accounts[row.portfolio_id], row.exec_id) not in told
    }


def _unbooked(portfolio_ids: Collection[UUID], now: datetime) -> list[Execution]:
    """Fills, told lately, that the ledger lacks or has in an older telling."""
    lately = Execution.objects.filter(updated_at__gte=now - BOOKING_PATIENCE)
    rows = lately.filter(portfolio_id__in=portfolio_ids).filter(
        Q(transaction__isnull=True)
        | ~Q(booked_revision=F("revision"))
        | (Q(commission__isnull=False) & ~Q(booked_commission=F("commission")))
    )
    return list(rows.select_related("instrument", "transaction"))


def _positions(
    accounts: Mapping[UUID, str], numbers: Mapping[UUID, int], effects: Iterable[tuple[Execution, bool]]
) -> dict[tuple[str, int], Decimal]:
    held: defaultdict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for row in Holding.objects.filter(portfolio_id__in=accounts):
        held[row.portfolio_id, row.instrument_id] += row.quantity
    for fill, counts in effects:
        before = fill.transaction.quantity if fill.transaction else ZERO
        signed = fill.quantity if fill.side == Side.BUY else -fill.quantity
        held[fill.portfolio_id, fill.instrument_id] += (signed if counts else ZERO) - before
    totals: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for (portfolio_id, instrument_id), quantity in held.items():
        totals[accounts[portfolio_id], numbers[instrument_id]] += quantity
    return {key: quantity for key, quantity in totals.items() if quantity}


def _cash(
    accounts: Mapping[UUID, str], effects: Iterable[tuple[Execution, bool]]
) -> dict[tuple[str, str], Decimal]:
    cash: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in CashBalance.objects.filter(portfolio_id__in=accounts):
        cash[accounts[row.portfolio_id], row.currency] += row.amount
    for fill, counts in effects:
        before = fill.transaction.amount if fill.transaction else ZERO
        cash[accounts[fill.portfolio_id], fill.currency] += (_paid(fill) if counts else ZERO) - before
    return dict(cash)


def _paid(fill: Execution) -> Decimal:
    """What the fill does to cash in its currency."""
    gross: Decimal = fill.quantity * fill.price * fill.instrument.multiplier
    is_own = fill.commission_currency in ("", fill.currency)
    fees = (fill.commission or ZERO) if is_own else ZERO
    return (-gross if fill.side == Side.BUY else gross) - fees
