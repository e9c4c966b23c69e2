"""The demo's broker: a paper gateway on this machine, behind the accounts at Interactive Brokers."""

from django.conf import settings
from django.db.models import QuerySet

from common.transactions import write_transaction
from portfolios.models import Portfolio
from trading.models import BrokerAccount, Contract, Difference, Execution, Gateway, Order, OrderEvent
from wealthalloc.demo.household import EMAIL

NAME = "paper"
PROVIDER = "Interactive Brokers"


@write_transaction
def paper_gateway_stand() -> Gateway | None:
    """Make the row of the paper gateway agree with where it listens now, and tie the demo's accounts to it.

    None where no paper gateway is started: its port is then not set.
    """
    if not settings.PAPER_GATEWAY_PORT:
        return None
    gateway, _ = Gateway.objects.update_or_create(
        name=NAME,
        # The paper exchange never rests, so that nobody waits for New York to see a fill.
        defaults={"host": "127.0.0.1", "port": settings.PAPER_GATEWAY_PORT, "maintenance": ""},
    )
    for portfolio in _portfolios():
        code = f"D{portfolio.external_account.account_number}" if portfolio.external_account else ""
        BrokerAccount.objects.get_or_create(portfolio=portfolio, defaults={"gateway": gateway, "code": code})
    return gateway


def _portfolios() -> list[Portfolio]:
    rows = Portfolio.objects.filter(
        household__members__user__email=EMAIL, external_account__provider=PROVIDER
    )
    return list(rows.select_related("external_account"))


def paper_trading_drop(portfolios: QuerySet[Portfolio]) -> None:
    """Remove what was traded in the demo, and its gateway: the next one opens with the book as it is then."""
    accounts = BrokerAccount.objects.filter(portfolio__in=portfolios)
    gateways = list(accounts.values_list("gateway_id", flat=True))
    orders = Order.objects.filter(account__in=accounts)
    for rows in (
        Execution.objects.filter(account__in=accounts),
        OrderEvent.objects.filter(order__in=orders),
        orders,
        Difference.objects.filter(account__in=accounts),
    ):
        rows._raw_delete(rows.db)
    accounts.delete()
    Contract.objects.filter(gateway__in=gateways).delete()
    Gateway.objects.filter(pk__in=gateways, accounts__isnull=True).delete()
