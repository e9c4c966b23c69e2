"""The book of accounts at a broker as the comparison sees it: positions, cash and fills."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q

from portfolios.engine.statements.keys import IBKR, KeyMaker
from portfolios.models import CashBalance, Holding, Instrument
from trading.engine.differences import BookState
from trading.engine.records import BrokerPosition, ExecutionFacts
from trading.models import BrokerAccount, Contract, Difference, Execution, Gateway
from trading.selectors.ledger import execution_keys_known
from trading.selectors.orders import fill_facts

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookView:
    """The book of some accounts. `instruments` says which instrument a contract is.

    `numbered` are fills that a statement brought, by account and execution.
    """

    state: BookState
    instruments: Mapping[int, UUID]
    numbered: frozenset[tuple[str, str]] = frozenset()


def gateways_to_sync() -> list[Gateway]:
    """Gateways whose daemon is connected, so that it can be asked."""
    connected = (Gateway.State.READY, Gateway.State.DEGRADED, Gateway.State.SYNCING)
    return list(Gateway.objects.filter(is_enabled=True, state__in=connected).order_by("name"))


def accounts_of(gateway_id: UUID) -> list[BrokerAccount]:
    """All accounts behind a gateway, by number."""
    rows = BrokerAccount.objects.filter(gateway_id=gateway_id).select_related("portfolio", "gateway")
    return list(rows.order_by("code"))


def accounts_chosen(
    *, codes: Collection[str] = (), portfolio_names: Collection[str] = ()
) -> list[BrokerAccount]:
    """Accounts of enabled gateways: all, or those chosen by number or by the name of their portfolio."""
    rows = BrokerAccount.objects.filter(gateway__is_enabled=True).select_related("portfolio", "gateway")
    if codes or portfolio_names:
        rows = rows.filter(Q(code__in=codes) | Q(portfolio__name__in=portfolio_names))
    return list(rows.order_by("gateway__name", "code"))


def book_view(
    accounts: Sequence[BrokerAccount],
    *,
    positions: Sequence[BrokerPosition] = (),
    executions: Sequence[ExecutionFacts] = (),
) -> BookView:
    """The book of `accounts`; what the broker says helps to name contracts that only it has numbered.

    Fills that were found to differ before are looked up too, told or not.
    """
    codes = {row.portfolio_id: row.code for row in accounts}
    held = list(
        Holding.objects.filter(portfolio_id__in=codes).exclude(quantity=0).select_related("instrument")
    )
    names = _contract_numbers(accounts, [row.instrument for row in held], positions)
    amounts: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for row in held:
        amounts[codes[row.portfolio_id], names[row.instrument_id]] += row.quantity
    cash = {
        (codes[row.portfolio_id], row.currency): row.amount
        for row in CashBalance.objects.filter(portfolio_id__in=codes)
    }
    state = BookState(
        executions=tuple(booked_fills(accounts)),
        positions=dict(amounts),
        cash=cash,
        symbols={names[row.instrument_id]: row.instrument.symbol for row in held},
    )
    instruments = {number: key for key, number in names.items()}
    return BookView(state=state, instruments=instruments, numbered=_numbered(accounts, executions))


def booked_fills(accounts: Sequence[BrokerAccount]) -> list[ExecutionFacts]:
    """Fills that the ledger has as they are told now."""
    is_charged = Q(commission__isnull=True) | Q(booked_commission=F("commission"))
    rows = Execution.objects.filter(
        is_charged, account__in=accounts, transaction__isnull=False, booked_revision=F("revision")
    )
    return [fill_facts(row) for row in rows.select_related("account", "instrument")]


def accounts_settling(accounts: Sequence[BrokerAccount], since: datetime) -> frozenset[str]:
    """Accounts with a fill, heard of after `since`, that waits for its commission before it is booked."""
    waiting = Execution.objects.filter(
        account__in=accounts, transaction__isnull=True, commission__isnull=True, created_at__gte=since,
        quantity__gt=0,
    )  # fmt: skip
    return frozenset(waiting.values_list("account__code", flat=True))


def _contract_numbers(
    accounts: Sequence[BrokerAccount], instruments: Sequence[Instrument], positions: Sequence[BrokerPosition]
) -> dict[UUID, int]:
    """The broker's number of each instrument: as the gateway said, as a statement said, or by its symbol.

    What the broker does not hold under any of these has a negative number of its own.
    """
    gateways = {row.gateway_id for row in accounts}
    keys = [row.pk for row in instruments]
    told = dict(
        Contract.objects.filter(gateway_id__in=gateways, instrument_id__in=keys).values_list(
            "instrument_id", "con_id"
        )
    )
    by_symbol = {row.symbol: row.con_id for row in positions}
    numbers: dict[UUID, int] = {}
    for place, row in enumerate(instruments, start=1):
        stated = int(row.conid) if row.conid.isdecimal() else 0
        numbers[row.pk] = told.get(row.pk) or stated or by_symbol.get(row.symbol) or -place
    return numbers


def _numbered(
    accounts: Sequence[BrokerAccount], executions: Sequence[ExecutionFacts]
) -> frozenset[tuple[str, str]]:
    """Which fills the ledger has under their own number, whoever brought them."""
    differing = Difference.objects.filter(
        account__in=accounts, kind=Difference.Kind.EXECUTION, closed_at__isnull=True
    )
    asked = {(fill.account, fill.exec_id) for fill in executions}
    asked |= set(differing.values_list("account__code", "subject"))
    found: set[tuple[str, str]] = set()
    for account in accounts:
        keeper = KeyMaker(IBKR, account.code)
        keys = {keeper.by_execution(number): number for code, number in asked if code == account.code}
        known = execution_keys_known(account.portfolio_id, keys)
        found |= {(account.code, keys[key]) for key in known}
    return frozenset(found)
