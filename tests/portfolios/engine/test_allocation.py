"""How a value is spread."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine.allocation import (
    Allocation,
    AllocationBy,
    AllocationPart,
    allocate,
    explain_weight,
)
from portfolios.engine.figures import SourceKind
from tests.portfolios.engine.market_facts import ACCOUNT, ACME, GLOBEX, on

OTHER_ACCOUNT = UUID(int=2)


def part(value: str | None, **fields: Any) -> AllocationPart:
    stated: dict[str, Any] = {
        "instrument_id": ACME,
        "name": "ACME",
        "asset_class": "stock",
        "sector": "Energy",
        "currency": "USD",
        "account_id": ACCOUNT,
        "account": "Taxable",
        "value": None if value is None else Decimal(value),
    }
    return AllocationPart(**stated | fields)


def cash(value: str, currency: str = "USD") -> AllocationPart:
    return part(
        value, instrument_id=None, name=f"{currency} cash", asset_class="cash", sector="", currency=currency
    )


PARTS = [
    part("500"),
    part("200", account_id=OTHER_ACCOUNT, account="IRA"),
    part("200", instrument_id=GLOBEX, name="GLOBEX", asset_class="fund", sector="", currency="EUR"),
    cash("100"),
]


def shares(allocation: Allocation) -> list[tuple[str, Decimal | None]]:
    return [(item.label, item.weight) for item in allocation.slices]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (AllocationBy.ASSET_CLASS, [("stock", "0.7"), ("fund", "0.2"), ("cash", "0.1")]),
        (AllocationBy.SECTOR, [("Energy", "0.7"), ("unknown", "0.2"), ("cash", "0.1")]),
        (AllocationBy.CURRENCY, [("USD", "0.8"), ("EUR", "0.2")]),
        (AllocationBy.ACCOUNT, [("Taxable", "0.8"), ("IRA", "0.2")]),
        (AllocationBy.INSTRUMENT, [("ACME", "0.7"), ("GLOBEX", "0.2"), ("USD cash", "0.1")]),
    ],
)
def test_each_property_gives_its_slices_largest_first(
    by: AllocationBy, expected: list[tuple[str, str]]
) -> None:
    found = allocate(PARTS, by=by, currency="USD")

    assert shares(found) == [(label, Decimal(weight)) for label, weight in expected]
    assert (found.total, found.gross, found.missing, found.reason) == (Decimal(1000), Decimal(1000), (), "")


def test_thirds_add_up_to_exactly_one() -> None:
    found = allocate([part("1", sector=sector) for sector in "ABC"], by=AllocationBy.SECTOR, currency="USD")

    assert shares(found) == [("A", Decimal("0.3334")), ("B", Decimal("0.3333")), ("C", Decimal("0.3333"))]


def test_shorts_and_borrowed_cash_weigh_negative_in_the_net_value() -> None:
    found = allocate(
        [part("1500"), part("-200", instrument_id=GLOBEX, name="GLOBEX"), cash("-300")],
        by=AllocationBy.INSTRUMENT,
        currency="USD",
    )

    assert shares(found) == [
        ("ACME", Decimal("1.5")),
        ("GLOBEX", Decimal("-0.2")),
        ("USD cash", Decimal("-0.3")),
    ]
    assert (found.total, found.gross) == (Decimal(1000), Decimal(2000))


def test_a_net_value_that_is_not_positive_has_no_shares() -> None:
    found = allocate([part("100"), cash("-100")], by=AllocationBy.ASSET_CLASS, currency="USD")

    assert shares(found) == [("stock", None), ("cash", None)]
    assert found.reason == "The net value is not positive, so shares of it have no meaning."


def test_what_has_no_price_is_named_and_in_no_slice() -> None:
    found = allocate([part("100"), part(None, name="GLOBEX")], by=AllocationBy.ASSET_CLASS, currency="USD")

    assert (found.missing, found.total) == (("GLOBEX",), Decimal(100))


def test_nothing_has_no_slices() -> None:
    assert allocate([], by=AllocationBy.SECTOR, currency="USD").slices == ()


def test_a_weight_shows_its_parts_and_the_net_value() -> None:
    found = allocate([*PARTS, part(None, name="LOST")], by=AllocationBy.CURRENCY, currency="USD")

    explanation = explain_weight(found, found.slices[0], on("2024-05-01"))

    assert [(line.label, line.amount) for line in explanation.lines] == [
        ("ACME, Taxable", Decimal(500)),
        ("ACME, IRA", Decimal(200)),
        ("USD cash, Taxable", Decimal(100)),
        ("USD", Decimal(800)),
        ("Net value", Decimal(1000)),
        ("Weight", Decimal("0.8")),
    ]
    assert [line.source.kind for line in explanation.lines if line.source] == [
        SourceKind.INSTRUMENT,
        SourceKind.INSTRUMENT,
        SourceKind.PORTFOLIO,
    ]
    assert explanation.notes[1] == "Without a usable price, so in no slice: LOST."
    complete = allocate(PARTS, by=AllocationBy.CURRENCY, currency="USD")
    assert len(explain_weight(complete, complete.slices[0], on("2024-05-01")).notes) == 1


@given(st.lists(st.decimals("-100000", "1000000", places=2), min_size=1, max_size=20))
def test_weights_always_add_up_to_exactly_one(values: list[Decimal]) -> None:
    found = allocate(
        [part(str(value), sector=f"S{index}") for index, value in enumerate(values)],
        by=AllocationBy.SECTOR,
        currency="USD",
    )

    weights = [item.weight for item in found.slices if item.weight is not None]
    assert sum(weights) == (1 if sum(values) > 0 else 0)
