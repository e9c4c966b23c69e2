"""A household with a loss to take and a broker that fills at once: for tests of proposals and plans.

100 ACME were bought for 12,000 four hundred days ago and 50 for 5,500 a hundred days ago; ACME stands at
100 now, so that 2,000 long-term and 500 short-term are lost. GLBX at 50 and INIT at 20 may replace it.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from common.build import build_digest
from common.transactions import write_transaction
from common.valkey import valkey
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Lot, Portfolio
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from portfolios.services.prices import NewPrice, prices_record
from taxharvest.engine.harvest.benefit import Decision, Judgement
from taxharvest.engine.harvest.candidates import Candidate, LossLot
from taxharvest.engine.harvest.replacements import Replacement, ReplacementPart, Tag
from taxharvest.models import HarvestPlan, TaxHarvest
from taxharvest.services.proposals import harvest_approve, harvest_propose
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory, buy, parsed
from tests.factories.trading import BrokerAccountFactory, GatewayFactory
from trading.engine.order_events import Leased
from trading.engine.records import FINAL_STATES, BrokerOrder, ExecutionFacts, OrderState, Side
from trading.models import BrokerAccount, Contract, Gateway, Order, RiskLimit
from trading.selectors.controls import exchange_day
from trading.selectors.live import QUOTES_HASH
from trading.selectors.locked_orders import orders_lock
from trading.services.booking import account_book
from trading.services.order_steps import order_take
from trading.services.reports import broker_orders_record, executions_record

PRICES = {"ACME": "100", "GLBX": "50", "INIT": "20"}
COMMISSION = Decimal(1)


def ago(days: int) -> date:
    """The day so many days before today."""
    return exchange_day(timezone.now()) - timedelta(days=days)


def quote(symbol: str, price: str) -> None:
    """Tell a live quote of a symbol, at one price for bid and offer."""
    entry: dict[str, Any] = {
        "symbol": symbol, "price": price, "bid": price, "ask": price, "change": "0",
        "as_of": timezone.now().isoformat(), "source": "ibkr", "delayed": False,
    }  # fmt: skip
    valkey().hset(QUOTES_HASH, symbol, json.dumps(entry))


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestDesk:
    """The rows: who may trade, the account, and the instruments by symbol."""

    user: User
    portfolio: Portfolio
    account: BrokerAccount
    instruments: Mapping[str, Instrument]

    @property
    def acme(self) -> Instrument:
        """What has lost."""
        return self.instruments["ACME"]

    @property
    def glbx(self) -> Instrument:
        """What may replace it."""
        return self.instruments["GLBX"]

    def lots(self) -> list[Lot]:
        """The lots of ACME, oldest first."""
        rows = Lot.objects.filter(portfolio=self.portfolio, instrument=self.acme)
        return list(rows.order_by("acquired"))

    def candidate(self, price: str = "100", lots: Collection[Lot] | None = None) -> Candidate:
        """The loss of all lots at a price."""
        chosen = self.lots() if lots is None else list(lots)
        found = tuple(
            LossLot(
                lot_id=lot.root_id,
                acquired=lot.acquired or ago(0),
                holding_date=lot.holding_date or ago(0),
                quantity=lot.quantity,
                basis=lot.basis_base or Decimal(0),
                value=lot.quantity * Decimal(price),
            )
            for lot in chosen
        )
        day = ago(0)
        losses = {lot.lot_id: (lot.loss, lot.term_on(day).value) for lot in found}
        return Candidate(
            portfolio_id=self.portfolio.pk,
            instrument_id=self.acme.pk,
            symbol="ACME",
            currency="USD",
            day=day,
            price=Decimal(price),
            price_day=day,
            lots=found,
            short_loss=sum((loss for loss, term in losses.values() if term == "short"), Decimal(0)),
            long_loss=sum((loss for loss, term in losses.values() if term == "long"), Decimal(0)),
            washed=Decimal(0),
            outcome=None,
        )

    def replacement(self, shares: Mapping[str, str] | None = None) -> Replacement:
        """All of GLBX, unless told otherwise."""
        return Replacement(
            parts=tuple(
                ReplacementPart(
                    instrument_id=self.instruments[symbol].pk, symbol=symbol, share=Decimal(share)
                )
                for symbol, share in (shares or {"GLBX": "1"}).items()
            ),
            tag=Tag.GREEN,
            reason="Another company of the same industry.",
            correlation=Decimal("0.9"),
            tracking_error=Decimal("0.05"),
            sample=700,
            source="prices of the book",
            confidence="rule",
        )

    def proposal(self, *, price: str = "100", shares: Mapping[str, str] | None = None) -> TaxHarvest:
        """What a scan proposes."""
        return harvest_propose(
            candidate=self.candidate(price),
            judgement=JUDGEMENT,
            replacement=self.replacement(shares),
            scan=None,
            now=timezone.now(),
        )

    def approve(self, harvest: TaxHarvest, key: str = "k", **edits: Any) -> HarvestPlan:
        """The owner says yes."""
        return harvest_approve(
            edits.pop("user", self.user), harvest.pk, version=edits.pop("version", harvest.version),
            key=key, now=edits.pop("now", None) or timezone.now(), **edits,
        )  # fmt: skip


JUDGEMENT = Judgement(
    decision=Decision.PROPOSE,
    words="Worth more now than later.",
    benefit_low=Decimal(500),
    benefit_high=Decimal(600),
    deferral=Decimal(400),
    rate_difference=Decimal(100),
    costs=Decimal(20),
)


def harvest_desk(*, times: int = 1) -> HarvestDesk:
    """Record and derive the book, of so many times the shares, and let the gateway be ready."""
    now = timezone.now()
    gateway: Gateway = GatewayFactory.create(
        state="ready", held_until=now + timedelta(days=1), reconciled_at=now, build=build_digest()
    )
    member = MemberFactory.create(sees_all=True)
    portfolio = PortfolioFactory.create(holder=member, name="Taxable")
    account = BrokerAccountFactory.create(
        gateway=gateway, portfolio=portfolio, buying_power=Decimal(100_000),
        net_liquidation=Decimal(100_000), values_at=now,
    )  # fmt: skip
    RiskLimit.objects.get_or_create(
        account=None,
        defaults={"quote_seconds": 86_400, "drop_copy_seconds": 86_400, "account_rate": 1000},
    )
    rows = [
        parsed(TransactionKind.DEPOSIT, ago(500), amount=Decimal(50_000)),
        buy(ago(400), 100 * times, str(12_000 * times)),
        buy(ago(100), 50 * times, str(5500 * times)),
    ]
    transactions_record(portfolio=portfolio, parsed=rows, source="test")
    acme = Instrument.objects.get(symbol="ACME", household=portfolio.household)
    instruments = {"ACME": acme} | {
        symbol: InstrumentFactory.create(symbol=symbol, household=portfolio.household)
        for symbol in ("GLBX", "INIT")
    }
    for number, (symbol, instrument) in enumerate(instruments.items(), start=1):
        Contract.objects.create(
            gateway=gateway, instrument=instrument, con_id=number, symbol=symbol, currency="USD",
            average_volume=Decimal(1_000_000),
        )  # fmt: skip
        prices_record(
            prices=[
                NewPrice(
                    instrument_id=instrument.pk, day=ago(1), close=Decimal(PRICES[symbol]), currency="USD"
                )
            ],
            source="test",
        )
        quote(symbol, PRICES[symbol])
    book_derive(household_id=portfolio.household_id)
    return HarvestDesk(user=member.user, portfolio=portfolio, account=account, instruments=instruments)


@dataclass(slots=True)
class FastBroker:
    """A broker that tells how orders end through the same doors as the daemon, in the same process.

    `refusals` and `fills` say, by symbol, how many orders of it are refused and how much of one is filled at
    most; `prices` what fills cost.
    """

    account: BrokerAccount
    prices: dict[str, Decimal] = field(default_factory=lambda: {k: Decimal(v) for k, v in PRICES.items()})
    refusals: dict[str, int] = field(default_factory=dict)
    most: dict[str, Decimal] = field(default_factory=dict)

    def work(self) -> int:
        """Take in, fill, refuse or cancel what is open, and book the fills; how many orders there were."""
        rows = Order.objects.filter(account=self.account).exclude(state__in=FINAL_STATES)
        orders = list(rows.select_related("instrument", "account").order_by("created_at"))
        for order in orders:
            self._end(order)
        account_book(account_id=self.account.pk, now=timezone.now())
        return len(orders)

    def _end(self, order: Order) -> None:
        now, symbol = timezone.now(), order.instrument.symbol
        _lease(order.pk, now)
        if self.refusals.get(symbol, 0) > 0:
            self.refusals[symbol] -= 1
            self._say(order, OrderState.REJECTED, Decimal(0), now, words="Not today.")
            return
        filled = min(order.quantity, self.most.get(symbol, order.quantity))
        if order.cancel_wanted_at is not None:
            self._say(order, OrderState.CANCELLED, order.filled, now)
            return
        self._say(order, OrderState.SUBMITTED, Decimal(0), now)
        if filled:
            self._fill(order, filled, now)

    def _fill(self, order: Order, quantity: Decimal, now: datetime) -> None:
        fact = ExecutionFacts(
            exec_id=f"{order.pk}", revision=1, order_ref=str(order.pk), perm_id=_number(order.pk),
            account=self.account.code, con_id=1, symbol=order.instrument.symbol, currency="USD",
            side=Side(order.side), quantity=quantity, price=self.prices[order.instrument.symbol],
            executed_at=now, commission=COMMISSION, commission_currency="USD",
        )  # fmt: skip
        executions_record(gateway_id=self.account.gateway_id, told=[fact], now=now)

    def _say(self, order: Order, state: OrderState, filled: Decimal, now: datetime, words: str = "") -> None:
        said = BrokerOrder(
            order_ref=str(order.pk), perm_id=_number(order.pk), broker_order_id=1, client_id=17,
            account=self.account.code, con_id=1, symbol=order.instrument.symbol, side=Side(order.side),
            quantity=order.quantity, filled=filled, state=state, is_open=state is OrderState.SUBMITTED,
            kind="LMT", time_in_force="DAY", words=words,
        )  # fmt: skip
        broker_orders_record(gateway_id=self.account.gateway_id, told=[said], now=now)


@write_transaction
def _lease(order_id: UUID, now: datetime) -> None:
    order = orders_lock([order_id])[order_id]
    if order.state == OrderState.PENDING and order.cancel_wanted_at is None:
        order_take(order, Leased(epoch=1), now=now)


def _number(order_id: UUID) -> int:
    """A durable number of an order at the broker."""
    return order_id.int % 2**53
