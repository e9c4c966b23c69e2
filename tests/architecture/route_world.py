"""A household with one of everything, the people who try to reach it, and proof that it did not change."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.utils import timezone

from accounts.models import ExternalAccount, TaxProfile, TokenFamily, User
from accounts.services.tokens import token_issue
from common.identifiers import uuid7
from mlrecs.models import (
    Anomaly,
    AnomalyScore,
    MarketView,
    ModelVersion,
    Recommendation,
    RiskReport,
    TrainingRun,
)
from portfolios.engine.policies import WashPolicy
from portfolios.engine.records import ParsedTransaction
from portfolios.models import (
    ColumnMapping,
    Disposal,
    Finding,
    Holding,
    IdentityGroup,
    ImportRow,
    ImportRun,
    Instrument,
    Lot,
    Portfolio,
    RecurringPurchase,
    StatedBalance,
    Target,
    TaxPolicy,
    Transaction,
)
from portfolios.services.book import book_derive
from portfolios.services.identities import identity_group_save
from portfolios.services.ledger import transactions_record
from portfolios.services.tax_policies import tax_policy_save
from taxharvest.engine.rebalance.asked import RebalanceWish, wish_json
from taxharvest.engine.rebalance.records import Plan
from taxharvest.engine.rebalance.told import plan_json
from taxharvest.models import (
    HarvestAlert,
    HarvestLeg,
    HarvestPlan,
    HarvestPlanEvent,
    HarvestScan,
    Rebalance,
    TaxHarvest,
    WashGuard,
)
from tests.factories.accounts import PASSWORD, GrantFactory, MemberFactory, UserFactory
from tests.factories.portfolios import buy, sell
from tests.factories.trading import BrokerAccountFactory, OrderFactory
from trading.models import Difference, Order

# Stands in every name of the household: whoever reads it without leave has seen something.
MARK = "ZQXMARK"
APPS = ("accounts", "portfolios", "trading", "taxharvest", "mlrecs", "common")
NO_PLAN = Plan(
    name="greedy",
    trades=(),
    not_done=(),
    outcomes=(),
    cash_after={},
    short_gain=Decimal(0),
    long_gain=Decimal(0),
    washed=Decimal(0),
    tax=Decimal(0),
    cost=Decimal(0),
    drift=Decimal(0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Ids by what they are, and who is who."""

    ids: dict[str, str]
    owner: User
    stranger: User
    reader: User
    former: User
    operator: User
    auditor: User

    def people(self) -> dict[str, User]:
        """Everybody by the name of what they are to the household."""
        names = ("owner", "stranger", "reader", "former", "operator", "auditor")
        return {name: getattr(self, name) for name in names}


def world_make() -> World:
    """One household with an account, a ledger, an import and a sign-in, and six people around it."""
    member = MemberFactory(name=f"{MARK} owner", household__name=f"{MARK} household")
    household, owner = member.household, member.user
    spouse = MemberFactory(household=household, user=None, name=f"{MARK} spouse", relationship="spouse")
    external = ExternalAccount.objects.create(
        household=household, provider="ibkr", account_number=f"{MARK}-U1234567"
    )
    portfolio = Portfolio.objects.create(
        household=household, holder=member, name=f"{MARK} account", external_account=external
    )
    TaxProfile.objects.create(household=household, year=2026, filing_status="single")
    run = _import_run(portfolio, owner)
    _ledger(portfolio, run, owner)
    _tax_settings(portfolio)
    order, difference = _broker(portfolio, owner)
    harvest = _harvest(portfolio)
    plan, alert = _guarded(portfolio)
    RiskReport.objects.create(portfolio=portfolio, day=date(2026, 3, 2), is_good=False, words=MARK)
    reader = MemberFactory().user
    grant = GrantFactory(household=household, grantee=reader, granted_by=owner, scope="read")
    former = MemberFactory().user
    GrantFactory(household=household, grantee=former, granted_by=owner, revoked_at=timezone.now())
    other_grant = GrantFactory(household=household, granted_by=owner)
    token_issue(
        email=owner.email, password=PASSWORD, code="", address="192.0.2.1", client=MARK, now=timezone.now()
    )
    ids = {
        "household": household.pk,
        "member": member.pk,
        "spouse": spouse.pk,
        "external": external.pk,
        "portfolio": portfolio.pk,
        "run": run.pk,
        "grant": grant.pk,
        "other_grant": other_grant.pk,
        "owner": owner.pk,
        "family": TokenFamily.objects.get(user=owner).pk,
        "instrument": Instrument.objects.get(symbol=f"{MARK}1").pk,
        "transaction": Transaction.objects.filter(portfolio=portfolio, kind="buy").earliest("trade_date").pk,
        "sale": Transaction.objects.get(portfolio=portfolio, kind="sell", instrument__symbol=f"{MARK}1").pk,
        "group": IdentityGroup.objects.get(household=household).pk,
        "policy": TaxPolicy.objects.get(household=household).pk,
        "lot": Lot.objects.filter(portfolio=portfolio).earliest("acquired").pk,
        "disposal": Disposal.objects.get(portfolio=portfolio, disallowed_base=0).pk,
        "washed": Disposal.objects.get(portfolio=portfolio, disallowed_base__gt=0).pk,
        "deferred": Lot.objects.get(portfolio=portfolio, deferred_base__gt=0).pk,
        "holding": Holding.objects.get(portfolio=portfolio, instrument__symbol=f"{MARK}1").pk,
        "finding": Finding.objects.get(portfolio=portfolio, detail=MARK).pk,
        "order": order.pk,
        "difference": difference.pk,
        "harvest": harvest.pk,
        "scan": harvest.scan_id,
        "plan": plan.pk,
        "harvest_plan": _harvest_plan(harvest, owner).pk,
        "alert": alert.pk,
        **models_made(portfolio, owner),
        "recommendation": recommendation_made(portfolio).pk,
        "market_view": _market_view(portfolio, owner).pk,
        "rebalance": _rebalance(portfolio, owner).pk,
        "mapping": ColumnMapping.objects.get(household=household).pk,
    }
    return World(
        ids={name: str(pk) for name, pk in ids.items()},
        owner=owner,
        stranger=MemberFactory().user,
        reader=reader,
        former=former,
        operator=UserFactory(role="operator"),
        auditor=UserFactory(role="auditor"),
    )


