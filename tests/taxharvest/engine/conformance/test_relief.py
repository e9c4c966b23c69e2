"""Cases of lot relief that have no order."""

import pytest

from common.errors import InvalidInput
from taxharvest.engine.conformance.relief import lot_relief


def test_a_lot_bought_after_the_sale_is_refused() -> None:
    lots = [
        {"lot": "A", "acquired": "2022-01-10", "shares": "10", "basis": "500"},
        {"lot": "B", "acquired": "2025-01-10", "shares": "10", "basis": "600"},
    ]
    case = {"input": {"lots": lots, "sale_date": "2024-06-03", "price": "50", "method": "FIFO"}}

    with pytest.raises(InvalidInput, match=r"^case\.input\.lots are not sold one after the other: none$"):
        lot_relief(case)
