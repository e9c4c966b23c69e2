"""Household-years of random trading, with the wash guard asked before every order and without it.

A household has four accounts (a taxable one, the spouse's taxable one and an IRA of each), two stocks, two
funds that are identical, a fund that distributes, and a call. Each trading day it may place an order: at the
market, with a limit or a stop, for some days or until cancelled; orders rest, fill in pieces and are
cancelled. Meanwhile some accounts buy by plan and reinvest dividends, which asks nobody. What a person would
like to do on a day hangs on the seed alone, so the same wishes meet the guard or do not.

With the guard an order that would wash a loss is not placed. Where something planned is the reason, the
person mostly pauses or cancels that and places the order then; plans go on once they wash nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from common.identifiers import derived_uuid
from common.money import quantize
from portfolios.engine.policies import Identity, TaxRules
from portfolios.engine.records import (
    Book,
    DisposalRecord,
    PortfolioRecord,
    ReliefMethod,
    TaxOwner,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from taxharvest.engine.harvest.guard import order_threats, order_washes
from taxharvest.engine.harvest.planned_trades import (
    PlannedTrade,
    RecurringPlan,
    ReinvestingAccount,
    recurring_trades,
    reinvestments,
)
from taxharvest.engine.what_if import SaleLedger
from trading.engine.tax_looks import JUMP, RISE, TrapKind

FIRST_DAY = date(2025, 1, 1)
DAYS = 365
# Thirty-one more days without new orders: what still waits or comes by plan may wash the last losses.
TAIL = 31
HOME, SPOUSE, IRA, SPOUSE_IRA = ACCOUNTS = tuple(UUID(int=0xA000 + number) for number in range(4))
ACME, BETA, FUND, TWIN, YIELD, CALL = INSTRUMENTS = tuple(UUID(int=0xB000 + number) for number in range(6))
FUNDS = UUID(int=0xC001)
RULES = TaxRules(
    identities={
        ACME: Identity(group=ACME),
        BETA: Identity(group=BETA),
        FUND: Identity(group=FUNDS),
        TWIN: Identity(group=FUNDS),
        YIELD: Identity(group=YIELD),
        CALL: Identity(group=CALL, replaces=ACME, shares_per_unit=100),
    }
)
# What is derived together: identical instruments, and a call with what it is on.
PARTS = {ACME: 0, CALL: 0, BETA: 1, FUND: 2, TWIN: 2, YIELD: 3}
PRICES = {ACME: 120, BETA: 80, FUND: 60, TWIN: 45, YIELD: 50, CALL: 12}
RELIEFS = (ReliefMethod.FIFO, ReliefMethod.HIFO, ReliefMethod.LIFO, ReliefMethod.MINIMUM_TAX)
# The day of the quarter on which each distributes.
DISTRIBUTIONS = {FUND: 17, TWIN: 40, YIELD: 62}
QUARTER = 91
PAYS = Decimal("0.008")
HUNDRED, TEN, THOUSAND = Decimal(100), Decimal(10), Decimal(1000)
CENT = Decimal("0.01")
WEEKDAYS, FRIDAY = 5, 4
HORIZON = timedelta(days=122)
# Chances: that somebody wishes to trade on a day, that an open order is cancelled, that a person gives way.
WISHES, CANCELS, GIVES_WAY = 0.3, 0.02, 0.75


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody would like to trade.

    `size` is tenths of the position for a sale, lots of ten shares for a purchase. `offset` is how far from
    the market the order stands, in thousandths; `lasts` how many days (0: it trades at the market at once,
    None: until cancelled).
    """

    account: UUID
    instrument: UUID
    is_sale: bool
    size: int
    offset: int
    is_stop: bool
    lasts: int | None
    gives_way: bool