def _import_run(portfolio: Portfolio, owner: User) -> ImportRun:
    run = ImportRun.objects.create(
        household=portfolio.household,
        portfolio=portfolio,
        created_by=owner,
        state=ImportRun.State.REVIEW,
        source="csv",
        file_name=f"{MARK}.csv",
        file_size=1,
        file_digest="0" * 64,
    )
    ImportRow.objects.create(run=run, line=1, status="wrong", reason=MARK, row={"a": MARK})
    StatedBalance.objects.create(
        portfolio=portfolio, import_run=run, day=date(2026, 3, 2), currency="USD", quantity=Decimal(1)
    )
    ColumnMapping.objects.create(
        household=portfolio.household, name=MARK, header="0" * 64, mapping={"date": MARK}
    )
    return run


def _harvest(portfolio: Portfolio) -> TaxHarvest:
    """A scan of the household that proposed one harvest."""
    now, instrument = timezone.now(), Instrument.objects.get(symbol=f"{MARK}1")
    scan = HarvestScan.objects.create(
        day=now.date(), cause="demand", state="done", household=portfolio.household, started_at=now
    )
    harvest: TaxHarvest = TaxHarvest.objects.create(
        portfolio=portfolio, instrument=instrument, scan=scan, day=now.date(), currency="USD", quantity=1,
        price=1, price_as_of=now.date(), short_loss=1, benefit_low=0, benefit_high=0, expires_at=now,
        lots=[{
            "lot_id": str(uuid7()), "acquired": "2026-01-02", "quantity": "1", "basis": "2", "loss": "1",
            "term": "short",
        }],
    )  # fmt: skip
    return harvest


def recommendation_made(portfolio: Portfolio) -> Recommendation:
    """An advice about the account that waits."""
    now = timezone.now()
    row: Recommendation = Recommendation.objects.create(
        household=portfolio.household, portfolio=portfolio, kind="risk", subject="risk", title=MARK,
        words=MARK, data_until=now.date(), expires_at=now + timedelta(days=7),
    )  # fmt: skip
    return row


def _market_view(portfolio: Portfolio, owner: User) -> MarketView:
    """What the household expects of what it holds."""
    view: MarketView = MarketView.objects.create(
        household=portfolio.household, instrument=Instrument.objects.get(symbol=f"{MARK}1"),
        expected_return=Decimal("0.01"), confidence=Decimal("0.5"), set_by=owner,
    )  # fmt: skip
    return view


def _harvest_plan(before: TaxHarvest, owner: User) -> HarvestPlan:
    """A plan of an earlier harvest, whose window has ended."""
    now = timezone.now()
    traded = TaxHarvest.objects.create(
        portfolio=before.portfolio, instrument=before.instrument, state="harvested", day=now.date(),
        currency="USD", quantity=1, price=1, price_as_of=now.date(), benefit_low=0, benefit_high=0,
        expires_at=now, decided_by=owner, decided_at=now,
    )  # fmt: skip
    plan: HarvestPlan = HarvestPlan.objects.create(
        harvest=traded,
        portfolio=before.portfolio,
        state="deciding",
        state_since=now,
        price_limit=1,
        words=MARK,
    )
    HarvestLeg.objects.create(plan=plan, place=1, role="sell", instrument=before.instrument, placed_by=owner)
    HarvestPlanEvent.objects.create(plan=plan, at=now, kind="Moved", words=MARK)
    return plan


