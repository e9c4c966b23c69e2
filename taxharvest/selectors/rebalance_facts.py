"""The facts of a rebalancing, read from the book: accounts, lots, prices, targets, windows and rates."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from common.money import quantize
from portfolios.engine.figures import day_text
from portfolios.engine.holding import term_of
from portfolios.engine.records import TaxOwner, Term, Treatment
from portfolios.engine.targets import TargetKind, TargetRecord, target_of
from portfolios.engine.wash_groups import WINDOW
from portfolios.models import Instrument, Lot, Portfolio, Price
from portfolios.selectors.holdings import TICKING, HoldingLine, HoldingTable, holding_table
from portfolios.selectors.prices import quotes_on, restated, splits_known_to
from portfolios.selectors.scopes import Scope
from portfolios.selectors.targets import counted_accounts, targets_of
from taxharvest.engine.harvest.wash_windows import Window, WindowCause
from taxharvest.engine.rebalance.asked import RebalanceWish
from taxharvest.engine.rebalance.location import is_tax_inefficient
from taxharvest.engine.rebalance.records import (
    Account,
    Asset,
    Block,
    Closes,
    HeldLot,
    RebalanceFacts,
    RecentPurchase,
)
from taxharvest.engine.savings import MarginalRates
from taxharvest.engine.what_if import SaleLedger
from taxharvest.selectors.ledgers import sale_ledger
from taxharvest.selectors.marginal_rates import household_rates
from taxharvest.selectors.wash_guard import blocking_windows
from trading.engine.records import Side
from trading.models import Restriction

ZERO = Decimal(0)
# The highest federal rates with the tax on investment income: IRC 1(j), 1(h), 1411.
HIGHEST = MarginalRates(short=Decimal("0.408"), long=Decimal("0.238"))
HIGHEST_WORDS = "Reckoned with the highest federal rates."
RISK_YEARS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceReading:
    """The facts with what could not be counted in them, a sentence each."""

    facts: RebalanceFacts
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What was read once and is looked at from several sides."""

    scope: Scope
    day: date
    targets: tuple[TargetRecord, ...]
    table: HoldingTable
    ledger: SaleLedger
    locked: Mapping[UUID, str]


def rebalance_facts(scope: Scope, wish: RebalanceWish, day: date) -> RebalanceReading:
    """The facts for all accounts of a household's `scope`, of which those of `wish` may trade.

    Positions that are short, in another currency, neither shares nor funds, or that must not be sold count
    and are not traded.
    """
    whole = counted_accounts(scope)
    reading = _Reading(
        scope=whole,
        day=day,
        targets=targets_of(scope.household_id),
        table=holding_table(whole, day),
        ledger=sale_ledger(scope.household_id).until(day),
        locked=restricted(scope.household_id, day, Side.SELL),
    )
    traded = [line for line in reading.table.lines if _is_traded(line, reading)]
    known = household_rates(scope.household_id, day, reading.ledger.portfolios)
    facts = RebalanceFacts(
        day=day,
        currency=whole.currency,
        accounts=tuple(_accounts(reading, wish)),
        assets=tuple(_assets(reading, traded)),
        lots=tuple(_lots(reading, traded)),
        targets=reading.targets,
        labels=tuple(target_label(one) for one in reading.targets),
        rates=known.rates or HIGHEST,
        rate_note="" if known.rates else f"{known.reason} {HIGHEST_WORDS}",
        wish=wish.wish,
        recent=tuple(_recent(reading)),
        fixed=_fixed(reading, traded),
    )
    return RebalanceReading(facts=facts, notes=tuple(_notes(reading, traded, facts)))


def closes_of(household_id: UUID, instrument_ids: Collection[UUID], day: date) -> Closes:
    """Three years of closes in today's shares, by instrument. Two queries."""
    splits = splits_known_to(household_id, instrument_ids)
    since = day - timedelta(days=366 * RISK_YEARS)
    rows = Price.objects.filter(instrument_id__in=list(instrument_ids), day__gte=since, day__lte=day)
    found: defaultdict[UUID, list[tuple[date, Decimal]]] = defaultdict(list)
    for key, on, close in rows.order_by("day").values_list("instrument_id", "day", "close"):
        found[key].append((on, restated(close, on, splits[key])))
    return dict(found)


