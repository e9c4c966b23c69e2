"""When a fall is large enough to look for losses at once."""

from decimal import Decimal

import pytest

from taxharvest.engine.harvest.falls import day_return, is_large_fall


@pytest.mark.parametrize(
    ("before", "after", "flow", "large"),
    [
        ("1000", "970", "0", True),
        ("1000", "970.01", "0", False),
        ("1000", "1070", "100", True),
        ("1000", "870", "-100", True),
        ("1000", "880", "-100", False),
        ("0", "970", "0", False),
    ],
)
def test_a_fall_of_three_per_cent_is_large_without_what_was_paid_in_or_out(
    before: str, after: str, flow: str, *, large: bool
) -> None:
    assert is_large_fall(day_return(Decimal(before), Decimal(after), Decimal(flow))) is large
