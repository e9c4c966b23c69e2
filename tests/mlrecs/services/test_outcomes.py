"""What following advice would have brought beyond doing nothing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Household
from mlrecs.models import Recommendation, RecommendationOutcome
from mlrecs.services.outcomes import outcomes_record
from portfolios.models import Instrument
from tests.factories.accounts import HouseholdFactory
from tests.factories.portfolios import InstrumentFactory, PriceFactory
from tests.mlrecs.advice import put

pytestmark = pytest.mark.django_db
GIVEN = date(2026, 3, 2)


def priced(household: Household, symbol: str, last: str) -> Instrument:
    """Something that cost 100 when the advice was given and `last` a month later."""
    instrument: Instrument = InstrumentFactory.create(symbol=symbol, household=household)
    for place in range(31):
        close = "100" if place < 30 else last
        PriceFactory.create(instrument=instrument, day=GIVEN + timedelta(days=place), close=Decimal(close))
    return instrument


def order(side: str, instrument: Instrument) -> dict[str, str]:
    """Ten shares at 100."""
    return {"side": side, "symbol": instrument.symbol, "instrument": str(instrument.pk), "quantity": "10",
            "price": "100"}  # fmt: skip


def decided(state: str) -> Recommendation:
    """Sell what then fell by a tenth, buy what then rose by a twentieth, for costs of 12 and 30."""
    household = HouseholdFactory.create()
    orders = [order("sell", priced(household, "OLD", "90")), order("buy", priced(household, "NEW", "105"))]
    row = put(household, orders=orders, costs={"spread": "12.00", "tax": "30.00"})
    assert row is not None
    Recommendation.objects.filter(pk=row.pk).update(state=state)
    return row


@pytest.mark.parametrize("state", ["accepted", "dismissed", "expired"])
def test_a_month_later_gain_and_cost_are_kept_whatever_was_decided(state: str) -> None:
    decided(state)

    assert outcomes_record(timezone.now()) == 1
    outcome = RecommendationOutcome.objects.get()
    assert outcome.day == GIVEN + timedelta(days=30)
    assert outcome.figures == {
        "days": 30, "state": state, "gain": "150.00", "cost": "42.00", "net": "108.00",
    }  # fmt: skip


def test_an_outcome_is_kept_once() -> None:
    decided("accepted")

    assert [outcomes_record(timezone.now()) for _ in range(2)] == [1, 0]


def test_what_waits_or_has_no_orders_has_no_outcome() -> None:
    decided("open")
    put(HouseholdFactory.create())
    Recommendation.objects.filter(orders=[]).update(state="accepted")

    assert outcomes_record(timezone.now()) == 0