@dataclass(slots=True)
class Tally:
    """What came of household-years: orders placed and blocked, sales, and what was washed in the end."""

    placed: int = 0
    blocked: int = 0
    gave_way: int = 0
    loss_sales: int = 0
    washed_sales: int = 0
    households: int = 0
    disallowed: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)

    def add(self, other: "Tally") -> None:
        """Count another year in."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class _Waiting:
    """An order that rests, and the direction from which the market has to come."""

    trade: PlannedTrade
    is_stop: bool

    def has_come(self, price: Decimal) -> bool:
        """Whether the market has come to its price."""
        waits_for_fall = self.trade.is_purchase is not self.is_stop
        return price <= self.trade.price if waits_for_fall else price >= self.trade.price


@dataclass(slots=True)
class _Part:
    """The rows of what is derived together, and the book that follows from them."""

    rows: list[TransactionRecord] = field(default_factory=list)
    known: SaleLedger | None = None


class HouseholdYear:
    """One household through one year; `run` returns what came of it."""

    def __init__(self, seed: int, *, is_guarded: bool) -> None:
        self._seed, self._is_guarded = seed, is_guarded
        start = self._random("start")
        self._portfolios = _portfolios(start)
        self._parts = [_Part() for _ in range(4)]
        self._prices = {key: Decimal(price) for key, price in PRICES.items()}
        self._reinvests = {key for key in ACCOUNTS if start.random() < 0.6}  # noqa: PLR2004 - a chance
        self._paused_on: dict[UUID, date] = {}
        self._plans = _plans(start)
        self._paused: set[UUID] = set()
        self._orders: dict[UUID, _Waiting] = {}
        self._count = 0
        self._tally = Tally(households=1)
        self._past(start)

    def run(self) -> Tally:
        """Live through the year and judge it."""
        for number in range(DAYS + TAIL):
            day = FIRST_DAY + timedelta(days=number)
            if day.weekday() < WEEKDAYS:
                self._live(day, self._random(f"day {number}"), wishes=number < DAYS)
        return self._judged()

    def book(self) -> list[Book]:
        """The book of each part, in the taxpayer's view."""
        return [self._ledger(number).book for number in range(len(self._parts))]

    def _live(self, day: date, random: Random, *, wishes: bool) -> None:
        self._market(random)
        self._distribute(day)
        self._buy_by_plan(day)
        self._fill(day, random)
        self._cancel(random)
        wish = _wish(random)
        if wishes and wish is not None:
            self._act(wish, day)
        if self._is_guarded and day.weekday() == FRIDAY:
            self._take_up_again(day)

    def _market(self, random: Random) -> None:
        for key in INSTRUMENTS:
            step = Decimal(round(random.gauss(0, 18))) / THOUSAND
            self._prices[key] = max(self._prices[key] * (1 + step), Decimal(2)).quantize(CENT)

    # --- What asks nobody ----------------------------------------------------------------------------

    def _distribute(self, day: date) -> None:
        for key, on in DISTRIBUTIONS.items():
            # A distribution of the weekend is paid on the Monday after it.
            for back in range(3 if day.weekday() == 0 else 1):
                due = day - timedelta(days=back)
                moved = on + self._random(f"pays {key} {due.year} {due.month}").randint(-3, 3)
                if _days_of_quarter(due) == moved:
                    for account, held in self._held(key).items():
                        self._pay(account, key, held, day)

    def _pay(self, account: UUID, key: UUID, held: Decimal, day: date) -> None:
        cash = (held * self._prices[key] * PAYS).quantize(CENT)
        paused = self._paused_on.get(account)
        if account in self._reinvests and (paused is None or paused > day):
            self._book(day, account, key, quantize(cash / self._prices[key]), kind=TransactionKind.REINVEST)
        elif cash:
            row = replace(
                self._row(day, account, key, Decimal(0)), kind=TransactionKind.DIVIDEND, amount=cash
            )
            self._add(row)

    def _buy_by_plan(self, day: date) -> None:
        # What falls on a weekend is bought on the Monday after it.
        since = day - timedelta(days=2) if day.weekday() == 0 else day
        for plan in self._plans:
            if plan.id not in self._paused:
                for _ in plan.days(since, day):
                    price = self._prices[plan.instrument_id]
                    self._book(day, plan.portfolio_id, plan.instrument_id, quantize(plan.amount / price))

    def _fill(self, day: date, random: Random) -> None:
        for key, order in list(self._orders.items()):
            trade = order.trade
            if trade.last is not None and trade.last < day:
                del self._orders[key]
            elif order.has_come(self._prices[trade.instrument_id]):
                part = random.choice((Decimal(1), Decimal("0.5")))
                quantity = (trade.quantity * part).quantize(Decimal(1)) or trade.quantity
                self._trade(trade, quantity, day, order)

    def _trade(self, trade: PlannedTrade, quantity: Decimal, day: date, order: _Waiting) -> None:
        """A fill where the market stands: past a limit that is better than asked, past a stop worse."""
        self._book(day, trade.portfolio_id, trade.instrument_id, quantity, order=trade.key)
        left = trade.quantity - quantity
        if left:
            order.trade = replace(trade, quantity=left)
        else:
            del self._orders[trade.key]

    def _cancel(self, random: Random) -> None:
        for key in list(self._orders):
            if random.random() < CANCELS:
                del self._orders[key]

    # --- What somebody orders ------------------------------------------------------------------------

    def _act(self, wish: Wish, day: date) -> None:
        trade = self._ordered(wish, day)
        if trade is None:
            return
        if self._is_guarded and not self._may_go(trade, day):
            if not (wish.gives_way and self._give_way(trade, day) and self._may_go(trade, day)):
                self._tally.blocked += 1
                return
            self._tally.gave_way += 1
        self._tally.placed += 1
        order = _Waiting(trade, is_stop=wish.is_stop)
        if wish.lasts == 0:
            self._orders[trade.key] = order
            self._trade(trade, trade.quantity, day, order)
        else:
            self._orders[trade.key] = order

    def _ordered(self, wish: Wish, day: date) -> PlannedTrade | None:
        quantity = Decimal(wish.size) * (1 if wish.instrument == CALL else 10)
        if wish.is_sale:
            free = self._held(wish.instrument).get(wish.account, Decimal(0)) + sum(
                order.trade.quantity
                for order in self._orders.values()
                if (order.trade.portfolio_id, order.trade.instrument_id) == (wish.account, wish.instrument)
                and not order.trade.is_purchase
            )
            quantity = -(free * wish.size / TEN).quantize(Decimal(1))
        if not quantity or (wish.is_sale and quantity > 0):
            return None
        price = self._prices[wish.instrument]
        if wish.lasts != 0:
            # A purchase waits below the market and a sale above it; a stop is the other way about.
            is_above = wish.is_sale is not wish.is_stop
            price *= 1 + Decimal(wish.offset if is_above else -wish.offset) / THOUSAND
        last = None if wish.lasts is None else day + timedelta(days=wish.lasts)
        trade = self._planned(wish.account, wish.instrument, quantity, price.quantize(CENT), day)
        worst = trade.price * (JUMP if wish.is_sale else RISE) if wish.is_stop else trade.price
        return replace(trade, last=last, rests=wish.lasts != 0, worst=worst)

    def _planned(
        self, account: UUID, instrument: UUID, quantity: Decimal, price: Decimal, day: date
    ) -> PlannedTrade:
        self._count += 1
        return PlannedTrade(
            kind=TrapKind.ORDER,
            key=UUID(int=(0xD << 100) | (0x7 << 76) | (0b10 << 62) | self._count),
            portfolio_id=account,
            instrument_id=instrument,
            first=day,
            last=day,
            quantity=quantity,
            price=price,
            currency="USD",
            multiplier=HUNDRED if instrument == CALL else Decimal(1),
        )

    # --- The guard -----------------------------------------------------------------------------------

    def _may_go(self, trade: PlannedTrade, day: date) -> bool:
        """What the look at an order asks: of the book first, then of everything still to come."""
        before = self._ledger(PARTS[trade.instrument_id])
        return not order_washes(before, trade) and not self._threats(trade, day)

    def _threats(self, trade: PlannedTrade, day: date) -> list[PlannedTrade]:
        before = self._ledger(PARTS[trade.instrument_id])
        return [one.trade for one in order_threats(before, trade, self._others(trade, day))]

    def _others(self, trade: PlannedTrade, day: date) -> list[PlannedTrade]:
        part = PARTS[trade.instrument_id]
        before = self._ledger(part)
        others = [
            replace(order.trade, first=day)
            for order in self._orders.values()
            if PARTS[order.trade.instrument_id] == part
        ]
        if not trade.is_purchase or others:
            until = min(trade.last or date.max, day + HORIZON) + timedelta(days=30)
            plans = [
                plan
                for plan in self._plans
                if plan.id not in self._paused and PARTS[plan.instrument_id] == part
            ]
            accounts = {
                key: ReinvestingAccount(
                    portfolio_id=key, is_told=key in self._reinvests, paused_on=self._paused_on.get(key)
                )
                for key in ACCOUNTS
            }
            others += recurring_trades(plans, before.rows, self._prices, day, until)
            others += reinvestments(before, accounts, self._prices, day, until)
        return others

    def _give_way(self, trade: PlannedTrade, day: date) -> bool:
        """Pause or cancel what the guard names; whether there was anything."""
        threats = self._threats(trade, day)
        for one in threats:
            if one.kind is TrapKind.ORDER:
                self._orders.pop(one.key, None)
            elif one.kind is TrapKind.RECURRING:
                self._paused.add(one.key)
            else:
                self._paused_on.setdefault(one.key, day)
        return bool(threats)

    def _take_up_again(self, day: date) -> None:
        """Plans that are paused go on once a purchase would wash nothing, booked or waiting."""
        for plan in self._plans:
            if plan.id in self._paused and self._is_clear(plan.portfolio_id, plan.instrument_id, day):
                self._paused.discard(plan.id)
        for account in list(self._paused_on):
            if all(self._is_clear(account, key, day) for key in DISTRIBUTIONS if account in self._held(key)):
                del self._paused_on[account]

    def _is_clear(self, account: UUID, instrument: UUID, day: date) -> bool:
        trade = self._planned(account, instrument, Decimal(1), self._prices[instrument], day)
        # The price of what a plan buys is not known yet.
        return self._may_go(replace(trade, kind=TrapKind.RECURRING, last=None), day)

    # --- The book ------------------------------------------------------------------------------------

    def _past(self, random: Random) -> None:
        """Lots of the year before, and the distributions they have had."""
        for account in ACCOUNTS:
            for key in INSTRUMENTS[:-1]:
                for _ in range(random.randint(0, 3)):
                    day = FIRST_DAY - timedelta(days=random.randint(200, 500))
                    price = (self._prices[key] * Decimal(random.randint(800, 1250)) / THOUSAND).quantize(CENT)
                    self._book(day, account, key, Decimal(random.randint(10, 90)), price=price)
        for number in range(360, 0, -1):
            day = FIRST_DAY - timedelta(days=number)
            if day.weekday() < WEEKDAYS:
                self._distribute(day)

    def _book(
        self,
        day: date,
        account: UUID,
        instrument: UUID,
        quantity: Decimal,
        *,
        price: Decimal | None = None,
        kind: TransactionKind | None = None,
        order: UUID | None = None,
    ) -> None:
        paid = self._prices[instrument] if price is None else price
        if not quantity:
            return
        row = self._row(day, account, instrument, quantity, paid)
        usual = TransactionKind.BUY if quantity > 0 else TransactionKind.SELL
        self._add(replace(row, kind=kind or usual, order_ref="" if order is None else str(order)))

    def _row(
        self, day: date, account: UUID, instrument: UUID, quantity: Decimal, price: Decimal = Decimal(0)
    ) -> TransactionRecord:
        self._count += 1
        size = HUNDRED if instrument == CALL else 1
        return TransactionRecord(
            id=UUID(int=(self._count << 80) | (0x7 << 76) | (0b10 << 62) | self._count),
            portfolio_id=account,
            kind=TransactionKind.BUY,
            trade_date=day,
            sequence=self._count,
            instrument_id=instrument,
            quantity=quantity,
            price=price,
            amount=-(quantity * size * price).quantize(CENT),
            currency="USD",
        )

    def _add(self, row: TransactionRecord) -> None:
        assert row.instrument_id is not None  # noqa: S101 - every row here has one
        part = self._parts[PARTS[row.instrument_id]]
        part.rows.append(row)
        part.known = None

    def _ledger(self, number: int) -> SaleLedger:
        part = self._parts[number]
        if part.known is None:
            part.known = SaleLedger(rows=tuple(part.rows), portfolios=self._portfolios, rules=RULES)
        return part.known

    def _held(self, instrument: UUID) -> dict[UUID, Decimal]:
        held: dict[UUID, Decimal] = {}
        for lot in self._ledger(PARTS[instrument]).book.lots:
            if lot.instrument_id == instrument and lot.quantity > 0:
                held[lot.portfolio_id] = held.get(lot.portfolio_id, Decimal(0)) + lot.quantity
        return held

    def _judged(self) -> Tally:
        for book in self.book():
            losses = {piece.transaction_id for piece in book.disposals if _is_loss(piece)}
            self._tally.loss_sales += len(losses)
            self._tally.washed_sales += len({wash.sale_id for wash in book.washes})
            for wash in book.washes:
                self._tally.disallowed += wash.disallowed_base
                self._tally.lost += wash.disallowed_base if wash.is_permanent else 0
        return self._tally

    def _random(self, label: str) -> Random:
        return Random(derived_uuid(UUID(int=self._seed), label).int)  # noqa: S311 - the same year each time


