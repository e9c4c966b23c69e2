"""What is still to come in a household: orders that wait, purchases by plan, dividends to be reinvested."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median_low
from types import MappingProxyType
from uuid import UUID

from common.dates import add_months
from common.identifiers import derived_uuid
from common.money import ARITHMETIC, quantize
from portfolios.engine.records import (
    LotChoice,
    LotRecord,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from portfolios.engine.wash_groups import WINDOW
from taxharvest.engine.what_if import LAST_SEQUENCE, SaleLedger
from trading.engine.tax_looks import TrapKind

ZERO = Decimal(0)
DISTRIBUTIONS = frozenset((TransactionKind.DIVIDEND, TransactionKind.REINVEST))
ONE = Decimal(1)
# A dividend that was reinvested within this many days is taken for a standing plan.
REINVESTS_WITHIN = 366
# A purchase by plan is made on the day or, around weekends and holidays, within these days of it.
LATE = 5
# Distributions told by two accounts, or entered a few days late, are one; expected days are no nearer known.
SLACK = 10
# Most funds and stocks in the United States distribute four times a year.
QUARTER = 91
# What a distribution is taken to buy where none of the position is known: one share in a hundred held.
USUAL_PART = Decimal(100)
STEPS: Mapping[str, int] = MappingProxyType({"weekly": 7, "fortnightly": 14})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrade:
    """A trade that may happen from `first` to `last` (None: until it is cancelled), at `price` for one share.

    `quantity` is the change of the position in units (a sale is negative), `multiplier` the shares in one.
    `key` names the order, the recurring purchase or, for a reinvestment, the account. `pace` is how often it
    comes, in a word, where it comes again. An order that `rests` may fill later, in part, and down to the
    `worst` price (None: its price).
    """

    kind: TrapKind
    key: UUID
    portfolio_id: UUID
    instrument_id: UUID
    first: date
    last: date | None
    quantity: Decimal
    price: Decimal
    currency: str
    multiplier: Decimal = ONE
    fx_rate: Decimal | None = None
    lots: tuple[LotChoice, ...] = ()
    pace: str = ""
    rests: bool = False
    worst: Decimal | None = None

    @property
    def is_purchase(self) -> bool:
        """Whether shares come in."""
        return self.quantity > 0

    @property
    def row_id(self) -> UUID:
        """The identifier of the row that it would be: the same each time."""
        return derived_uuid(self.key, f"planned:{self.instrument_id}:{self.first}")

    def row(self, day: date, place: int) -> TransactionRecord:
        """The ledger row that it would be on `day`, the one at `place` behind all that is booked."""
        units = ARITHMETIC.multiply(self.quantity, self.multiplier)
        return TransactionRecord(
            id=self.row_id,
            portfolio_id=self.portfolio_id,
            kind=TransactionKind.BUY if self.is_purchase else TransactionKind.SELL,
            trade_date=day,
            sequence=LAST_SEQUENCE + place,
            instrument_id=self.instrument_id,
            quantity=self.quantity,
            price=self.price,
            amount=-quantize(ARITHMETIC.multiply(units, self.price)),
            currency=self.currency,
            fx_rate=self.fx_rate,
            lots=self.lots,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringPlan:
    """A purchase for `amount` that an account makes at a pace (weekly, fortnightly or monthly)."""

    id: UUID
    portfolio_id: UUID
    instrument_id: UUID
    amount: Decimal
    currency: str
    pace: str
    next_on: date

    def days(self, first: date, last: date) -> Iterator[date]:
        """The days from `first` to `last` on which it buys."""
        step = 0
        day = self.next_on
        while day <= last:
            if day >= first:
                yield day
            step += 1
            day = self._after(step)

    def _after(self, steps: int) -> date:
        if self.pace in STEPS:
            return self.next_on + timedelta(days=STEPS[self.pace] * steps)
        return add_months(self.next_on, steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinvestingAccount:
    """Whether an account reinvests by its owner's word, and since when that is paused (None: it is not)."""

    portfolio_id: UUID
    is_told: bool
    paused_on: date | None = None


def recurring_trades(
    plans: Iterable[RecurringPlan],
    rows: Sequence[TransactionRecord],
    prices: Mapping[UUID, Decimal],
    first: date,
    last: date,
) -> tuple[PlannedTrade, ...]:
    """Each purchase that the plans make from `first` to `last`, and those due before that no row tells of.

    A statement may bring a purchase late, so one that was due in the thirty days before `first` counts until
    the ledger has one of about that day. One of unknown price is taken to buy one share: what is not known
    must not hide the day.
    """
    bought: defaultdict[tuple[UUID, UUID | None], list[date]] = defaultdict(list)
    for row in rows:
        if row.kind is TransactionKind.BUY:
            bought[row.portfolio_id, row.instrument_id].append(row.trade_date)
    return tuple(
        PlannedTrade(
            kind=TrapKind.RECURRING,
            key=plan.id,
            portfolio_id=plan.portfolio_id,
            instrument_id=plan.instrument_id,
            first=day,
            last=day,
            quantity=_shares(plan.amount, prices.get(plan.instrument_id)),
            price=prices.get(plan.instrument_id) or plan.amount,
            currency=plan.currency,
            pace=plan.pace,
        )
        for plan in plans
        for day in plan.days(first - timedelta(days=WINDOW), last)
        if day >= first or not _is_told(day, bought[plan.portfolio_id, plan.instrument_id])
    )


