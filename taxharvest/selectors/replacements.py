"""What may be held instead of a position: the table, the household's word, and the book's own closes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q

from portfolios.engine.closes import MAX_AGE_DAYS, Split
from portfolios.engine.identities import InstrumentTraits, grouping_of
from portfolios.engine.policies import WashPolicy
from portfolios.engine.records import TransactionKind
from portfolios.models import IdentityMember, Instrument, TaxPolicy, Transaction
from taxharvest.engine.harvest.candidates import Candidate
from taxharvest.engine.harvest.replacements import (
    Known,
    Likeness,
    Override,
    Pair,
    PairBook,
    Replacement,
    Tag,
    Verdict,
    fund_replacements,
)
from taxharvest.engine.harvest.stock_replacements import (
    BROAD_CLASS,
    SECTOR_CLASSES,
    Basket,
    basket_replacement,
    best_first,
    fund_offers,
    sector_names,
)
from taxharvest.models import ReplacementOverride, ReplacementPair
from taxharvest.selectors.close_series import CloseSeries, History, Splits

BOUGHT_INSTEAD = (Instrument.AssetClass.STOCK, Instrument.AssetClass.FUND)

ANYBODY = UUID(int=0)

# One look into the index for each instrument; there may be thousands, with years of closes.
PRICED = """
SELECT instrument_id FROM unnest(%(instruments)s::uuid[]) AS wanted(instrument_id)
WHERE EXISTS (
    SELECT 1 FROM prices p
    WHERE p.instrument_id = wanted.instrument_id AND p.day BETWEEN %(since)s AND %(day)s
)
"""
Blocked = Collection[str] | Collection[UUID] | Collection[str | UUID]


_Market = tuple[tuple[str, History], ...]
_BasketKey = tuple[str, tuple[str, ...], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """An instrument with what its identity follows from."""

    sector: str
    traits: InstrumentTraits

    @property
    def is_fund(self) -> bool:
        """Whether it is a fund by what its source says."""
        return self.traits.asset_class == Instrument.AssetClass.FUND


class _Shelf:
    """Instruments in order, found by symbol; behind them those of another shelf."""

    def __init__(self, items: Sequence[tuple[_Row, Known]], behind: "_Shelf | None" = None) -> None:
        self._items, self._behind = items, behind
        self._names: defaultdict[str, list[tuple[_Row, Known]]] = defaultdict(list)
        for row, item in items:
            self._names[item.symbol].append((row, item))

    def all(self) -> Iterator[tuple[_Row, Known]]:
        """Every instrument."""
        yield from self._items
        if self._behind is not None:
            yield from self._behind.all()

    def named(self, symbol: str) -> list[tuple[_Row, Known]]:
        """The instruments of a symbol."""
        own = self._names.get(symbol, [])
        return own if self._behind is None else [*own, *self._behind.named(symbol)]


def replacement_for(
    household_id: UUID,
    wanted: Candidate | str,
    day: date,
    *,
    blocked: Blocked,
    makes_baskets: bool = True,
) -> tuple[Replacement, ...]:
    """What the household may hold instead of a position, best first; never anything RED.

    `wanted` is a candidate, or a symbol as the household knows it; `blocked` are symbols or instruments that
    must not be bought now. Baskets of shares load numpy, so a serving process leaves them out. For many
    positions make one `ReplacementDesk` and ask it.
    """
    desk = ReplacementDesk([household_id], day, makes_baskets=makes_baskets)
    symbol = wanted if isinstance(wanted, str) else wanted.symbol
    instrument_id = None if isinstance(wanted, str) else wanted.instrument_id
    return desk.offers(household_id, symbol, blocked=blocked, instrument_id=instrument_id)


class ReplacementDesk:
    """The table, the instruments, the words and the closes of some households, read once and asked often.

    Seven queries to make it, and one for closes whenever something is asked about whose closes it lacks;
    `learn` reads those of many symbols at once. `turn_to` goes on with other households: what holds for
    everybody, and what was reckoned from closes, is read and reckoned once.
    """

    def __init__(
        self,
        household_ids: Collection[UUID],
        day: date,
        *,
        makes_baskets: bool = True,
    ) -> None:
        self._day = day
        self._makes_baskets = makes_baskets
        self._book = pair_book()
        self._closes = CloseSeries(day)
        self._markets: dict[_Market, int] = {}
        self._baskets: dict[_BasketKey, Basket | None] = {}
        self._shared: dict[WashPolicy, _Shelf] = {}
        self._overrides: dict[UUID | None, list[Override]] = {}
        self._rows: dict[UUID | None, list[_Row]] = {}
        self._groups: dict[tuple[UUID | None, UUID], UUID] = {}
        self._priced: set[UUID] = set()
        self._read(household_ids, with_shared=True)

    def turn_to(self, household_ids: Collection[UUID]) -> None:
        """Go on with these households; of those before nothing is kept. Six queries, or five."""
        self._overrides = {None: self._overrides.get(None, [])}
        self._rows = {None: self._rows.get(None, [])}
        self._groups = {key: group for key, group in self._groups.items() if key[0] is None}
        self._read(household_ids, with_shared=False)

    def _read(self, household_ids: Collection[UUID], *, with_shared: bool) -> None:
        owners = _Owners(household_ids, with_shared)
        rows = _instruments(owners)
        self._overrides |= _overrides(owners)
        self._rows |= rows
        self._groups |= _groups(owners)
        self._priced |= _priced([row.traits.id for found in rows.values() for row in found], self._day)
        self._policies = _policies(household_ids)
        self._splits = _splits(household_ids)
        self._grouping = {owner for owner, _ in self._groups}
        self._known: dict[UUID, _Shelf] = {}

    def offers(
        self,
        household_id: UUID,
        symbol: str,
        *,
        blocked: Blocked = (),
        instrument_id: UUID | None = None,
    ) -> tuple[Replacement, ...]:
        """What may be held instead of `symbol`, best first; nothing for what the household does not know."""
        sold = _found(self._known_to(household_id).named(symbol), instrument_id)
        if sold is None:
            return ()
        row, item = sold
        if row.is_fund or self._book.of(symbol):
            return self._funds(household_id, row, item, set(blocked))
        return self._shares(household_id, row, item, set(blocked))

    def volatility(self, household_id: UUID, instrument_id: UUID) -> Decimal | None:
        """The volatility of an instrument, a year, from its own closes; None with fewer than 60 returns."""
        self._closes.read([instrument_id])
        return self._closes.volatility(self._history(household_id, instrument_id))

    def learn(self, symbols: Iterable[str]) -> set[UUID]:
        """Read the closes of these symbols and of all that the table says may replace them. One query.

        Returns the instruments that go by them.
        """
        wanted = set(symbols)
        for symbol in tuple(wanted):
            wanted |= {pair.other_symbol for pair in self._book.of(symbol)}
        rows = (row for owned in self._rows.values() for row in owned)
        found = {row.traits.id for row in rows if row.traits.symbol in wanted}
        self._closes.read(found)
        return found

    def _funds(
        self, household_id: UUID, row: _Row, sold: Known, blocked: Collection[str | UUID]
    ) -> tuple[Replacement, ...]:
        said = self._said(household_id)
        others = {pair.other_symbol for pair in self._book.of(sold.symbol)}
        others |= {symbol for one in said for symbol in (one.symbol, one.other_symbol)}
        known = self._by_symbol(household_id, row, others)
        return fund_replacements(
            sold,
            self._book,
            known,
            overrides=said,
            blocked=blocked,
            likenesses=self._likenesses_of(household_id, sold, known),
        )

    def _shares(
        self, household_id: UUID, row: _Row, sold: Known, blocked: Collection[str | UUID]
    ) -> tuple[Replacement, ...]:
        said = self._said(household_id)
        classes = (SECTOR_CLASSES.get(sold.sector.casefold(), ""), BROAD_CLASS)
        symbols = {symbol for name in classes for symbol in self._book.in_class(name)}
        known = self._by_symbol(household_id, row, symbols)
        # All shares together are the market of a basket; without a sector there is nothing to make one of.
        makes_one = self._makes_baskets and sold.sector != ""
        shares = self._shares_beside(household_id, row) if makes_one else []
        names = sector_names(sold, shares, overrides=said, blocked=blocked)
        market = shares if names else []
        if names or known:
            self._closes.read(one.instrument_id for one in (sold, *market, *known.values()))
        likenesses = self._likenesses_of(household_id, sold, known)
        return best_first(
            [
                *self._funds(household_id, row, sold, blocked),
                *self._basket(household_id, sold, names, shares),
                *fund_offers(sold, self._book, known, likenesses, overrides=said, blocked=blocked),
            ]
        )

    def _shares_beside(self, household_id: UUID, sold: _Row) -> list[Known]:
        """Every share that the household knows in the same currency: together they are the market."""
        return [
            item
            for other, item in self._known_to(household_id).all()
            if not other.is_fund and other.traits.currency == sold.traits.currency
        ]

    def _basket(
        self, household_id: UUID, sold: Known, names: Sequence[Known], shares: Sequence[Known]
    ) -> list[Replacement]:
        if not names:
            return []
        histories = {one.symbol: self._history(household_id, one.instrument_id) for one in shares}
        market = self._markets.setdefault(tuple(sorted(histories.items())), len(self._markets))
        key = (sold.symbol, tuple(one.symbol for one in names), market)
        if key not in self._baskets:
            self._baskets[key] = self._basket_of(sold.symbol, names, histories)
        basket = self._baskets[key]
        if basket is None:
            return []
        return [basket_replacement(basket, names, sold.sector)]

    def _basket_of(
        self, sold: str, names: Sequence[Known], histories: Mapping[str, History]
    ) -> Basket | None:
        from taxharvest.quant.baskets import basket_of  # noqa: PLC0415 - loads numpy, which pages never need

        returns = {symbol: self._closes.returns(history) for symbol, history in histories.items()}
        return basket_of(sold, returns, [one.symbol for one in names])

    def _said(self, household_id: UUID) -> list[Override]:
        return [*self._overrides.get(household_id, ()), *self._overrides.get(None, ())]

    def _known_to(self, household_id: UUID) -> "_Shelf":
        """The instruments that a household knows, its own before shared ones."""
        if household_id not in self._known:
            policy = self._policies.get(household_id, WashPolicy())
            own = [
                (row, self._known_as(row, household_id, policy)) for row in self._rows.get(household_id, ())
            ]
            self._known[household_id] = _Shelf(own, self._shared_with(household_id, policy))
        return self._known[household_id]

    def _shared_with(self, household_id: UUID, policy: WashPolicy) -> "_Shelf":
        """The shared instruments: the same for all households of one policy without groups of their own."""
        if household_id in self._grouping:
            return self._shelf(household_id, policy)
        if policy not in self._shared:
            self._shared[policy] = self._shelf(household_id, policy)
        return self._shared[policy]

    def _shelf(self, household_id: UUID, policy: WashPolicy) -> "_Shelf":
        rows = self._rows.get(None, ())
        return _Shelf([(row, self._known_as(row, household_id, policy)) for row in rows])

    def _known_as(self, row: _Row, household_id: UUID, policy: WashPolicy) -> Known:
        key = row.traits.id
        traits = InstrumentTraits(
            id=key,
            symbol=row.traits.symbol,
            asset_class=row.traits.asset_class,
            tracked_index=row.traits.tracked_index,
            own_group=self._groups.get((household_id, key)),
            shared_group=self._groups.get((None, key)),
        )
        return Known(
            instrument_id=key,
            symbol=row.traits.symbol,
            # Groups are compared within one household alone: that of an index may have one name for all.
            group=grouping_of(traits, policy, ANYBODY).group,
            sector=row.sector,
            is_priced=key in self._priced,
        )

    def _by_symbol(self, household_id: UUID, sold: _Row, symbols: Collection[str]) -> dict[str, Known]:
        """What the household knows of `symbols` in the currency of what is sold; a priced one first."""
        shelf, found = self._known_to(household_id), dict[str, Known]()
        for symbol in symbols:
            for row, item in shelf.named(symbol):
                present = found.get(symbol)
                is_better = present is None or (item.is_priced and not present.is_priced)
                if is_better and row.traits.currency == sold.traits.currency:
                    found[symbol] = item
        return found

    def _likenesses_of(
        self, household_id: UUID, sold: Known, known: Mapping[str, Known]
    ) -> dict[str, Likeness]:
        if not known:
            return {}
        self._closes.read([sold.instrument_id, *(one.instrument_id for one in known.values())])
        mine = self._history(household_id, sold.instrument_id)
        return {
            symbol: self._closes.likeness(mine, self._history(household_id, one.instrument_id))
            for symbol, one in known.items()
        }

    def _history(self, household_id: UUID, instrument_id: UUID) -> History:
        return History(instrument_id, self._splits.get((household_id, instrument_id), ()))


def pair_book() -> PairBook:
    """The active rows of the table. One query."""
    columns = (
        "asset_class", "symbol", "index", "other_symbol", "other_index", "rank", "reason", "source",
        "confidence",
    )  # fmt: skip
    rows = ReplacementPair.objects.filter(is_active=True).order_by("symbol", "rank", "other_symbol")
    tags = {tag.value: tag for tag in Tag}
    return PairBook(
        Pair(tag=tags[tag], **dict(zip(columns, values, strict=True)))
        for tag, *values in rows.values_list("tag", *columns)
    )


def _found(known: Sequence[tuple[_Row, Known]], instrument_id: UUID | None) -> tuple[_Row, Known] | None:
    """Of what goes by one symbol the instrument itself, or the one that the household means by it."""
    for row, item in known:
        if instrument_id is None or item.instrument_id == instrument_id:
            return row, item
    return None


class _Owners(NamedTuple):
    """Whose rows are read: those of some households, and with them those that hold for everybody."""

    household_ids: Collection[UUID]
    with_shared: bool

    def rows(self, name: str = "household") -> Q:
        """Their rows, where `name` is the column of the owner."""
        own = Q(**{f"{name}__in": list(self.household_ids)})
        return own | Q(**{f"{name}__isnull": True}) if self.with_shared else own


def _overrides(owners: _Owners) -> dict[UUID | None, list[Override]]:
    found: defaultdict[UUID | None, list[Override]] = defaultdict(list)
    for row in ReplacementOverride.objects.filter(owners.rows()).order_by("symbol", "other_symbol"):
        found[row.household_id].append(
            Override(
                symbol=row.symbol,
                other_symbol=row.other_symbol,
                verdict=Verdict(row.verdict),
                reason=row.reason,
                is_own=row.household_id is not None,
            )
        )
    return dict(found)


def _instruments(owners: _Owners) -> dict[UUID | None, list[_Row]]:
    found: defaultdict[UUID | None, list[_Row]] = defaultdict(list)
    rows = Instrument.objects.filter(owners.rows(), asset_class__in=BOUGHT_INSTEAD)
    columns = ("pk", "household_id", "symbol", "asset_class", "currency", "sector", "tracked_index")
    for key, owner, symbol, asset_class, currency, sector, index in rows.order_by("pk").values_list(*columns):
        traits = InstrumentTraits(
            id=key, symbol=symbol, asset_class=asset_class, currency=currency, tracked_index=index
        )
        found[owner].append(_Row(sector=sector, traits=traits))
    return dict(found)


def _groups(owners: _Owners) -> dict[tuple[UUID | None, UUID], UUID]:
    """The identity group of each instrument by whose word it is; the older one counts."""
    rows = IdentityMember.objects.filter(owners.rows("group__household"))
    found: dict[tuple[UUID | None, UUID], UUID] = {}
    columns = ("group__household_id", "instrument_id", "group_id")
    for owner, key, group in rows.order_by("group__created_at", "group_id").values_list(*columns):
        found.setdefault((owner, key), group)
    return found


def _policies(household_ids: Collection[UUID]) -> dict[UUID, WashPolicy]:
    stored = TaxPolicy.objects.filter(household_id__in=list(household_ids))
    return {row.household_id: row.policy for row in stored}


def _splits(household_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Splits]:
    """The splits that each household's own ledger records, as `portfolios.selectors.prices` has them."""
    rows = (
        Transaction.objects.filter(
            portfolio__household_id__in=list(household_ids),
            kind=TransactionKind.SPLIT,
            ratio_new__gt=0,
            ratio_old__gt=0,
        )
        .effective()
        .order_by("trade_date")
        .values_list("portfolio__household_id", "instrument_id", "trade_date", "ratio_new", "ratio_old")
    )
    found: defaultdict[tuple[UUID, UUID], dict[date, Split]] = defaultdict(dict)
    for owner, key, day, new, old in rows:
        found[owner, key][day] = Split(day, new / old)
    return {key: tuple(days.values()) for key, days in found.items()}


def _priced(instrument_ids: Collection[UUID], day: date) -> set[UUID]:
    """Those with a close recent enough to trade by."""
    if not instrument_ids:
        return set()
    since = day - timedelta(days=MAX_AGE_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(PRICED, {"instruments": list(instrument_ids), "since": since, "day": day})
        return {key for (key,) in cursor}