def years(seeds: Iterable[int], *, is_guarded: bool) -> Tally:
    """The household-years of these seeds, counted together."""
    total = Tally()
    for seed in seeds:
        total.add(HouseholdYear(seed, is_guarded=is_guarded).run())
    return total


def _portfolios(random: Random) -> dict[UUID, PortfolioRecord]:
    kinds = (
        (HOME, Treatment.TAXABLE, TaxOwner.TAXPAYER),
        (SPOUSE, Treatment.TAXABLE, TaxOwner.SPOUSE),
        (IRA, Treatment.IRA, TaxOwner.TAXPAYER),
        (SPOUSE_IRA, Treatment.IRA, TaxOwner.SPOUSE),
    )
    return {
        key: PortfolioRecord(
            id=key, base_currency="USD", relief=random.choice(RELIEFS), treatment=treatment, owner=owner
        )
        for key, treatment, owner in kinds
    }


def _plans(random: Random) -> list[RecurringPlan]:
    """Up to two purchases by plan, in any account."""
    return [
        RecurringPlan(
            id=UUID(int=0xE000 + number),
            portfolio_id=random.choice(ACCOUNTS),
            instrument_id=random.choice(INSTRUMENTS[:-1]),
            amount=Decimal(random.randint(100, 600)),
            currency="USD",
            pace=random.choice(("weekly", "fortnightly", "monthly")),
            next_on=FIRST_DAY + timedelta(days=random.randint(0, 200)),
        )
        for number in range(random.randint(0, 2))
    ]


def _wish(random: Random) -> Wish | None:
    """What somebody would like to trade today; mostly nothing."""
    if random.random() >= WISHES:
        return None
    lasts = random.choice((0, 0, 1, 10, 45, None))
    is_sale = random.random() < 0.5  # noqa: PLR2004 - heads or tails
    return Wish(
        account=random.choice(ACCOUNTS),
        instrument=random.choice(INSTRUMENTS),
        is_sale=is_sale,
        size=random.randint(1, 10),
        offset=random.randint(2, 80),
        is_stop=bool(lasts != 0 and random.random() < 0.2),  # noqa: PLR2004 - one in five
        lasts=lasts,
        gives_way=random.random() < GIVES_WAY,
    )


def _days_of_quarter(day: date) -> int:
    return (day - FIRST_DAY).days % QUARTER


def _is_loss(piece: DisposalRecord) -> bool:
    return piece.gain_base is not None and piece.gain_base < 0
