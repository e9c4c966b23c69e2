"""A household that trades on paper: its rows, a paper gateway that holds the same, a daemon between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connections
from django.utils import timezone

from accounts.models import HouseholdMember
from common.build import build_digest
from portfolios.engine.records import TransactionKind
from portfolios.models import CashBalance, Holding, Instrument
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import InstrumentFactory, parsed
from tests.factories.trading import BrokerAccountFactory, GatewayFactory, OrderFactory
from tests.trading.papergateway.exchange.paper_market import ACME, GLOBEX
from tests.trading.papergateway.gateway_fixture import ALICE, OPENING_CASH
from trading.daemon.brokers import broker_make
from trading.daemon.daemon import GatewayDaemon
from trading.daemon.pace import Pace
from trading.models import BrokerAccount, Contract, Gateway, Order
from trading.papergateway.exchange.book import PaperBook
from trading.services.nudges import nudge

Answer = TypeVar("Answer")
OPENED = date(2026, 1, 5)
# Everything that waits for seconds waits for hundredths of them here.
QUICK = Pace(
    beat=0.5,
    poll=0.1,
    ping=0.5,
    answer=2.0,
    connect=2.0,
    acknowledge=0.5,
    compare=1.0,
    quiet=0.05,
    cancel_again=0.5,
    resend=60.0,
    book=0.2,
    gather=0.05,
    flush=0.05,
    look=0.1,
    question=2.0,
    first_retry=Decimal("0.02"),
    longest_retry=Decimal("0.1"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """The rows: a gateway, an account behind it with 100,000 dollars, and two stocks."""

    gateway: Gateway
    account: BrokerAccount
    acme: Instrument
    globex: Instrument

    def order(self, **terms: Any) -> Order:
        """An order that was accepted and waits: ten shares of ACME at the market, unless told otherwise."""
        made: Order = OrderFactory.create(
            account=self.account,
            portfolio=self.account.portfolio,
            instrument=terms.pop("instrument", self.acme),
            placed_by=terms.pop("placed_by", None) or self.person,
            build=build_digest(),
            **terms,
        )
        return made

    @property
    def person(self) -> Any:
        """Whose orders they are."""
        return (
            HouseholdMember.objects.filter(household=self.account.portfolio.household)
            .exclude(user=None)[0]
            .user
        )

    def orders(self) -> list[Order]:
        """All orders, oldest first."""
        return list(Order.objects.filter(account=self.account).order_by("created_at", "pk"))

    def state(self) -> str:
        """How the gateway stands."""
        return Gateway.objects.values_list("state", flat=True).get(pk=self.gateway.pk)

    def cash(self) -> Decimal:
        """Cash in the book."""
        amount: Decimal = CashBalance.objects.get(portfolio=self.account.portfolio, currency="USD").amount
        return amount

    def shares(self, instrument: Instrument | None = None) -> Decimal:
        """Shares in the book."""
        wanted = instrument or self.acme
        rows = Holding.objects.filter(portfolio=self.account.portfolio, instrument=wanted)
        return rows.values_list("quantity", flat=True).first() or Decimal(0)


def household_make(port: int) -> Household:
    """Rows for a gateway on that port."""
    gateway = GatewayFactory.create(port=port, maintenance="")
    account = BrokerAccountFactory.create(gateway=gateway, code=ALICE)
    deposit = parsed(TransactionKind.DEPOSIT, OPENED, amount=OPENING_CASH)
    transactions_record(portfolio=account.portfolio, parsed=[deposit], source="test")
    book_derive(household_id=account.portfolio.household_id)
    stocks = [
        _stock(gateway, account.portfolio.household, symbol, con_id)
        for symbol, con_id in (("ACME", ACME), ("GLBX", GLOBEX))
    ]
    return Household(gateway=gateway, account=account, acme=stocks[0], globex=stocks[1])


def _stock(gateway: Gateway, household: Any, symbol: str, con_id: int) -> Instrument:
    instrument: Instrument = InstrumentFactory.create(symbol=symbol, household=household, currency="USD")
    Contract.objects.create(
        gateway=gateway, instrument=instrument, con_id=con_id, symbol=symbol, currency="USD"
    )
    return instrument


@asynccontextmanager
async def running_daemon(gateway_id: UUID, **more: Any) -> AsyncIterator[asyncio.Task[None]]:
    """A daemon in the running loop; it ends in order, and with it the block."""
    stopping = asyncio.Event()
    daemon = GatewayDaemon(
        gateway_id, make_broker=more.pop("make_broker", broker_make), pace=more.pop("pace", QUICK), **more
    )
    task = asyncio.create_task(daemon.run(stopping))
    try:
        yield task
    finally:
        stopping.set()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)


async def rows(verb: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
    """Something of the database, from a loop."""
    return await sync_to_async(_alone, thread_sensitive=False)(verb, *arguments, **named)


def _alone(verb: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
    """A thread of a pool lives longer than a test's database: its connection is closed each time."""
    try:
        return verb(*arguments, **named)
    finally:
        connections.close_all()


async def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until something holds; a loaded machine is slow, not wrong. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await rows(condition):  # noqa: ASYNC110 - a database has no event to wait for
            await asyncio.sleep(0.02)


async def accepted(household: Household, **terms: Any) -> Order:
    """An order is accepted, and the daemon is told."""
    order = await rows(household.order, **terms)
    await rows(nudge, household.gateway.pk)
    return order


def states(household: Household) -> list[str]:
    """How the orders stand."""
    return [order.state for order in household.orders()]


def assert_equal(household: Household, book: PaperBook) -> None:
    """Cash and shares are the same at the broker and in the book, and nothing is open that should not be."""
    assert household.cash() == book.cash(ALICE)
    held = {held.con_id: held.quantity for held in book.positions() if held.account == ALICE}
    assert household.shares() == held.get(ACME, 0)
    assert household.shares(household.globex) == held.get(GLOBEX, 0)


def is_booked(household: Household, book: PaperBook) -> bool:
    """Whether the ledger has caught up with the broker's fills."""
    return household.cash() == book.cash(ALICE)


def cancel_wanted(order: Order) -> None:
    """Somebody wants the order cancelled."""
    Order.objects.filter(pk=order.pk).update(cancel_wanted_at=timezone.now())
    nudge(order.account.gateway_id)


def change_wanted(order: Order, **terms: str) -> None:
    """Somebody wants other terms."""
    Order.objects.filter(pk=order.pk).update(wanted=terms)
    nudge(order.account.gateway_id)