def restricted(household_id: UUID, day: date, side: Side) -> dict[UUID, str]:
    """Instruments that must not be traded on `side` on `day`, in any account, with the reason."""
    rows = Restriction.objects.filter(
        Q(household__isnull=True) | Q(household_id=household_id),
        Q(begins__isnull=True) | Q(begins__lte=day),
        Q(ends__isnull=True) | Q(ends__gte=day),
        side__in=("", side.value),
        is_hard=True,
    )
    return dict(rows.values_list("instrument_id", "reason"))


def target_label(target: TargetRecord) -> str:
    """What a target is called: an asset class by its name, the others by themselves."""
    if target.kind is TargetKind.ASSET_CLASS and target.key in Instrument.AssetClass.values:
        return Instrument.AssetClass(target.key).label
    return target.key


def _is_traded(line: HoldingLine, reading: _Reading) -> bool:
    """Whether a position can be part of a plan at all."""
    return (
        line.quantity > 0
        and line.quote.close is not None
        and line.currency == reading.scope.currency
        and line.asset_class in TICKING
        and line.instrument_id not in reading.locked
    )


def _accounts(reading: _Reading, wish: RebalanceWish) -> Iterable[Account]:
    cash: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for line in reading.table.cash:
        if line.currency == reading.scope.currency:
            cash[line.portfolio_id] += line.amount
    for account in reading.scope.accounts:
        record = reading.ledger.portfolios[account.id]
        is_own = record.owner is not TaxOwner.OTHER and account.base_currency == reading.scope.currency
        yield Account(
            id=account.id,
            name=account.name,
            is_taxed=record.treatment is Treatment.TAXABLE,
            may_trade=is_own and account.id in wish.accounts,
            cash=cash[account.id],
            flow=wish.flows.get(account.id, ZERO),
        )


def _assets(reading: _Reading, traded: Sequence[HoldingLine]) -> Iterable[Asset]:
    """What is held and traded, and what the targets name besides."""
    prices = {line.instrument_id: quantize((line.quote.close or ZERO) * line.multiplier) for line in traded}
    held = Instrument.objects.in_bulk(list(prices))
    wanted = _targeted(reading, {row.symbol for row in held.values()})
    prices |= _prices(reading, wanted)
    blocks = _blocks(reading)
    for row in sorted([*held.values(), *wanted], key=lambda row: (row.symbol, row.pk)):
        identity = reading.ledger.rules.identities.get(row.pk)
        yield Asset(
            id=row.pk,
            symbol=row.symbol,
            group=identity.group if identity else row.pk,
            # A close below half of the smallest unit of money is none to trade at.
            price=prices.get(row.pk) or None,
            target=_place(reading, row.symbol, row.sector, row.asset_class),
            is_tax_inefficient=is_tax_inefficient(
                asset_class=row.asset_class, sector=row.sector, name=row.name
            ),
            blocked=blocks.get(row.pk),
        )


def _targeted(reading: _Reading, held: Collection[str]) -> list[Instrument]:
    """Instruments that targets name and nobody holds; the household's own before a shared one."""
    symbols = {one.key for one in reading.targets if one.kind is TargetKind.INSTRUMENT} - set(held)
    positions = {line.symbol for line in reading.table.lines}
    rows = Instrument.objects.known_to(reading.scope.household_id).filter(
        symbol__in=symbols - positions, currency=reading.scope.currency
    )
    found: dict[str, Instrument] = {}
    for row in rows.order_by("symbol", "household_id", "created_at"):
        if row.symbol not in found or row.household_id is not None:
            found[row.symbol] = row
    return list(found.values())


def _prices(reading: _Reading, rows: Sequence[Instrument]) -> dict[UUID, Decimal]:
    quotes = quotes_on(
        splits_known_to(reading.scope.household_id, {row.pk for row in rows}),
        reading.day,
        tells_last_known=False,
    )
    sizes = {row.pk: row.multiplier for row in rows}
    return {
        key: quantize(quote.close * sizes[key])
        for key, quote in quotes.items()
        if quote.close is not None and quote.currency == reading.scope.currency
    }


def _blocks(reading: _Reading) -> dict[UUID, Block]:
    """What must not be bought: what the wash guard blocks, and restrictions."""
    household_id, day = reading.scope.household_id, reading.day
    blocks = {
        key: Block(until=window.free_on, words=_window_words(window))
        for key, window in blocking_windows(household_id, day).items()
    }
    for key, reason in restricted(household_id, day, Side.BUY).items():
        blocks.setdefault(key, Block(until=None, words=_sentence(reason)))
    return blocks


