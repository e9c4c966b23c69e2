"""What the broker charges: IBKR's fixed prices for stocks and funds of the United States."""

from decimal import ROUND_HALF_UP, Decimal

# IBKR, "Commissions: Stocks, ETFs, Warrants", United States, fixed pricing: USD 0.005 a share, at least
# USD 1.00 an order (USD 0.01 an order of less than one share), at most 1 % of the trade's value.
# https://www.interactivebrokers.com/en/pricing/commissions-stocks.php
PER_SHARE = Decimal("0.005")
LEAST = Decimal("1.00")
LEAST_OF_FRACTION = Decimal("0.01")
LARGEST_SHARE = Decimal("0.01")
CENT = Decimal("0.01")


def order_commission(quantity: Decimal, value: Decimal) -> Decimal:
    """The commission of an order of which `quantity` was filled for `value` in all, in cents.

    The least price is charged once for an order; the largest share holds even where it is below the least.
    """
    if not quantity:
        return Decimal(0)
    least = LEAST if quantity >= 1 else LEAST_OF_FRACTION
    amount = min(max(quantity * PER_SHARE, least), value * LARGEST_SHARE)
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def fill_commission(
    filled: Decimal, spent: Decimal, charged: Decimal, quantity: Decimal, price: Decimal
) -> Decimal:
    """What one more fill costs when its order has filled `filled` for `spent` and was charged `charged`."""
    return order_commission(filled + quantity, spent + quantity * price) - charged
