"""The figures of harvesting, each with its definition."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.money import ARITHMETIC
from portfolios.models import Portfolio
from taxharvest.models import HarvestPlan, HarvestPolicy, HarvestScan, ScannedAccount, TaxHarvest
from taxharvest.selectors.kpis import Kpi, harvest_kpis
from tests.factories.accounts import UserFactory
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory, PriceFactory
from trading.engine.market_days import market_days

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(hour=20)
TODAY = NOW.date()


def by_key(portfolio: Portfolio) -> dict[str, Kpi]:
    return {kpi.figure.key: kpi for kpi in harvest_kpis(NOW, TODAY, [portfolio.pk])}


def harvest(portfolio: Portfolio, state: str, **facts: object) -> TaxHarvest:
    made: TaxHarvest = TaxHarvest.objects.create(
        portfolio=portfolio, instrument=InstrumentFactory.create(), state=state, day=TODAY, currency="USD",
        quantity=10, price=10, price_as_of=TODAY, short_loss=100, benefit_low=20, benefit_high=30,
        expires_at=NOW, decided_at=NOW, **facts,
    )  # fmt: skip
    return made


def test_before_anything_happened_every_figure_is_there_with_the_reason_why_it_has_no_value() -> None:
    found = by_key(PortfolioFactory.create())

    assert list(found) == [
        "harvested_short", "harvested_long", "benefit_low", "benefit_high", "washed_share", "scan_coverage",
        "accepted_share", "tracking_cost",
    ]  # fmt: skip
    assert found["harvested_short"].figure.value == found["benefit_low"].figure.value == Decimal(0)
    assert found["washed_share"].figure.reason == "Nothing was harvested yet."
    assert found["scan_coverage"].figure.reason == (
        "None yet: looks are due from the first market day after harvesting is switched on."
    )
    assert all(kpi.definition for kpi in found.values())
    assert found["washed_share"].target.startswith("0 %")


def test_acceptance_counts_what_was_decided_and_the_benefit_what_was_harvested() -> None:
    portfolio = PortfolioFactory.create()
    for state in ("harvested", "approved", "dismissed", "expired", "open"):
        harvest(portfolio, state)
    harvest(PortfolioFactory.create(), "dismissed")

    found = by_key(portfolio)

    assert found["accepted_share"].figure.value == Decimal("0.5")
    assert found["benefit_low"].figure.value == Decimal(20)
    assert found["benefit_high"].figure.value == Decimal(30)


def test_coverage_is_looks_made_of_looks_due_since_the_policy_was_set() -> None:
    portfolio = PortfolioFactory.create()
    HarvestPolicy.objects.create(portfolio=portfolio, is_enabled=True)
    first = TODAY - timedelta(days=10)
    HarvestPolicy.objects.update(updated_at=NOW - timedelta(days=10))
    days = list(market_days(first, TODAY))
    for day in days[1:]:
        scan = HarvestScan.objects.create(day=day, cause="nightly", started_at=NOW)
        ScannedAccount.objects.create(scan=scan, portfolio=portfolio, outcome="partly")
    skipped = HarvestScan.objects.create(day=days[0], cause="nightly", started_at=NOW)
    ScannedAccount.objects.create(scan=skipped, portfolio=portfolio, outcome="skipped", reason="stale_sync")

    kpi = by_key(portfolio)["scan_coverage"]

    assert kpi.definition.startswith(f"Of {len(days)} looks due in 30 days")
    assert kpi.definition.endswith(f", {len(days) - 1} were made, wholly or in part.")
    assert kpi.figure.value == ARITHMETIC.divide(Decimal(len(days) - 1), Decimal(len(days)))


def test_tracking_cost_is_what_the_replacement_earned_less_than_what_was_sold_would_have() -> None:
    portfolio = PortfolioFactory.create()
    made = harvest(portfolio, "harvested")
    plan = HarvestPlan.objects.create(
        harvest=made, portfolio=portfolio, state="watching", state_since=NOW, price_limit=9, sold_on=TODAY
    )
    bought = InstrumentFactory.create()
    plan.legs.create(
        place=1, role="sell", instrument=made.instrument, state="filled", filled=10, average_price=10
    )
    plan.legs.create(place=2, role="buy", instrument=bought, state="filled", filled=5, average_price=20)
    yesterday: date = TODAY - timedelta(days=1)
    PriceFactory.create(instrument=made.instrument, day=yesterday, close=11)
    PriceFactory.create(instrument=bought, day=yesterday, close=21)

    # 100 would have become 110 and became 105.
    assert by_key(portfolio)["tracking_cost"].figure.value == Decimal(5)


def test_an_operator_reads_the_figures_of_all_above_the_scans(client: Client) -> None:
    client.force_login(UserFactory.create(role="operator"))

    page = client.get(reverse("admin:taxharvest_harvestscan_changelist")).content.decode()

    assert "Harvest sales later washed" in page
    assert "Scan coverage" in page
