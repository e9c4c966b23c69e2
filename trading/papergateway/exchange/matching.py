"""Whether an order trades against a quote, at which price and how much of it."""

from decimal import Decimal

from trading.papergateway.exchange.records import PaperQuote
from trading.papergateway.exchange.rows import OrderRow

STOPS = frozenset({"STP", "STP LMT", "TRAIL"})
LIMITED = frozenset({"LMT", "STP LMT", "LOC"})
AUCTIONS = frozenset({"MOC", "LOC"})


def trade_price(row: OrderRow, quote: PaperQuote) -> Decimal | None:
    """The price at which the order trades now: the other side's, if its limit allows; None when it waits.

    A stop that was not triggered waits, and so does an order for the close.
    """
    if row.order.order_type in AUCTIONS or (row.order.order_type in STOPS and not row.is_triggered):
        return None
    price = quote.ask if row.is_buy else quote.bid
    return price if price is not None and limit_allows(row, price) else None


def trade_quantity(row: OrderRow, quote: PaperQuote) -> Decimal:
    """How much trades at once: what is shown at most. Each order meets what is shown anew."""
    return min(row.remaining, quote.ask_size if row.is_buy else quote.bid_size)


def limit_allows(row: OrderRow, price: Decimal) -> bool:
    """Whether the order may trade at `price`."""
    limit = row.order.limit_price
    if row.order.order_type not in LIMITED or limit is None:
        return True
    return price <= limit if row.is_buy else price >= limit
