"""What may come of a harvest, in sentences."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from taxharvest.engine.harvest.outlook import Prospect, if_nothing_is_done, risks
from taxharvest.engine.harvest.proposals import ProposedLot

DAY = date(2026, 3, 17)


def lot(acquired: str, term: str, basis: int = 1200, loss: int = 200) -> ProposedLot:
    return ProposedLot(
        lot_id=UUID(int=1),
        acquired=acquired,
        quantity=Decimal(10),
        basis=Decimal(basis),
        loss=Decimal(loss),
        term=term,
    )


def prospect(**facts: Any) -> Prospect:
    defaults: dict[str, Any] = {
        "symbol": "ACME", "currency": "USD", "lots": (lot("2025-09-01", "short"),), "price": Decimal(100),
        "quantity": Decimal(10), "expires_at": datetime(2026, 3, 20, 20, tzinfo=UTC), "replacement": "BETA",
        "tag": "green", "tracking_error": Decimal("0.12"), "sample": 700,
    }  # fmt: skip
    return Prospect(**(defaults | facts))


def test_the_drift_of_a_month_is_said_with_its_amount() -> None:
    first, *_ = risks(prospect())

    # 12 % a year over 21 of 252 trading days: 0.12 / √12.
    assert first == (
        "Until it may be bought back, BETA may do better or worse than ACME by about 3.5 %, or 34.64 USD: "
        "one time in three it is more."
    )


def test_what_is_planned_and_what_is_near_and_what_is_unknown_are_said() -> None:
    said = risks(prospect(tracking_error=None, tag="amber"), ["about 2 ACME on 1 Apr 2026"])

    assert said[0] == "Still to come and would wash the loss: about 2 ACME on 1 Apr 2026"
    assert said[1] == "How far the replacement may drift away is not known: there are too few closes."
    assert said[2].startswith("The replacement follows nearly the same index.")
    assert len(said) == 6
    assert len(risks(prospect())) == 4


def test_people_whose_purchases_nobody_sees_are_counted() -> None:
    assert risks(prospect(unseen=1))[-1] == (
        "The book has no account of one person of the household whose purchases count: what is bought there "
        "is not seen, and would wash the loss all the same."
    )
    assert "no account of 2 people of" in risks(prospect(unseen=2))[-1]


def test_doing_nothing_keeps_the_basis_and_lets_lots_turn_long() -> None:
    lots = (lot("2025-09-01", "short"), lot("2025-06-01", "short"), lot("2024-01-05", "long"))

    assert if_nothing_is_done(prospect(lots=lots), DAY) == [
        "The proposal ends on 20 Mar 2026; the next scan looks again.",
        ("The lots keep their basis of 3,600.00 USD. Once ACME has risen by 20.0 %, the loss is gone."),
        (
            "From 2 Jun 2026 on the first of the short-term lots is long-term: its loss then meets long-term "
            "gains first, which are taxed less."
        ),
    ]


def test_lots_that_are_long_already_turn_no_more() -> None:
    lots = (lot("2024-01-05", "long"), lot("2024-01-05", "short"))

    assert len(if_nothing_is_done(prospect(lots=lots), DAY)) == 2