def reinvestments(
    ledger: SaleLedger,
    accounts: Mapping[UUID, ReinvestingAccount],
    prices: Mapping[UUID, Decimal],
    first: date,
    last: date,
) -> tuple[PlannedTrade, ...]:
    """Distributions expected from `first` to `last` that an account would put into more of the same.

    A position reinvests when its account is said to, or when a distribution of it was reinvested within a
    year; a pause holds until the ledger shows that the broker went on. When the next distribution comes
    follows from the days of the last ones, ten days more or less. Of what has been held for less than a year
    and has not paid yet nobody knows, so it may pay on any day; what has not paid in a year does not pay.
    """
    held, held_since = _held(ledger, first)
    found = []
    for (portfolio_id, instrument_id), shares in held.items():
        rows = _distributions(ledger.rows, instrument_id, first)
        own = [row for row in rows if row.portfolio_id == portfolio_id]
        account = accounts.get(portfolio_id)
        days = [row.trade_date for row in rows]
        if not _is_reinvesting(own, account, first) or not (days or is_new(held_since[instrument_id], first)):
            continue
        span = expected_span(days, first) if days else (first, None)
        if span[0] <= last:
            price = prices.get(instrument_id)
            found.append(
                PlannedTrade(
                    kind=TrapKind.REINVESTMENT,
                    key=portfolio_id,
                    portfolio_id=portfolio_id,
                    instrument_id=instrument_id,
                    first=max(first, span[0]),
                    last=span[1],
                    quantity=_reinvested(own, shares, price),
                    price=price or ONE,
                    currency=ledger.portfolios[portfolio_id].base_currency,
                )
            )
    return tuple(found)


def expected_span(days: Collection[date], today: date) -> tuple[date, date]:
    """The days between which the next distribution is expected, by the usual gap between the last ones."""
    apart: list[date] = []
    for day in sorted(days):
        if not apart or (day - apart[-1]).days > SLACK:
            apart.append(day)
    gaps = [(later - earlier).days for earlier, later in pairwise(apart)]
    gap = timedelta(days=median_low(gaps) if gaps else QUARTER)
    expected = apart[-1] + gap
    while expected + timedelta(days=SLACK) < today:
        expected += gap
    return expected - timedelta(days=SLACK), expected + timedelta(days=SLACK)


def _is_told(due: date, bought: Iterable[date]) -> bool:
    return any(abs((day - due).days) <= LATE for day in bought)


def is_new(since: date | None, day: date) -> bool:
    """Whether something is held for less than a year, or since nobody knows when."""
    return since is None or (day - since).days < REINVESTS_WITHIN


def _held(ledger: SaleLedger, day: date) -> tuple[dict[tuple[UUID, UUID], Decimal], dict[UUID, date | None]]:
    """Shares held long by account and instrument, and since when the household holds each instrument.

    What a simulated account holds reinvests nothing.
    """
    held: defaultdict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    since: dict[UUID, date | None] = {}
    for lot in ledger.until(day).book.lots:
        if _counts(ledger, lot):
            held[lot.portfolio_id, lot.instrument_id] += lot.quantity
            earlier = since.get(lot.instrument_id, lot.acquired)
            since[lot.instrument_id] = (
                min(earlier, lot.acquired) if earlier and lot.acquired else earlier or lot.acquired
            )
    return dict(held), since


def _counts(ledger: SaleLedger, lot: LotRecord) -> bool:
    return lot.quantity > 0 and ledger.portfolios[lot.portfolio_id].treatment is not Treatment.SIMULATED


def _distributions(
    rows: Iterable[TransactionRecord], instrument_id: UUID, day: date
) -> list[TransactionRecord]:
    """The distributions of an instrument in the year up to `day`, in any account, oldest first."""
    since = day - timedelta(days=REINVESTS_WITHIN)
    found = [
        row
        for row in rows
        if row.instrument_id == instrument_id and row.kind in DISTRIBUTIONS and since <= row.trade_date <= day
    ]
    return sorted(found, key=lambda row: (row.trade_date, row.sequence))


def _is_reinvesting(
    own: Sequence[TransactionRecord], account: ReinvestingAccount | None, today: date
) -> bool:
    reinvested = [row.trade_date for row in own if row.kind is TransactionKind.REINVEST]
    if account is not None and account.paused_on is not None and account.paused_on <= today:
        return any(day > account.paused_on for day in reinvested)
    return bool(reinvested) or (account is not None and account.is_told)


def _reinvested(own: Sequence[TransactionRecord], held: Decimal, price: Decimal | None) -> Decimal:
    """About how many shares the next distribution buys: as many as the last, else as its money would."""
    bought = [row.quantity for row in own if row.kind is TransactionKind.REINVEST and row.quantity > 0]
    if bought:
        return bought[-1]
    paid = [row.amount for row in own if row.kind is TransactionKind.DIVIDEND and row.amount > 0]
    if paid and price:
        return _shares(paid[-1], price)
    return quantize(ARITHMETIC.divide(held, USUAL_PART))


def _shares(amount: Decimal, price: Decimal | None) -> Decimal:
    return quantize(ARITHMETIC.divide(amount, price)) if price else ONE
