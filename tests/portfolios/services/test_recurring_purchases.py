"""Recurring purchases and reinvested dividends: told, paused and taken up again, by who may."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from common.errors import InvalidInput, NotFound
from common.models import AuditEvent
from portfolios.models import Portfolio, RecurringPurchase
from portfolios.services.recurring_purchases import (
    recurring_purchase_add,
    recurring_purchase_end,
    recurring_purchase_pause,
    recurring_purchase_resume,
    reinvestment_pause,
    reinvestment_resume,
)
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def portfolio() -> Portfolio:
    return PortfolioFactory()


def owner(portfolio: Portfolio) -> User:
    user = portfolio.holder.user
    assert user is not None
    return user


def added(portfolio: Portfolio, **facts: Any) -> RecurringPurchase:
    values: dict[str, Any] = {"amount": Decimal(100), "pace": "monthly", "next_on": TODAY} | facts
    values.setdefault("instrument_id", InstrumentFactory().pk)
    return recurring_purchase_add(owner(portfolio), portfolio_id=portfolio.pk, **values)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("created_at", "pk").values_list("action", flat=True))


def test_telling_a_plan_twice_keeps_one(portfolio: Portfolio) -> None:
    first = added(portfolio)
    again = added(portfolio, instrument_id=first.instrument_id)

    assert (again.pk, again.currency, again.is_paused) == (first.pk, "USD", False)
    assert actions() == ["recurring_purchase.add"]


def test_pausing_and_going_on_are_noted_once(portfolio: Portfolio) -> None:
    plan, user = added(portfolio), owner(portfolio)
    for _ in range(2):
        assert recurring_purchase_pause(user, plan.pk).is_paused
    assert not recurring_purchase_resume(user, plan.pk).is_paused
    recurring_purchase_end(user, plan.pk)

    assert RecurringPurchase.objects.count() == 0
    assert actions() == [f"recurring_purchase.{verb}" for verb in ("add", "pause", "resume", "end")]


def test_a_pause_of_reinvestment_keeps_its_day_until_it_ends(portfolio: Portfolio) -> None:
    user = owner(portfolio)
    reinvestment_pause(user, portfolio.pk, today=TODAY)
    later = reinvestment_pause(user, portfolio.pk, today=TODAY.replace(year=TODAY.year + 1))

    assert later.reinvestment_paused_on == TODAY
    assert reinvestment_resume(user, portfolio.pk).reinvestment_paused_on is None
    assert actions() == ["reinvestment.pause", "reinvestment.resume"]


@pytest.mark.parametrize(("field", "value"), [("amount", Decimal(0)), ("pace", "daily")])
def test_what_cannot_be_a_plan_is_refused_by_field(portfolio: Portfolio, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        added(portfolio, **{field: value})

    assert list(refusal.value.fields) == [field]


def test_a_closed_account_plans_nothing(portfolio: Portfolio) -> None:
    Portfolio.objects.filter(pk=portfolio.pk).update(closed_on=TODAY)

    with pytest.raises(InvalidInput) as refusal:
        added(portfolio)

    assert list(refusal.value.fields) == ["portfolio"]


def test_a_reader_and_a_stranger_change_nothing(portfolio: Portfolio) -> None:
    plan = added(portfolio)
    reader = MemberFactory().user
    GrantFactory(household=portfolio.household, grantee=reader, granted_by=owner(portfolio), scope="read")

    for person in (reader, MemberFactory().user):
        with pytest.raises(NotFound):
            recurring_purchase_pause(person, plan.pk)
        with pytest.raises(NotFound):
            reinvestment_pause(person, portfolio.pk, today=TODAY)
        with pytest.raises(NotFound):
            recurring_purchase_add(
                person, portfolio_id=portfolio.pk, instrument_id=plan.instrument_id, amount=Decimal(1),
                pace="weekly", next_on=TODAY,
            )  # fmt: skip
    plan.refresh_from_db()
    assert not plan.is_paused
