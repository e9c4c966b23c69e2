"""Harvesting in the demo: switched on for the taxable accounts, guarded, and with one scan."""

from datetime import UTC, date, datetime, time
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from portfolios.models import Portfolio
from taxharvest.models import HarvestPlan, HarvestPolicy, HarvestScan, TaxHarvest, WashGuard
from taxharvest.services.scans import scan_run
from wealthalloc.demo.gateway import PROVIDER

TAXABLE = (Portfolio.Kind.TAXABLE, Portfolio.Kind.SPOUSE_TAXABLE)
# The account that is traded here goes by a rule that is easily followed, the others by the value of waiting.
TRADED_RULE = HarvestPolicy.Threshold.FIVE_PERCENT
# A demo of an earlier day is looked through on that day.
NOON = time(12, tzinfo=UTC)


def harvesting_tell(*, actor: User, household_id: UUID, today: date) -> None:
    """Switch harvesting on where nobody said anything yet, and look for losses unless that was done today."""
    accounts = Portfolio.objects.filter(household_id=household_id, kind__in=TAXABLE)
    for account in accounts.filter(harvest_policy__isnull=True).select_related("external_account"):
        link = account.external_account
        rule = TRADED_RULE if link and link.provider == PROVIDER else HarvestPolicy.Threshold.OPTION
        HarvestPolicy.objects.create(portfolio=account, is_enabled=True, threshold=rule, set_by=actor)
    # What a careful household would choose, so that the tour shows an order being stopped.
    block = {"reaction": WashGuard.Reaction.BLOCK}
    WashGuard.objects.get_or_create(household_id=household_id, defaults=block)
    if not HarvestScan.objects.filter(household_id=household_id, day=today).exists():
        scan_run(
            cause=HarvestScan.Cause.DEMAND,
            day=today,
            now=min(timezone.now(), datetime.combine(today, NOON)),
            household_id=household_id,
            requested_by=actor,
        )


def harvests_drop(portfolios: QuerySet[Portfolio]) -> None:
    """Remove what was proposed and planned in these accounts, before their orders and instruments go."""
    HarvestPlan.objects.filter(portfolio__in=portfolios).delete()
    TaxHarvest.objects.filter(portfolio__in=portfolios).delete()
