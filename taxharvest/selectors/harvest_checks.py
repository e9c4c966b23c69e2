"""Whether a proposal stands on data that is known to be right, and what it may be replaced with."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q
from redis.exceptions import RedisError

from accounts.models import User
from common.formats import moment
from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import day_text
from portfolios.engine.records import LotChoice
from portfolios.models import Holding, Instrument, Lot, Portfolio
from portfolios.selectors.exchange_rates import rate_between
from portfolios.selectors.facts import portfolio_records, tax_rules
from portfolios.selectors.portfolios import instruments_known
from portfolios.selectors.prices import PriceState, quote_on
from taxharvest.engine.harvest.proposals import ProposedLot, ReplacementChoice
from taxharvest.models import HarvestPlan, ReplacementOverride, ReplacementPair, TaxHarvest
from taxharvest.selectors.ledgers import tied_with
from taxharvest.selectors.order_taxes import order_tax_look
from taxharvest.selectors.wash_guard import blocked_symbols
from trading.engine.controls.pricing import reference_price
from trading.engine.records import FINAL_STATES, Quote, Side
from trading.models import BrokerAccount, Contract, Difference, Execution, Order
from trading.selectors.controls import exchange_day
from trading.selectors.live import quotes_told

ZERO, ONE = Decimal(0), Decimal(1)
CENT = Decimal("0.01")
# A live quote as young as this is where the market stands; else the last close is, for a long weekend.
QUOTE_AGE = timedelta(minutes=15)
CLOSE_AGE_DAYS = 4
# The broker's own account of the positions, read this lately.
SYNC_AGE = timedelta(days=1)
KNOWN_CLOSES = frozenset({PriceState.CLOSE, PriceState.STALE, PriceState.MANUAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceNow:
    """What one unit is worth now: `price` in the account's currency, `quoted` in the instrument's.

    `per_quoted` is what one of the quoted currency makes of a unit in the account's, the contract's size and
    the exchange rate together. Prices of orders move in steps of `tick`.
    """

    price: Decimal
    quoted: Decimal
    per_quoted: Decimal
    tick: Decimal
    day: date
    as_of: str
    source: str


def broker_account_of(portfolio_id: UUID) -> BrokerAccount | None:
    """The account at a broker that the portfolio is the book of; None when it is kept by hand."""
    rows = BrokerAccount.objects.select_related("gateway", "portfolio")
    found: BrokerAccount | None = rows.filter(portfolio_id=portfolio_id).first()
    return found


def price_now(user: User, harvest: TaxHarvest, now: datetime, quote: Quote | None = None) -> PriceNow | None:
    """The newest price of a proposal's instrument; None when none is young enough or a rate is missing.

    `quote` is what the gateway said when it was asked; without one the quotes that are told are looked at.
    """
    portfolio, instrument = harvest.portfolio, harvest.instrument
    day = exchange_day(now)
    rate = rate_between(user, portfolio.pk, instrument.currency, harvest.currency, day)
    told = _told(portfolio.household_id, instrument, now, quote)
    if rate is None or told is None:
        return None
    quoted, told_day, as_of, source = told
    per_quoted = ARITHMETIC.multiply(rate, instrument.multiplier)
    ticks = Contract.objects.filter(
        instrument=instrument, gateway__accounts__portfolio_id=portfolio.pk
    ).values_list("min_tick", flat=True)
    return PriceNow(
        price=quantize(ARITHMETIC.multiply(quoted, per_quoted)),
        quoted=quoted,
        per_quoted=per_quoted,
        tick=ticks.first() or CENT,
        day=told_day,
        as_of=as_of,
        source=source,
    )


def harvest_obstacles(
    harvest: TaxHarvest, lots: Collection[ProposedLot], account: BrokerAccount | None, now: datetime
) -> list[str]:
    """Why nothing of the position is to be sold on this data, a sentence each; empty when all is sound."""
    if account is None:
        return [f"{harvest.portfolio} is not connected to a broker: its lots are sold there by hand."]
    return [
        *_account_obstacles(account, now),
        *_lot_obstacles(harvest, lots),
        *_order_obstacles(harvest, account),
    ]


def wash_objection(harvest: TaxHarvest, lots: Collection[ProposedLot], price: PriceNow, now: datetime) -> str:
    """Why the loss of these lots would not count if they were sold now; empty when all of it would.

    What is still to come counts too: open orders, plans to buy, dividends that would be reinvested.
    """
    look = order_tax_look(
        portfolio_id=harvest.portfolio_id,
        instrument_id=harvest.instrument_id,
        side=Side.SELL,
        quantity=sum((lot.quantity for lot in lots), ZERO),
        price=price.quoted,
        day=exchange_day(now),
        lots=[LotChoice(lot_id=lot.lot_id, quantity=lot.quantity) for lot in lots],
    )
    if not look.wash_words:
        return ""
    free = f" The first free day is {day_text(look.first_free)}." if look.first_free else ""
    return f"{look.wash_words}{free}"


def replacements_refused(
    harvest: TaxHarvest, parts: Collection[ReplacementChoice], now: datetime
) -> Mapping[UUID, str]:
    """Why an instrument must not replace what is sold, by instrument; those that may are not in it.

    The same security, whatever counts as identical by the household's groups or the table, what the
    household or an operator forbade, what would wash another loss, what trades in another currency, and what
    has had no price of late.
    """
    household_id = harvest.portfolio.household_id
    known = {row.pk: row for row in instruments_known(household_id).filter(pk__in=_keys(parts))}
    alike = tied_with([harvest.instrument_id], portfolio_records(household_id), tax_rules(household_id))
    blocked = blocked_symbols(household_id, exchange_day(now))
    tagged = _forbidden(household_id, harvest.instrument.symbol)
    found: dict[UUID, str] = {}
    for key in _keys(parts):
        other = known.get(key)
        words = _refusal(harvest, other, alike, blocked, tagged) or _stopped(household_id, other, now)
        if words:
            found[key] = words
    return found


def plans_living(portfolio_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], HarvestPlan]:
    """The plans of some accounts that are still being traded, by account and instrument. One query."""
    rows = HarvestPlan.objects.filter(portfolio_id__in=list(portfolio_ids), state__in=HarvestPlan.LIVING)
    return {(plan.portfolio_id, plan.harvest.instrument_id): plan for plan in rows.select_related("harvest")}


def may_put_forward(user: User, portfolio_id: UUID) -> bool:
    """Whether `user` may propose harvests of an account to its owner: of the family, or by a grant."""
    return Portfolio.objects.proposable_by(user).filter(pk=portfolio_id).exists()


def _told(
    household_id: UUID, instrument: Instrument, now: datetime, asked: Quote | None
) -> tuple[Decimal, date, str, str] | None:
    """Price, day, moment and source: a live quote, else the last close that is young enough."""
    quote = asked or _quote_told(instrument.symbol)
    if quote is not None and not quote.is_delayed and now - quote.as_of <= QUOTE_AGE:
        price = reference_price(quote)
        if price is not None:
            return price, exchange_day(quote.as_of), moment(quote.as_of), quote.source.value
    close = quote_on(household_id, instrument.pk, exchange_day(now))
    is_young = close.state in KNOWN_CLOSES and close.age <= CLOSE_AGE_DAYS
    if close.close is None or close.day is None or not is_young:
        return None
    return close.close, close.day, day_text(close.day), close.source


def _quote_told(symbol: str) -> Quote | None:
    try:
        return quotes_told([symbol]).get(symbol)
    except RedisError:
        return None


def _account_obstacles(account: BrokerAccount, now: datetime) -> Iterator[str]:
    portfolio, gateway = account.portfolio, account.gateway
    if portfolio.closed_on is not None:
        yield f"{portfolio} is closed."
    if not portfolio.is_taxable:
        yield f"Losses of {portfolio} do not count: it is not a taxable account."
    if not account.may_trade or not gateway.is_enabled or gateway.is_read_only:
        yield f"Trading is switched off for {portfolio}."
    if gateway.reconciled_at is None or now - gateway.reconciled_at > SYNC_AGE:
        yield "The book has not been compared with the broker for a day: harvest when it is up to date."
    differing = Difference.objects.filter(account=account, closed_at__isnull=True).order_by("seen_at")
    if (words := differing.values_list("words", flat=True).first()) is not None:
        yield f"Book and broker differ: {words}"


def _lot_obstacles(harvest: TaxHarvest, lots: Collection[ProposedLot]) -> Iterator[str]:
    rows = Lot.objects.filter(portfolio_id=harvest.portfolio_id, instrument_id=harvest.instrument_id)
    held: dict[UUID, Decimal] = defaultdict(Decimal)
    for root, quantity, basis in rows.values_list("root_id", "quantity", "basis_base"):
        if basis is None:
            yield f"The basis of a lot of {harvest.instrument.symbol} is not known."
            return
        held[root] += quantity
    if any(held[lot.lot_id] < lot.quantity for lot in lots):
        yield "The lots have changed since this was worked out: some of them are not held any more."


def _order_obstacles(harvest: TaxHarvest, account: BrokerAccount) -> Iterator[str]:
    symbol = harvest.instrument.symbol
    mine = Q(account=account, instrument_id=harvest.instrument_id)
    if Order.objects.filter(mine).exclude(state__in=FINAL_STATES).exists():
        yield f"An order for {symbol} is open in this account: wait for it, or cancel it."
    if Execution.objects.filter(mine, transaction__isnull=True, quantity__gt=0).exists():
        yield f"A fill of {symbol} is not in the book yet."
    held = Holding.objects.filter(portfolio_id=harvest.portfolio_id, instrument_id=harvest.instrument_id)
    if (held.values_list("quantity", flat=True).first() or ZERO) <= 0:
        yield f"The account does not hold {symbol} any more."


def _keys(parts: Collection[ReplacementChoice]) -> set[UUID]:
    return {part.instrument_id for part in parts}


def _refusal(
    harvest: TaxHarvest,
    other: Instrument | None,
    alike: Collection[UUID],
    blocked: Collection[UUID],
    tagged: Mapping[str, str],
) -> str | None:
    if other is None:
        return "One of the replacements is not known to the household."
    sold = harvest.instrument
    if other.pk in alike:
        return f"{other.symbol} counts as identical with {sold.symbol}: buying it would wash the loss."
    if other.symbol in tagged:
        return f"{other.symbol} does not replace {sold.symbol}: {tagged[other.symbol]}"
    if other.pk in blocked:
        return f"Buying {other.symbol} now would wash another loss of the household."
    if other.currency != sold.currency:
        return f"{other.symbol} trades in {other.currency}, {sold.symbol} in {sold.currency}."
    return None


def _stopped(household_id: UUID, other: Instrument | None, now: datetime) -> str:
    """Why something may not trade any more: no live quote, and no close of the last days."""
    if other is None or _told(household_id, other, now, None) is not None:
        return ""
    return f"{other.symbol} has had no price for days: it may have stopped trading."


def _forbidden(household_id: UUID, symbol: str) -> dict[str, str]:
    """Symbols that the table or somebody refuses, with the reason; the household has the last word."""
    pairs = ReplacementPair.objects.filter(tag=ReplacementPair.Tag.RED)
    found = dict(pairs.filter(symbol=symbol).values_list("other_symbol", "reason"))
    found |= dict(pairs.filter(other_symbol=symbol).values_list("symbol", "reason"))
    said = ReplacementOverride.objects.filter(symbol=symbol).filter(
        Q(household__isnull=True) | Q(household_id=household_id)
    )
    for row in said.order_by(F("household_id").asc(nulls_first=True)):
        if row.verdict == ReplacementOverride.Verdict.FORBID:
            found[row.other_symbol] = row.reason
        elif row.household_id is not None:
            found.pop(row.other_symbol, None)
    return found
