"""What is better held in a retirement account: assets whose income is taxed in full each year."""

# Interest and the dividends of property trusts are ordinary income (IRC 61(a)(4), 857(c)).
CLASSES = frozenset({"bond"})
SECTORS = frozenset({"real estate", "bonds", "fixed income"})
WORDS = ("bond", "treasury", "reit", "real estate", "fixed income", "high yield")
# Interest of states and cities is not taxed (IRC 103(a)).
EXEMPT = ("municipal", "muni ", "tax-exempt")


def is_tax_inefficient(*, asset_class: str, sector: str, name: str) -> bool:
    """Whether an instrument's income is mostly taxed at ordinary rates, by its class, sector or name."""
    text = f"{name.casefold()} "
    if any(word in text for word in EXEMPT):
        return False
    if asset_class in CLASSES or sector.casefold() in SECTORS:
        return True
    return any(word in text for word in WORDS)
