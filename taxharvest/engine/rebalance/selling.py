"""Choosing what to sell: for money that must leave an account, and of what stands above its target."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import amount_text
from taxharvest.engine.rebalance.desk import Desk, Pair
from taxharvest.engine.rebalance.lots import whole_units, whole_units_up
from taxharvest.engine.rebalance.records import Account, Asset, Constraint, HeldLot
from taxharvest.engine.rebalance.words import over_words, untargeted_words

ZERO = Decimal(0)
Place = int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What is left of one lot, offered for sale: the tax on a unit of money that it brings."""

    pair: Pair
    place: Place
    units: Decimal
    price: Decimal
    rate: Decimal
    # Of equal tax: what is better held elsewhere goes first.
    is_misplaced: bool


def cash_raise(desk: Desk) -> None:
    """Sell in each account whose cash is below zero until it is not: what stands above its target first."""
    for account in desk.facts.accounts:
        if desk.cash[account.id] < 0:
            _raise_in(desk, account)


def sell_down(desk: Desk, excess: Mapping[Place, Decimal], limit: Decimal | None = None) -> None:
    """Sell up to the `excess` of each place, at most `limit` in all: the least tax on the money first.

    What is sold of one account's asset is decided over all lots together, and then sold as one trade.
    """
    wanted = _allocated(offers(desk, lambda place: place in excess), excess, limit)
    for pair in sorted(wanted, key=lambda pair: gain_of(desk, pair, wanted[pair])):
        desk.sell(pair, wanted[pair], _why(desk, pair))


def offers(desk: Desk, wants: Callable[[Place], bool]) -> list[Offer]:
    """Everything that may be sold of the places wanted, the least tax on a unit of money first."""
    found = []
    for pair, lots in desk.lots.items():
        asset, account = desk.assets[pair[1]], desk.accounts[pair[0]]
        if asset.price and wants(asset.target) and desk.sellable(pair):
            for lot, units in lots.fragments():
                rate = ARITHMETIC.divide(lots.tax_per_unit(lot), asset.price)
                found.append(_offer(pair, asset, account, (lot, units), rate))
    return sorted(found, key=lambda one: (one.rate, not one.is_misplaced, one.pair[0].int, one.pair[1].int))


def _offer(
    pair: Pair, asset: Asset, account: Account, fragment: tuple[HeldLot, Decimal], rate: Decimal
) -> Offer:
    return Offer(
        pair=pair,
        place=asset.target,
        units=fragment[1],
        price=asset.price or ZERO,
        rate=rate,
        is_misplaced=asset.is_tax_inefficient == account.is_taxed,
    )


def _allocated(
    found: Iterable[Offer], excess: Mapping[Place, Decimal], limit: Decimal | None
) -> dict[Pair, Decimal]:
    """Shares to sell, by account and asset, when the offers are taken in their order."""
    left = dict(excess)
    wanted: defaultdict[Pair, Decimal] = defaultdict(Decimal)
    for offer in found:
        most = left[offer.place] if limit is None else min(left[offer.place], limit)
        units = min(offer.units, ARITHMETIC.divide(max(most, ZERO), offer.price))
        wanted[offer.pair] += units
        left[offer.place] -= units * offer.price
        if limit is not None:
            limit -= units * offer.price
    return {pair: whole_units(units) for pair, units in wanted.items() if whole_units(units) > 0}


def gain_of(desk: Desk, pair: Pair, units: Decimal) -> tuple[Decimal, int, int]:
    """What a sale adds to the net gain, to sort by: losses come first, so that they make room for gains."""
    gain = ZERO
    lots = desk.lots[pair]
    for lot, remaining in lots.fragments():
        part = min(remaining, units)
        gain += part * lots.counted_per_unit(lot)
        units -= part
    return gain, pair[0].int, pair[1].int


def _why(desk: Desk, pair: Pair) -> str:
    asset = desk.assets[pair[1]]
    if asset.target is None:
        return untargeted_words(asset.symbol)
    weight = desk.facts.targets[asset.target].weight
    return over_words(desk.key_of(asset.target), desk.start_of(asset.target), weight)


def _raise_in(desk: Desk, account: Account) -> None:
    """Sell in one account, the places that stand highest above their target first."""
    need = -desk.cash[account.id]
    why = (
        f"{amount_text(quantize(need), desk.facts.currency)} more than the cash of {account.name} is needed."
    )
    keep = desk.facts.wish
    for pair in _raising_order(desk, account):
        asset = desk.assets[pair[1]]
        while desk.cash[account.id] < 0 and desk.sellable(pair) > 0 and asset.price:
            units = whole_units_up(ARITHMETIC.divide(-desk.cash[account.id], asset.price))
            least = whole_units_up(ARITHMETIC.divide(keep.least_trade, asset.price))
            if not desk.sell(pair, min(max(units, least), desk.sellable(pair)), why, for_cash=True):
                break
    if desk.cash[account.id] < 0:
        short = quantize(-desk.cash[account.id])
        words = f"{account.name} cannot raise {amount_text(short, desk.facts.currency)} more by sales."
        desk.note(account.name, short, Constraint.CASH, words)


def _raising_order(desk: Desk, account: Account) -> list[Pair]:
    """The account's assets: above target before below, then by the tax on their first lot."""
    first: dict[Pair, Decimal] = {}
    for offer in offers(desk, lambda _: True):
        if offer.pair[0] == account.id:
            first.setdefault(offer.pair, offer.rate)
    return sorted(first, key=lambda pair: (_is_below(desk, pair), first[pair], pair[1].int))


def _is_below(desk: Desk, pair: Pair) -> bool:
    place = desk.assets[pair[1]].target
    if place is None:
        return not desk.facts.wish.sells_untargeted
    return desk.value_of(place) <= desk.goal_of(place)
