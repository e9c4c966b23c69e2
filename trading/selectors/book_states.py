"""Gateways and accounts to sync, and what of the broker's words the book knows already."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Q

from portfolios.engine.statements.keys import IBKR, KeyMaker
from trading.engine.differences import BookState
from trading.engine.records import ExecutionFacts
from trading.models import BrokerAccount, Difference, Gateway
from trading.selectors.broker_books import contract_names
from trading.selectors.ledger import execution_keys_known


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


def instruments_named(gateway_id: UUID, book: BookState) -> dict[int, UUID]:
    """Which instrument each contract of a book is."""
    accounts = {account for account, _ in book.positions}
    portfolios = BrokerAccount.objects.filter(gateway_id=gateway_id, code__in=accounts)
    keys = list(portfolios.values_list("portfolio_id", flat=True))
    return {name.con_id: key for key, name in contract_names(gateway_id, keys, ()).items()}


def fills_numbered(
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
