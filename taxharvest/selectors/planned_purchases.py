"""Purchases by plan and accounts that reinvest, as a person may see and stop them, and what they wash."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F

from accounts.models import User
from common.errors import NotFound
from common.identifiers import derived_uuid
from portfolios.engine.records import TransactionKind
from portfolios.engine.wash_groups import WINDOW
from portfolios.models import Instrument, Portfolio, RecurringPurchase, Transaction
from portfolios.selectors.facts import portfolio_records, tax_rules
from taxharvest.engine.harvest.guard import order_threats, order_washes
from taxharvest.engine.harvest.planned_trades import REINVESTS_WITHIN, PlannedTrade, RecurringPlan
from taxharvest.selectors.ledgers import ledger_of, tied_with
from taxharvest.selectors.wash_guard import planned_purchases, waiting_trades
from trading.engine.tax_looks import TrapKind

ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A purchase by plan; `would_wash` says that taking it up again now would wash a loss."""

    plan: RecurringPurchase
    next_on: date
    may_change: bool
    would_wash: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinvestingLine:
    """An account that reinvests dividends, told or seen in its ledger; `symbols` are those seen there."""

    portfolio: Portfolio
    symbols: tuple[str, ...]
    is_paused: bool
    may_change: bool
    would_wash: bool


def plan_lines(user: User, household_id: UUID, today: date) -> list[PlanLine]:
    """The plans to buy of the accounts that `user` sees, by account and symbol."""
    visible = Portfolio.objects.visible_to(user).filter(household_id=household_id)
    editable = set(Portfolio.objects.editable_by(user).values_list("pk", flat=True))
    rows = RecurringPurchase.objects.filter(portfolio__in=visible).select_related("portfolio", "instrument")
    return [
        PlanLine(
            plan=row,
            next_on=next_day(row, today),
            may_change=row.portfolio_id in editable,
            would_wash=row.is_paused
            and resuming_washes(household_id, row.portfolio_id, {row.instrument_id}, today),
        )
        for row in rows.order_by("portfolio__name", "instrument__symbol", "next_on")
    ]


def reinvesting_lines(user: User, household_id: UUID, today: date) -> list[ReinvestingLine]:
    """The accounts that `user` sees and that reinvest or have paused it, by name."""
    visible = Portfolio.objects.visible_to(user).filter(household_id=household_id, closed_on__isnull=True)
    editable = set(Portfolio.objects.editable_by(user).values_list("pk", flat=True))
    seen = _reinvested(household_id, today)
    lines = []
    for row in visible.order_by("name"):
        positions = seen.get(row.pk, {})
        if positions or row.reinvests_dividends or row.reinvestment_paused_on:
            is_paused = row.reinvestment_paused_on is not None
            lines.append(
                ReinvestingLine(
                    portfolio=row,
                    symbols=tuple(sorted(positions.values())),
                    is_paused=is_paused,
                    may_change=row.pk in editable,
                    would_wash=is_paused and resuming_washes(household_id, row.pk, set(positions), today),
                )
            )
    return lines


def next_day(plan: RecurringPurchase, today: date) -> date:
    """The next day on which a plan buys, from `today` on."""
    return next(_record(plan).days(today, today + timedelta(days=WINDOW + 1)), plan.next_on)


def resuming_washes(household_id: UUID, portfolio_id: UUID, instrument_ids: set[UUID], today: date) -> bool:
    """Whether a purchase that a plan may make from now on would wash a loss, booked or of an open sale."""
    if not instrument_ids:
        return False
    portfolios, rules = portfolio_records(household_id), tax_rules(household_id)
    part = tied_with(instrument_ids, portfolios, rules)
    before = ledger_of(portfolios, rules, part).until(today)
    others = (
        *waiting_trades(household_id, today, part=part),
        *planned_purchases(household_id, before, today, today + timedelta(days=WINDOW), part),
    )
    for instrument_id in instrument_ids:
        trade = PlannedTrade(
            kind=TrapKind.RECURRING,
            key=derived_uuid(portfolio_id, f"resumed:{instrument_id}"),
            portfolio_id=portfolio_id,
            instrument_id=instrument_id,
            first=today,
            last=None,
            quantity=ONE,
            price=ONE,
            currency=portfolios[portfolio_id].base_currency,
        )
        if order_washes(before, trade) or order_threats(before, trade, others):
            return True
    return False


def plan_of(user: User, plan_id: UUID) -> RecurringPurchase:
    """A plan of an account into which `user` may record. Raises NotFound for any other."""
    editable = Portfolio.objects.editable_by(user)
    plan: RecurringPurchase | None = (
        RecurringPurchase.objects.select_related("portfolio")
        .filter(pk=plan_id, portfolio__in=editable)
        .first()
    )
    if plan is None:
        raise NotFound("There is no such recurring purchase.", code="not-found")
    return plan


def accounts_to_plan(user: User, household_id: UUID) -> list[Portfolio]:
    """The accounts of a household of whose plans `user` may tell, by name."""
    rows = Portfolio.objects.editable_by(user).filter(household_id=household_id, closed_on__isnull=True)
    return list(rows.order_by("name"))


def reinvested_symbols(household_id: UUID, portfolio_id: UUID, today: date) -> set[UUID]:
    """What an account holds and has reinvested dividends of within a year."""
    return set(_reinvested(household_id, today).get(portfolio_id, {}))


def instruments_to_plan(household_id: UUID) -> list[Instrument]:
    """What a plan may buy: the stocks and funds that the household has dealt in, by symbol."""
    kinds = (Instrument.AssetClass.STOCK, Instrument.AssetClass.FUND)
    dealt = Transaction.objects.filter(portfolio__household_id=household_id).values("instrument_id")
    rows = Instrument.objects.known_to(household_id).filter(asset_class__in=kinds, pk__in=dealt)
    return list(rows.order_by("symbol"))


def _reinvested(household_id: UUID, today: date) -> dict[UUID, dict[UUID, str]]:
    """Symbols whose dividends were reinvested within a year and that are still held, by account."""
    rows = Transaction.objects.filter(
        portfolio__household_id=household_id,
        kind=TransactionKind.REINVEST,
        trade_date__gte=today - timedelta(days=REINVESTS_WITHIN),
        portfolio__holdings__instrument=F("instrument"),
        portfolio__holdings__quantity__gt=0,
    )
    found: dict[UUID, dict[UUID, str]] = {}
    for portfolio_id, key, symbol in rows.values_list(
        "portfolio_id", "instrument_id", "instrument__symbol"
    ).distinct():
        found.setdefault(portfolio_id, {})[key] = symbol
    return found


def _record(plan: RecurringPurchase) -> RecurringPlan:
    return RecurringPlan(
        id=plan.pk,
        portfolio_id=plan.portfolio_id,
        instrument_id=plan.instrument_id,
        amount=plan.amount,
        currency=plan.currency,
        pace=plan.pace,
        next_on=plan.next_on,
    )
