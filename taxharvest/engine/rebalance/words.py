"""What a rebalancing says in words: why a trade is made, and what keeps more of it from being made."""

from collections.abc import Iterable
from decimal import Decimal

from portfolios.engine.figures import amount_text, day_text
from taxharvest.engine.rebalance.records import Asset, Block, LotTaken
from trading.engine.records import Side

ZERO = Decimal(0)
TENTH = Decimal("0.1")


def percent(fraction: Decimal) -> str:
    """A fraction as a percentage with one decimal."""
    return f"{(fraction * 100).quantize(TENTH)} %"


def over_words(key: str, weight: Decimal, target: Decimal) -> str:
    """Why something is sold: it stands above its target."""
    return f"{key} stands at {percent(weight)} against a target of {percent(target)}."


def under_words(key: str, weight: Decimal, target: Decimal) -> str:
    """Why something is bought: it stands below its target."""
    return f"{key} stands at {percent(weight)} against a target of {percent(target)}."


def untargeted_words(symbol: str) -> str:
    """Why something without a target is sold."""
    return f"No target covers {symbol}, and what has none is to be sold."


def lots_words(taken: Iterable[LotTaken], currency: str, *, is_taxed: bool) -> str:
    """Which lots a sale takes, and what that means for the tax."""
    if not is_taxed:
        return "Sold in a retirement account: nothing is taxed."
    lots = list(taken)
    tax = sum((lot.tax for lot in lots), ZERO)
    washed = sum((lot.washed for lot in lots), ZERO)
    said = [f"{len(lots)} lot{'' if len(lots) == 1 else 's'}, those with the least tax on a share first"]
    if tax > 0:
        said.append(f"tax about {amount_text(tax, currency)}")
    elif tax < 0:
        said.append(f"a saving of about {amount_text(-tax, currency)}")
    if washed:
        said.append(f"a loss of {amount_text(washed, currency)} would be washed and is not counted")
    return f"{'; '.join(said)}."


def location_words(asset: Asset, *, is_taxed: bool) -> str:
    """Why an asset is bought where it is."""
    if asset.is_tax_inefficient and not is_taxed:
        return "Its income is taxed in full each year, so it is held where nothing is taxed."
    if asset.is_tax_inefficient:
        return "No retirement account has the cash for it, so it is bought in a taxed one."
    return "" if is_taxed else "Bought here because the taxed accounts have no cash left."


def blocked_words(asset: Asset, block: Block) -> str:
    """Why an asset is not bought now."""
    until = "" if block.until is None else f" Free from {day_text(block.until)} on."
    return f"{asset.symbol} must not be bought now: {block.words}{until}"


def opposite_words(asset: Asset, side: Side) -> str:
    """Why an asset is not traded the other way."""
    other = "sold" if side is Side.BUY else "bought"
    wanted = "bought" if side is Side.BUY else "sold"
    return f"{asset.symbol}, or something identical with it, is {other} in this plan, so it is not {wanted}."
