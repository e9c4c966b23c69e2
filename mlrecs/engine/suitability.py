"""What suits a household: limits from its risk profile, orders that keep to them, and what would break them.

Suitability comes before every advice (FINRA Rule 2111: reasonable basis, this customer, not too much
trading). A limit that is broken already is never broken further: advice may only bring a portfolio nearer
to it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Any
from uuid import UUID

from common.money import ARITHMETIC
from mlrecs.engine.percentages import percent
from mlrecs.engine.questionnaire import Tolerance

ZERO, ONE = Decimal(0), Decimal(1)
# What buying may cost beyond the price: spread and commission.
BUYING_COST = Decimal("0.002")
# Of the account: smaller orders are not worth their trouble.
LEAST_ORDER = Decimal("0.0025")
# What one basket holds.
MOST_ORDERS = 20
EVERYTHING = "What moves with the market"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Hard limits, as fractions of an account.

    `most_volatility` is by the year, `most_exchanged` the larger of what one advice buys and sells. Single
    names and sectors are limited for shares, not for funds.
    """

    most_volatility: Decimal
    most_equity: Decimal
    most_single: Decimal
    most_sector: Decimal
    most_region: Decimal
    most_exchanged: Decimal
    least_cash: Decimal
    excluded: frozenset[str] = frozenset()
    excluded_sectors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The limits of a tolerance from `score` up."""

    score: int
    name: str
    limits: Limits


def _band(score: int, name: str, *figures: str) -> Band:
    volatility, equity, single, sector, exchanged, cash = map(Decimal, figures)
    limits = Limits(
        most_volatility=volatility,
        most_equity=equity,
        most_single=single,
        most_sector=sector,
        most_region=ONE,
        most_exchanged=exchanged,
        least_cash=cash,
    )
    return Band(score=score, name=name, limits=limits)


BANDS = (
    _band(0, "Very careful", "0.06", "0.30", "0.05", "0.20", "0.10", "0.10"),
    _band(25, "Careful", "0.10", "0.50", "0.07", "0.25", "0.15", "0.05"),
    _band(45, "Balanced", "0.14", "0.70", "0.10", "0.30", "0.20", "0.03"),
    _band(65, "Growth", "0.18", "0.90", "0.12", "0.35", "0.25", "0.02"),
    _band(85, "Bold", "0.25", "1.00", "0.15", "0.40", "0.30", "0.01"),
)
FRACTIONS = (
    "most_volatility", "most_equity", "most_single", "most_sector", "most_region", "most_exchanged",
    "least_cash",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Something held or that may be bought, at its price in the account's currency.

    `sector` and `region` are empty where they are not known. `is_locked` says that it must not be traded.
    """

    key: UUID
    symbol: str
    sector: str
    region: str
    is_equity: bool
    is_fund: bool
    price: Decimal
    shares: Decimal = ZERO
    is_locked: bool = False

    @property
    def value(self) -> Decimal:
        """What is held is worth."""
        return self.shares * self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as advice sees it; `fixed` is what is held without being looked at."""

    assets: tuple[Asset, ...]
    cash: Decimal
    fixed: Decimal = ZERO

    @property
    def wealth(self) -> Decimal:
        """All of it."""
        return sum((one.value for one in self.assets), self.cash + self.fixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Shares to buy (positive) or to sell of one asset."""

    asset: Asset
    shares: Decimal

    @property
    def value(self) -> Decimal:
        """What is bought, or sold as a negative amount."""
        return self.shares * self.asset.price


@dataclass(slots=True)
class _Desk:
    """An account while orders are laid on it: cash, what counts under each limit, and what was traded."""

    limits: Limits
    wealth: Decimal
    cash: Decimal
    counted: defaultdict[tuple[str, str], Decimal]
    before: Mapping[tuple[str, str], Decimal]
    traded: Decimal = ZERO


def band_of(tolerance: Tolerance) -> Band:
    """The band that a tolerance falls into."""
    return [band for band in BANDS if band.score <= tolerance.score][-1]


