"""Choosing what to buy with the cash there is, and in which account."""

from collections.abc import Mapping
from decimal import Decimal

from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import amount_text
from taxharvest.engine.rebalance.desk import Desk
from taxharvest.engine.rebalance.lots import whole_units
from taxharvest.engine.rebalance.records import Account, Asset, Constraint
from taxharvest.engine.rebalance.words import blocked_words, location_words, opposite_words, under_words
from trading.engine.records import Side

ZERO = Decimal(0)


def investable(desk: Desk) -> Decimal:
    """Cash that may be spent: all above what the targets leave for cash, or only what is new money."""
    cash = sum(desk.cash.values(), ZERO)
    if desk.facts.wish.invests_cash:
        return max(ZERO, cash - reserve(desk))
    idle = sum((one.cash for one in desk.facts.accounts), ZERO)
    taken = sum((min(one.flow, ZERO) for one in desk.facts.accounts), ZERO)
    return max(ZERO, cash - max(idle + taken, ZERO))


def reserve(desk: Desk) -> Decimal:
    """What of the wealth no target wants and nothing untargeted takes up: it stays cash."""
    named = sum((target.weight for target in desk.facts.targets), ZERO)
    return max(ZERO, ARITHMETIC.multiply(desk.wealth, 1 - named) - desk.value_of(None))


def buy_up(desk: Desk, lacking: Mapping[int, Decimal]) -> None:
    """Buy up to what each place lacks: what is outside its band first, then what is worst to hold taxed."""
    for place in sorted(lacking, key=lambda place: _urgency(desk, place, lacking[place])):
        missing = _buy_place(desk, place, min(lacking[place], investable(desk)), lacking[place])
        _note_missing(desk, place, missing)


def candidates(desk: Desk, place: int) -> list[Asset]:
    """What belongs to a place and may be bought, what the household holds most of first."""
    held = {asset.id: ZERO for asset in desk.facts.assets}
    for (_, key), units in desk.held.items():
        held[key] += units * (desk.assets[key].price or ZERO)
    found = [one for one in desk.facts.assets if one.target == place and desk.is_buyable(one)]
    return sorted(found, key=lambda one: (-held[one.id], one.symbol, one.id.int))


def location_order(desk: Desk, asset: Asset) -> list[Account]:
    """The accounts that may buy an asset: tax-inefficient ones in retirement accounts first."""
    accounts = [one for one in desk.facts.accounts if one.may_trade]
    return sorted(accounts, key=lambda one: (one.is_taxed == asset.is_tax_inefficient, -desk.cash[one.id]))


def _buy_place(desk: Desk, place: int, amount: Decimal, lacking: Decimal) -> Decimal:
    """Spend `amount` on a place; what of `lacking` it still lacks."""
    why = under_words(desk.key_of(place), desk.start_of(place), desk.facts.targets[place].weight)
    for asset in candidates(desk, place):
        for account in location_order(desk, asset):
            units = whole_units(ARITHMETIC.divide(max(amount, ZERO), asset.price or ZERO))
            if units > 0:
                place_words = location_words(asset, is_taxed=account.is_taxed)
                bought = desk.buy((account.id, asset.id), units, f"{why} {place_words}".strip())
                amount -= bought
                lacking -= bought
    return lacking


def _urgency(desk: Desk, place: int, lacking: Decimal) -> tuple[bool, bool, Decimal, int]:
    inefficient = any(one.is_tax_inefficient for one in desk.facts.assets if one.target == place)
    is_outside = desk.weight_of(lacking) > desk.facts.targets[place].band
    return not is_outside, not inefficient, -lacking, place


def _note_missing(desk: Desk, place: int, missing: Decimal) -> None:
    """Say what a place still lacks, and why; less than one share of anything is said as such."""
    if missing <= 0:
        return
    key, amount = desk.key_of(place), quantize(missing)
    assets = [one for one in desk.facts.assets if one.target == place]
    free = candidates(desk, place)
    if not free:
        desk.note(key, amount, *_why_nothing(desk, assets, key))
        return
    cheapest = min(one.price or ZERO for one in free)
    if missing < cheapest:
        words = f"{key} lacks {amount_text(amount, desk.facts.currency)}: less than one share."
        desk.note(key, amount, Constraint.WHOLE_SHARES, words)
    elif missing >= desk.facts.wish.least_trade:
        words = f"{key} lacks {amount_text(amount, desk.facts.currency)}: there is no more cash to invest."
        desk.note(key, amount, Constraint.CASH, words)


def _why_nothing(desk: Desk, assets: list[Asset], key: str) -> tuple[Constraint, str]:
    """Why nothing of a place may be bought."""
    for asset in assets:
        if asset.blocked is not None:
            return Constraint.WINDOW, blocked_words(asset, asset.blocked)
    for asset in assets:
        if asset.price is not None:
            return Constraint.NO_ROUND_TRIP, opposite_words(asset, Side.BUY)
    if assets:
        return Constraint.NOT_TRADED, f"{key} has no usable price in {desk.facts.currency}."
    return Constraint.NOTHING_TO_BUY, f"Nothing is held of {key}: name an instrument as a target instead."