def _broker(portfolio: Portfolio, owner: User) -> tuple[Order, Difference]:
    """An account at a broker whose gateway is down, with an order in it and a difference."""
    account = BrokerAccountFactory.create(portfolio=portfolio, code=f"{MARK}0001")
    instrument = Instrument.objects.get(symbol=f"{MARK}1")
    order = OrderFactory.create(account=account, instrument=instrument, placed_by=owner, words=MARK)
    difference = Difference.objects.create(
        account=account,
        portfolio=portfolio,
        kind="position",
        subject=MARK,
        words=MARK,
        seen_at=timezone.now(),
    )
    return order, difference


def _guarded(portfolio: Portfolio) -> tuple[RecurringPurchase, HarvestAlert]:
    """A plan to buy, paused dividends, a guard that asks, and an alert of the watch."""
    plan = RecurringPurchase.objects.create(
        portfolio=portfolio,
        instrument=Instrument.objects.get(symbol=f"{MARK}1"),
        amount=Decimal(100),
        currency="USD",
        next_on=date(2026, 3, 2),
    )
    WashGuard.objects.create(household=portfolio.household)
    alert = HarvestAlert.objects.create(
        household=portfolio.household,
        portfolio=portfolio,
        kind=HarvestAlert.Kind.WASHED,
        subject=MARK,
        words=MARK,
        at_stake=Decimal(1),
        currency="USD",
        seen_at=timezone.now(),
    )
    return plan, alert


def models_made(portfolio: Portfolio, owner: User) -> dict[str, Any]:
    """An anomaly of the account with its score, and a model of the household with its training."""
    day = date(2026, 3, 2)
    AnomalyScore.objects.create(portfolio=portfolio, day=day, volatility=2, is_alarm=True)
    anomaly = Anomaly.objects.create(
        portfolio=portfolio, kind="volatility", severity="notice", began=day, words=MARK
    )
    model = ModelVersion.objects.create(
        task="anomalies", name="lstm", household=portfolio.household, universe=[MARK], words=MARK
    )
    run = TrainingRun.objects.create(
        household=portfolio.household,
        requested_by=owner,
        settings={"name": "lstm", "seed": 1},
        model=model,
        words=MARK,
    )
    return {"anomaly": anomaly.pk, "model": model.pk, "training": run.pk}


def _rebalance(portfolio: Portfolio, owner: User) -> Rebalance:
    """Targets, and a rebalancing that was asked for and has no plan."""
    Target.objects.create(household=portfolio.household, key=f"{MARK}1", weight=Decimal("0.5"))
    wish = RebalanceWish(accounts=(portfolio.pk,))
    return Rebalance.objects.create(
        household=portfolio.household,
        requested_by=owner,
        day=date(2026, 3, 2),
        wish=wish_json(wish),
        state="done",
        words=MARK,
        result={"greedy": plan_json(NO_PLAN), "convex": None, "convex_reason": MARK, "notes": [MARK]},
    )


def _tax_settings(portfolio: Portfolio) -> None:
    tax_policy_save(household_id=portfolio.household_id, policy=WashPolicy(), actor_id=None)
    identity_group_save(
        household_id=portfolio.household_id,
        group_id=uuid7(),
        name=f"{MARK} group",
        instrument_ids=[Instrument.objects.get(symbol=f"{MARK}1").pk],
        actor_id=None,
    )


def _ledger(portfolio: Portfolio, run: ImportRun, owner: User) -> None:
    transactions_record(
        portfolio=portfolio,
        parsed=[
            buy(date(2026, 1, 5), 10, "1000", f"{MARK}1"),
            buy(date(2026, 1, 6), 5, "600", f"{MARK}1"),
            sell(date(2026, 2, 2), 5, "700", f"{MARK}1"),
            *_washed(),
        ],
        source="csv",
        import_run_id=run.pk,
        actor_id=owner.pk,
    )
    book_derive(household_id=portfolio.household_id)
    Finding.objects.create(portfolio=portfolio, kind="price_missing", detail=MARK)


def _washed() -> list[ParsedTransaction]:
    """A loss that a purchase two days later washed."""
    symbol = f"{MARK}3"
    return [
        buy(date(2026, 1, 7), 5, "600", symbol),
        sell(date(2026, 1, 20), 5, "500", symbol),
        buy(date(2026, 1, 22), 5, "510", symbol),
    ]


def rows_of(world: World, tables: Collection[str] | None = None) -> dict[tuple[str, Any], str]:
    """Every row of the tables (of all) that names something of the household, and what it holds."""
    own = set(world.ids.values())
    found: dict[tuple[str, Any], str] = {}
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            if tables is not None and model._meta.db_table not in tables:
                continue
            for row in model._default_manager.values():
                held = {str(value) for value in row.values()}
                if held & own:
                    found[model._meta.db_table, row[model._meta.pk.name]] = str(row)
    return found
