"""What advice about an account is made of: assets at the last closes, cash, returns, what is locked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from common.errors import DomainError
from common.money import ARITHMETIC
from mlrecs.engine.optimising import TaxPiece, ViewHeld
from mlrecs.engine.return_table import ReturnTable
from mlrecs.engine.suitability import Account, Asset
from mlrecs.models import MarketView
from mlrecs.selectors.price_series import returns_of
from portfolios.models import CashBalance, Holding, Instrument, Portfolio
from portfolios.selectors.prices import NO_QUOTE, Quote, quotes_on, splits_known_to
from portfolios.selectors.targets import targets_of
from trading.engine.records import Side
from trading.engine.tax_looks import TaxLook
from trading.models import Restriction
from trading.selectors.tax_looks import tax_look

ZERO = Decimal(0)
CLASSES = (Instrument.AssetClass.STOCK, Instrument.AssetClass.FUND)
# Of the instruments that a household knows, so many are looked at.
MOST_KNOWN = 150
YEARS = 3
# A fund is taken to move with the market unless its name or its index says that it does not.
CALM_WORDS = ("bond", "treasury", "money market", "fixed income", "t-bill", "ultra short")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceFacts:
    """An account on a day. `account` holds what can be traded, held or not; `held` are the keys of the first.

    `ours` are those that the household holds anywhere or has a view of. `indices` are the indices that funds
    track. `data_until` is the day of the newest close, None where nothing has one.
    """

    portfolio: Portfolio
    day: date
    data_until: date | None
    account: Account
    ours: frozenset[UUID]
    indices: Mapping[UUID, str]
    table: ReturnTable
    notes: tuple[str, ...] = ()

    @property
    def assets(self) -> dict[UUID, Asset]:
        """All assets by key."""
        return {one.key: one for one in self.account.assets}

    @property
    def held(self) -> tuple[Asset, ...]:
        """Those of which there are any."""
        return tuple(one for one in self.account.assets if one.shares > 0)

    def weight(self, key: UUID) -> Decimal:
        """The share of an asset in the account."""
        with localcontext(ARITHMETIC):
            return self.assets[key].value / self.account.wealth


def advice_facts(portfolio: Portfolio, day: date) -> AdviceFacts:
    """The facts for advice on `day`. Positions in another currency, short ones, and other kinds than shares
    and funds count in the account's worth only where they have a price in its currency, and are not traded.
    """
    positions = dict(Holding.objects.filter(portfolio=portfolio).values_list("instrument_id", "quantity"))
    known = _known(portfolio, positions)
    quotes = quotes_on(
        splits_known_to(portfolio.household_id, [one.pk for one in known]), day, tells_last_known=False
    )
    locked = _locked(portfolio, day)
    priced = [(one, quotes.get(one.pk, NO_QUOTE)) for one in known]
    traded = [one for one in priced if _is_tradable(*one, portfolio, positions)]
    fixed, notes = _fixed(priced, traded, positions, portfolio)
    assets = tuple(_asset(one, quote, positions.get(one.pk, ZERO), locked) for one, quote in traded)
    days = [quote.day for _, quote in traded if quote.day is not None]
    return AdviceFacts(
        portfolio=portfolio,
        day=day,
        data_until=max(days, default=None),
        account=Account(assets=assets, cash=_cash(portfolio), fixed=fixed),
        ours=_ours(portfolio.household_id) & {one.key for one in assets},
        indices={one.pk: one.tracked_index for one, _ in traded if one.tracked_index},
        table=returns_of(
            [one.key for one in assets],
            day - timedelta(days=366 * YEARS),
            day,
            household_id=portfolio.household_id,
        ),
        notes=notes,
    )


def advisable(household_id: UUID | None = None) -> QuerySet[Portfolio]:
    """Open accounts that advice is looked for in, of one household or of all."""
    rows = Portfolio.objects.filter(closed_on__isnull=True).select_related("household").order_by("pk")
    return rows if household_id is None else rows.filter(household_id=household_id)


def portfolio_advised(portfolio_id: UUID) -> Portfolio | None:
    """An open account by its key."""
    return advisable().filter(pk=portfolio_id).first()


def views_held(household_id: UUID) -> dict[UUID, ViewHeld]:
    """What a household expects of instruments."""
    rows = MarketView.objects.filter(household_id=household_id)
    return {
        row.instrument_id: ViewHeld(beyond=row.expected_return, confidence=row.confidence) for row in rows
    }


def sector_targets(household_id: UUID) -> dict[str, tuple[Decimal, Decimal]]:
    """The household's own targets of sectors: weight and band, by sector."""
    return {one.key: (one.weight, one.band) for one in targets_of(household_id) if one.kind == "sector"}


def instruments_for_views(household_id: UUID) -> QuerySet[Instrument]:
    """What a household may have a view of: the stocks and funds it knows."""
    return Instrument.objects.known_to(household_id).filter(asset_class__in=CLASSES).order_by("symbol")


def adviser_of(household_id: UUID) -> User | None:
    """The member in whose name orders are previewed: the first with a login who sees all accounts."""
    rows = User.objects.filter(memberships__household_id=household_id, memberships__sees_all=True)
    return rows.order_by("date_joined", "pk").first()


