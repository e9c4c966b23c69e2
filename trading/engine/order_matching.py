"""Which order of the book the broker means: by our reference and its durable number, never by order id."""

from collections.abc import Sequence

from trading.engine.differences import BookOrder
from trading.engine.orders import OrderFacts
from trading.engine.records import BrokerOrder, ExecutionFacts

Told = BrokerOrder | ExecutionFacts


def is_about(told: Told, order: OrderFacts) -> bool:
    """Whether the broker's words are about `order`: its reference, or without one its durable number."""
    if told.order_ref:
        return told.order_ref == str(order.id)
    return told.perm_id in order.perm_ids


class OrderIndex:
    """The orders of a book, found by what the broker calls them."""

    def __init__(self, orders: Sequence[BookOrder]) -> None:
        self._by_ref = {str(order.facts.id): order for order in orders}
        self._by_perm = {number: order for order in orders for number in order.facts.perm_ids}

    def find(self, told: Told) -> BookOrder | None:
        """The order that the words are about, or None when the book has none."""
        if told.order_ref:
            return self._by_ref.get(told.order_ref)
        return self._by_perm.get(told.perm_id)
