"""The wash-sale policies of a household: stored whole, audited by what changed, and followed by the book."""

from datetime import date

import pytest

from common.models import AuditEvent, OutboxEvent
from portfolios.engine.policies import PlanPurchases, SpouseBasis, WashPolicy
from portfolios.models import TaxPolicy
from portfolios.selectors.facts import wash_policy
from portfolios.services.tax_policies import tax_policy_save
from tests.factories.accounts import MemberFactory

pytestmark = pytest.mark.django_db

OTHER = WashPolicy(
    replacement_must_be_held=False,
    same_sale_replacement=True,
    same_purchase_replacement=True,
    spouse_basis=SpouseBasis.PERMANENT,
    plan_purchases=PlanPurchases.PERMANENT,
    options_replace=False,
    same_index_identical=False,
    box_sold_at_entry=False,
    digital_assets_from=date(2027, 1, 1),
)


def test_every_policy_comes_back_as_it_was_saved() -> None:
    household = MemberFactory().household

    tax_policy_save(household_id=household.pk, policy=OTHER, actor_id=None)

    assert wash_policy(household.pk) == OTHER
    assert OutboxEvent.objects.filter(topic="tax_rules.changed", household_id=household.pk).count() == 1


def test_the_trail_names_what_changed_and_only_that() -> None:
    household = MemberFactory().household

    tax_policy_save(household_id=household.pk, policy=WashPolicy(options_replace=False), actor_id=None)

    event = AuditEvent.objects.get(action="tax_policy.save")
    assert event.detail == {"options_replace": ["True", "False"]}
    assert event.object_id == TaxPolicy.objects.get().pk


def test_saving_what_holds_already_changes_nothing() -> None:
    household = MemberFactory().household

    for _ in range(2):
        tax_policy_save(household_id=household.pk, policy=WashPolicy(), actor_id=None)

    assert TaxPolicy.objects.count() == 1
    assert not AuditEvent.objects.filter(action="tax_policy.save").exists()