def sale_taxes(facts: AdviceFacts) -> dict[UUID, tuple[TaxPiece, ...]]:
    """The tax of selling what is held, lot by lot, as rates on its worth; what brings a loss costs nothing.

    Looked at through the household's tax book, all shares of one asset at a time; empty where its rates are
    not known or the account pays no tax.
    """
    wealth = facts.account.wealth
    found = {}
    for asset in facts.held:
        whole = asset.shares.to_integral_value(rounding="ROUND_FLOOR")
        if whole <= 0 or wealth <= 0:
            continue
        look = _sale_look(facts, asset, whole)
        if look is None:
            continue
        gains = sum((max(lot.gain, ZERO) for lot in look.lots), ZERO)
        if look.tax is None or look.tax <= 0 or gains <= 0:
            continue
        with localcontext(ARITHMETIC):
            share = look.tax / gains
            found[asset.key] = tuple(
                TaxPiece(
                    most=lot.quantity * asset.price / wealth,
                    rate=max(lot.gain, ZERO) * share / (lot.quantity * asset.price),
                )
                for lot in look.lots
                if lot.quantity > 0
            )
    return found


def _sale_look(facts: AdviceFacts, asset: Asset, shares: Decimal) -> TaxLook | None:
    """What the tax book says of selling these shares; None where it cannot say."""
    try:
        return tax_look(
            portfolio_id=facts.portfolio.pk, instrument_id=asset.key, side=Side.SELL, quantity=shares,
            price=asset.price, day=facts.day,
        )  # fmt: skip
    except DomainError:
        return None


def region_of(isin: str, currency: str) -> str:
    """Where an instrument is at home: the country of its ISIN, else of its currency; empty if neither."""
    return isin[:2].upper() if isin else REGIONS.get(currency, "")


REGIONS = {"USD": "US", "GBP": "GB", "CHF": "CH", "JPY": "JP", "CAD": "CA", "AUD": "AU"}


def _known(portfolio: Portfolio, positions: Collection[UUID]) -> list[Instrument]:
    """What is held, and then what could be bought, at most so many."""
    held = list(Instrument.objects.filter(pk__in=list(positions)).order_by("symbol", "pk"))
    ours = _ours(portfolio.household_id)
    rows = Instrument.objects.known_to(portfolio.household_id).filter(
        asset_class__in=CLASSES, currency=portfolio.base_currency
    )
    others = list(rows.exclude(pk__in=list(positions)).order_by("symbol", "pk")[: 4 * MOST_KNOWN])
    others.sort(key=lambda one: one.pk not in ours)
    return (held + others)[:MOST_KNOWN]


def _ours(household_id: UUID) -> frozenset[UUID]:
    held = Holding.objects.filter(portfolio__household_id=household_id, quantity__gt=0)
    viewed = MarketView.objects.filter(household_id=household_id)
    return frozenset(held.values_list("instrument_id", flat=True)) | frozenset(
        viewed.values_list("instrument_id", flat=True)
    )


def _is_tradable(
    instrument: Instrument, quote: Quote, portfolio: Portfolio, positions: Mapping[UUID, Decimal]
) -> bool:
    return (
        instrument.asset_class in CLASSES
        and quote.close is not None
        and quote.close > 0
        and quote.currency == portfolio.base_currency
        and instrument.multiplier == 1
        and positions.get(instrument.pk, ZERO) >= 0
    )


def _fixed(
    priced: Collection[tuple[Instrument, Quote]],
    traded: Collection[tuple[Instrument, Quote]],
    positions: Mapping[UUID, Decimal],
    portfolio: Portfolio,
) -> tuple[Decimal, tuple[str, ...]]:
    """What counts and is not traded, and a sentence for each position that could not be counted."""
    told = {one.pk for one, _ in traded}
    worth, notes = ZERO, []
    for one, quote in priced:
        shares = positions.get(one.pk, ZERO)
        if not shares or one.pk in told:
            continue
        if quote.close is None or quote.currency != portfolio.base_currency:
            notes.append(f"{one.symbol} has no usable price in {portfolio.base_currency}: it was left out.")
        else:
            worth += shares * one.multiplier * quote.close
    return worth, tuple(notes)


def _asset(instrument: Instrument, quote: Quote, shares: Decimal, locked: Collection[UUID]) -> Asset:
    is_fund = instrument.asset_class == Instrument.AssetClass.FUND
    words = f"{instrument.name} {instrument.tracked_index}".lower()
    return Asset(
        key=instrument.pk,
        symbol=instrument.symbol,
        sector=instrument.sector,
        region=region_of(instrument.isin, instrument.currency),
        is_equity=not (is_fund and any(word in words for word in CALM_WORDS)),
        is_fund=is_fund,
        price=quote.close or ZERO,
        shares=shares,
        is_locked=instrument.pk in locked,
    )


def _cash(portfolio: Portfolio) -> Decimal:
    rows = CashBalance.objects.filter(portfolio=portfolio, currency=portfolio.base_currency)
    return sum(rows.values_list("amount", flat=True), ZERO)


def _locked(portfolio: Portfolio, day: date) -> frozenset[UUID]:
    """Instruments under a hard restriction on `day`, on either side."""
    rows = Restriction.objects.filter(
        Q(household__isnull=True) | Q(household_id=portfolio.household_id),
        Q(portfolio__isnull=True) | Q(portfolio=portfolio),
        Q(begins__isnull=True) | Q(begins__lte=day),
        Q(ends__isnull=True) | Q(ends__gte=day),
        is_hard=True,
    )
    return frozenset(rows.values_list("instrument_id", flat=True))