def _window_words(window: Window) -> str:
    """Which loss a purchase would wash: one of the book, or one that an open sale is to take."""
    if window.cause is WindowCause.SOLD:
        return f"it would wash a loss that was sold on {day_text(window.begins)}."
    return "it would wash the loss of a sale that is still open."


def _lots(reading: _Reading, traded: Sequence[HoldingLine]) -> Iterable[HeldLot]:
    """The undivided lots of what is traded: parts that the wash-sale rule split off are added up again.

    A lot is long-term when all its parts are.
    """
    pairs = {(line.portfolio_id, line.instrument_id) for line in traded}
    rows = Lot.objects.filter(portfolio_id__in=reading.scope.portfolio_ids, quantity__gt=0)
    by_root: defaultdict[UUID, list[Lot]] = defaultdict(list)
    for row in rows.order_by("acquired", "id"):
        if (row.portfolio_id, row.instrument_id) in pairs:
            by_root[row.root_id].append(row)
    for root, parts in by_root.items():
        yield _lot(root, parts, reading.day)


def _lot(root: UUID, parts: Sequence[Lot], day: date) -> HeldLot:
    terms = {term_of(part.holding_date, day) for part in parts}
    bases = [part.basis_base for part in parts]
    return HeldLot(
        id=root,
        account_id=parts[0].portfolio_id,
        asset_id=parts[0].instrument_id,
        acquired=parts[0].acquired,
        quantity=sum((part.quantity for part in parts), ZERO),
        basis=None if None in bases else sum((basis for basis in bases if basis is not None), ZERO),
        is_long=None if Term.UNKNOWN in terms else terms == {Term.LONG},
    )


def _recent(reading: _Reading) -> Iterable[RecentPurchase]:
    """Shares bought in the last thirty days and still held, in accounts whose purchases can wash a loss."""
    first = reading.day - timedelta(days=WINDOW)
    for lot in reading.ledger.book.lots:
        account = reading.ledger.portfolios[lot.portfolio_id]
        is_outside = account.treatment is Treatment.SIMULATED or account.owner is TaxOwner.OTHER
        if lot.quantity > 0 and lot.acquired is not None and lot.acquired >= first and not is_outside:
            identity = reading.ledger.rules.identities.get(lot.instrument_id)
            yield RecentPurchase(
                group=identity.group if identity else lot.instrument_id,
                lot_id=lot.root_id,
                shares=lot.quantity,
            )


def _fixed(reading: _Reading, traded: Sequence[HoldingLine]) -> dict[int | None, Decimal]:
    """What counts and is not traded, by place: other positions, and cash in other currencies."""
    kept = {line.id for line in traded}
    fixed: defaultdict[int | None, Decimal] = defaultdict(Decimal)
    for line in reading.table.lines:
        if line.id not in kept and line.value_base is not None:
            fixed[_place(reading, line.symbol, line.sector, line.asset_class)] += line.value_base
    for cash in reading.table.cash:
        if cash.currency != reading.scope.currency and cash.amount_base is not None:
            fixed[None] += cash.amount_base
    return dict(fixed)


def _place(reading: _Reading, symbol: str, sector: str, asset_class: str) -> int | None:
    return target_of(reading.targets, symbol=symbol, sector=sector, asset_class=asset_class)


def _notes(reading: _Reading, traded: Sequence[HoldingLine], facts: RebalanceFacts) -> Iterable[str]:
    if facts.rate_note:
        yield facts.rate_note
    if reading.table.missing:
        yield f"Without a usable price, so in no weight: {', '.join(reading.table.missing)}."
    kept = {line.id for line in traded}
    others = sorted({line.symbol for line in reading.table.lines if line.id not in kept and line.value_base})
    if others:
        yield f"Counted as they stand, and not traded: {', '.join(others)}."
    locked = {line.instrument_id: line.symbol for line in reading.table.lines}
    for key, reason in reading.locked.items():
        if key in locked:
            yield f"{locked[key]} must not be sold now: {_sentence(reason)}"
    unpriced = sorted(one.symbol for one in facts.assets if one.price is None)
    if unpriced:
        yield f"No usable price, so not bought: {', '.join(unpriced)}."


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def portfolios_open(household_id: UUID) -> list[Portfolio]:
    """The accounts of a household that a plan may trade in: open ones, paper left out."""
    rows = Portfolio.objects.filter(household_id=household_id, closed_on__isnull=True)
    return list(rows.exclude(kind=Portfolio.Kind.PAPER).order_by("created_at", "name"))