def limits_of(tolerance: Tolerance, own: Mapping[str, Any] | None = None) -> Limits:
    """The limits of a tolerance; a household's own narrow them and never widen them."""
    limits = band_of(tolerance).limits
    said = own or {}
    narrowed = {
        name: _narrower(name, getattr(limits, name), Decimal(str(said[name])))
        for name in FRACTIONS
        if said.get(name) not in (None, "")
    }
    return replace(
        limits,
        excluded=frozenset(str(one).upper() for one in said.get("excluded", ())),
        excluded_sectors=frozenset(str(one) for one in said.get("excluded_sectors", ())),
        **narrowed,
    )


def fitted_orders(account: Account, wanted: Mapping[UUID, Decimal], limits: Limits) -> tuple[Wanted, ...]:
    """Orders in whole shares that bring the account towards `wanted` weights within every limit.

    What `wanted` does not name stays. The largest steps come first; sales pay for purchases, and nothing is
    borrowed. Empty where nothing can be done.
    """
    wealth = account.wealth
    if wealth <= 0:
        return ()
    with localcontext(ARITHMETIC):
        counted = _values(account)
        desk = _Desk(limits=limits, wealth=wealth, cash=account.cash, counted=counted, before=dict(counted))
        steps = _steps(account, wanted, wealth)[:MOST_ORDERS]
        sales = [_sale(desk, asset, -gap) for asset, gap in steps if gap < 0]
        desk.traded = ZERO
        purchases = [_purchase(desk, asset, gap) for asset, gap in steps if gap > 0]
    return tuple(one for one in (*sales, *purchases) if one is not None)


def after(account: Account, orders: Iterable[Wanted]) -> Account:
    """The account as the orders leave it, at the prices they were made at and without costs."""
    traded = {one.asset.key: one for one in orders}
    cash = account.cash - sum((one.value for one in traded.values()), ZERO)
    known = {one.key for one in account.assets}
    new = [one.asset for key, one in traded.items() if key not in known]
    assets = tuple(
        replace(one, shares=one.shares + traded[one.key].shares) if one.key in traded else one
        for one in (*account.assets, *new)
    )
    return replace(account, assets=assets, cash=cash)


def violations(
    account: Account,
    orders: Sequence[Wanted],
    limits: Limits,
    volatility: tuple[Decimal, Decimal] | None = None,
) -> tuple[str, ...]:
    """What orders would break, a sentence each; empty when they may be advised.

    `volatility` is that of the account before and after, by the year.
    """
    with localcontext(ARITHMETIC):
        before, later = measured(account), measured(after(account, orders))
        found = [*_order_faults(account, orders, limits)]
        found += [
            f"{name or EVERYTHING} would be {percent(weight, 2)}, beyond {percent(most, 0)}."
            for (kind, name), weight in later.items()
            if (most := _cap(limits, kind)) < weight and before.get((kind, name), ZERO) < weight
        ]
        spent = sum((one.value for one in orders if one.shares > 0), ZERO) * BUYING_COST
        if later_cash_share(account, orders) < min(limits.least_cash, _share(account.cash - spent, account)):
            found.append("Too little cash would be left.")
    if volatility is not None and volatility[1] > max(limits.most_volatility, volatility[0]):
        found.append("The account would move more than suits its holders.")
    return tuple(found)


def measured(account: Account) -> dict[tuple[str, str], Decimal]:
    """What limits look at, as fractions: each share, sector and region, and all that moves with the market.

    Empty for an account that is worth nothing.
    """
    wealth = account.wealth
    if wealth <= 0:
        return {}
    return {key: value / wealth for key, value in _values(account).items()}


def later_cash_share(account: Account, orders: Sequence[Wanted]) -> Decimal:
    """The share of cash that orders leave, when purchases cost as much as is allowed for."""
    spent = sum((one.value * (ONE + BUYING_COST) for one in orders if one.shares > 0), ZERO)
    gained = sum((one.value for one in orders if one.shares < 0), ZERO)
    return _share(account.cash - gained - spent, account)


def _values(account: Account) -> defaultdict[tuple[str, str], Decimal]:
    """What counts under each limit, as amounts."""
    values: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in account.assets:
        for key in _counted(one):
            values[key] += one.value
    return values


def _share(amount: Decimal, account: Account) -> Decimal:
    return amount / account.wealth


def _counted(asset: Asset) -> Iterable[tuple[str, str]]:
    """Under which limits an asset counts."""
    if not asset.is_equity:
        return
    yield "equity", ""
    if asset.region:
        yield "region", asset.region
    if not asset.is_fund:
        yield "single", asset.symbol
        if asset.sector:
            yield "sector", asset.sector


def _cap(limits: Limits, kind: str) -> Decimal:
    caps = {
        "equity": limits.most_equity,
        "region": limits.most_region,
        "single": limits.most_single,
        "sector": limits.most_sector,
    }
    return caps[kind]


def _order_faults(account: Account, orders: Sequence[Wanted], limits: Limits) -> Iterable[str]:
    held = {one.key: one.shares for one in account.assets}
    for one in orders:
        asset = one.asset
        if one.shares != one.shares.to_integral_value() or not one.shares:
            yield f"{asset.symbol} would be traded in parts of shares."
        if one.shares < 0 and -one.shares > held.get(asset.key, ZERO):
            yield f"More {asset.symbol} would be sold than is held."
        if asset.is_locked:
            yield f"{asset.symbol} must not be traded now."
        if one.shares > 0 and _is_excluded(asset, limits):
            yield f"{asset.symbol} is excluded by the household."
    for side in (1, -1):
        traded = sum((one.value * side for one in orders if one.shares * side > 0), ZERO)
        if traded > limits.most_exchanged * account.wealth:
            yield "More would be exchanged than one advice may."


def _is_excluded(asset: Asset, limits: Limits) -> bool:
    return asset.symbol.upper() in limits.excluded or asset.sector in limits.excluded_sectors


def _steps(account: Account, wanted: Mapping[UUID, Decimal], wealth: Decimal) -> list[tuple[Asset, Decimal]]:
    """Assets with the amount to buy or sell of each, largest first."""
    steps = [
        (one, wanted[one.key] * wealth - one.value)
        for one in account.assets
        if one.key in wanted and one.price > 0 and not one.is_locked
    ]
    return sorted(steps, key=lambda step: (-abs(step[1]), step[0].symbol))


def _sale(desk: _Desk, asset: Asset, amount: Decimal) -> Wanted | None:
    room = desk.limits.most_exchanged * desk.wealth - desk.traded
    shares = min(_whole(min(amount, room), asset), _whole(asset.value, asset))
    if shares * asset.price < LEAST_ORDER * desk.wealth:
        return None
    _lay(desk, asset, -shares)
    return Wanted(asset=asset, shares=-shares)


def _purchase(desk: _Desk, asset: Asset, amount: Decimal) -> Wanted | None:
    if _is_excluded(asset, desk.limits):
        return None
    shares = _whole(min(amount, _room(desk, asset)), asset)
    if shares * asset.price < LEAST_ORDER * desk.wealth:
        return None
    _lay(desk, asset, shares)
    return Wanted(asset=asset, shares=shares)


def _room(desk: _Desk, asset: Asset) -> Decimal:
    """How much of an asset may still be bought: by cash, by what may be exchanged, and by every limit."""
    limits, wealth = desk.limits, desk.wealth
    rooms = [
        limits.most_exchanged * wealth - desk.traded,
        (desk.cash - limits.least_cash * wealth) / (ONE + BUYING_COST),
    ]
    # Beyond a limit already, one thing may be exchanged for another, as long as nothing is added.
    rooms += [
        max(_cap(limits, key[0]) * wealth, desk.before.get(key, ZERO)) - desk.counted[key]
        for key in _counted(asset)
    ]
    return max(min(rooms), ZERO)


def _lay(desk: _Desk, asset: Asset, shares: Decimal) -> None:
    value = shares * asset.price
    for key in _counted(asset):
        desk.counted[key] += value
    desk.cash -= value * (ONE + BUYING_COST) if shares > 0 else value
    desk.traded += abs(value)


def _whole(amount: Decimal, asset: Asset) -> Decimal:
    """Whole shares for an amount, never more than it pays for."""
    return max((amount / asset.price).to_integral_value(rounding=ROUND_FLOOR), ZERO)


def _narrower(name: str, band: Decimal, own: Decimal) -> Decimal:
    """The stricter of the two: least cash grows, everything else shrinks."""
    return max(band, own) if name == "least_cash" else min(band, own)
