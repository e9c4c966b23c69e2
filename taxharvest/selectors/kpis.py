"""How well harvesting does its work: six figures, each with what it means and what it is to be."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import Figure, Unit
from portfolios.engine.records import Term
from portfolios.models import Disposal, Price
from taxharvest.models import HarvestLeg, HarvestPlan, TaxHarvest
from taxharvest.selectors.scan_coverage import coverage_share
from trading.models import Execution

ZERO, ONE = Decimal(0), Decimal(1)
# Said where nothing was due, as on the day on which harvesting is switched on.
NO_LOOKS = "None yet: looks are due from the first market day after harvesting is switched on."
COVERED_DAYS = 30
DOLLAR = "USD"
NO_SALES = "Nothing was harvested yet."
ACCEPTED = (TaxHarvest.State.APPROVED, TaxHarvest.State.HARVESTED, TaxHarvest.State.STOPPED)
REFUSED = (TaxHarvest.State.DISMISSED, TaxHarvest.State.EXPIRED)
BOUGHT = (HarvestLeg.Role.BUY,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A figure of harvesting: its value or the reason there is none, its definition, and its target."""

    figure: Figure
    definition: str
    target: str = ""


class _Sales(NamedTuple):
    short: Decimal
    long: Decimal
    sales: int
    washed: int
    disallowed: Decimal


def harvest_kpis(
    now: datetime, today: date, portfolio_ids: Collection[UUID] | None = None, *, sees_taxes: bool = True
) -> list[Kpi]:
    """The figures of these accounts, or of everybody's for an operator; dollar accounts alone.

    The benefit tells of a household's income: without `sees_taxes` it is left out.
    """
    sales = _sales(portfolio_ids, today.year)
    return [
        *_losses(sales, today.year),
        *(_benefit(portfolio_ids, today.year) if sees_taxes else ()),
        _washed(sales, today.year),
        _coverage(portfolio_ids, now, today),
        _accepted(portfolio_ids, today.year),
        _tracking(portfolio_ids, today),
    ]


def _of(rows: QuerySet, portfolio_ids: Collection[UUID] | None) -> QuerySet:  # type: ignore[type-arg]
    rows = rows.filter(portfolio__base_currency=DOLLAR)
    return rows if portfolio_ids is None else rows.filter(portfolio_id__in=list(portfolio_ids))


def _sales(portfolio_ids: Collection[UUID] | None, year: int) -> _Sales:
    """What the sales of plans realised this year, by the book: every piece that their fills closed."""
    fills = Execution.objects.filter(
        order__harvest_leg__role=HarvestLeg.Role.SELL, transaction__isnull=False
    ).values("transaction_id")
    pieces = _of(Disposal.objects.filter(transaction_id__in=fills, disposed__year=year), portfolio_ids)
    order = Execution.objects.filter(transaction=OuterRef("transaction")).values("order_id")[:1]
    losses = pieces.annotate(order_id=Subquery(order)).aggregate(
        short=Sum("gain_base", filter=Q(term=Term.SHORT, gain_base__lt=0), default=ZERO),
        long=Sum("gain_base", filter=Q(term=Term.LONG, gain_base__lt=0), default=ZERO),
        sales=Count("order_id", distinct=True),
        washed=Count("order_id", distinct=True, filter=Q(disallowed_base__gt=0)),
        disallowed=Sum("disallowed_base", default=ZERO),
    )
    return _Sales(-losses["short"], -losses["long"], losses["sales"], losses["washed"], losses["disallowed"])


def _losses(sales: _Sales, year: int) -> Iterable[Kpi]:
    for key, label, amount in (("short", "Short-term", sales.short), ("long", "Long-term", sales.long)):
        yield Kpi(
            figure=_money(f"harvested_{key}", f"{label} losses harvested", amount),
            definition=(
                f"The {label.lower()} losses of the shares that harvest plans sold in {year}, by the book, "
                "before the wash-sale rule."
            ),
        )


def _benefit(portfolio_ids: Collection[UUID] | None, year: int) -> Iterable[Kpi]:
    rows = TaxHarvest.objects.filter(state=TaxHarvest.State.HARVESTED, decided_at__year=year)
    sums = _of(rows, portfolio_ids).aggregate(
        low=Sum("benefit_low", default=ZERO), high=Sum("benefit_high", default=ZERO)
    )
    for key, word in (("low", "at least"), ("high", "at most")):
        yield Kpi(
            figure=_money(f"benefit_{key}", f"Estimated benefit, {word}", sums[key], is_estimated=True),
            definition=(
                f"The benefit that was estimated for the proposals harvested in {year} when they were "
                "decided: tax saved now, less the tax that comes back later, discounted; before costs. The "
                "two bounds differ where an income is not known."
            ),
        )


def _washed(sales: _Sales, year: int) -> Kpi:
    share = ARITHMETIC.divide(Decimal(sales.washed), Decimal(sales.sales)) if sales.sales else None
    return Kpi(
        figure=_fraction("washed_share", "Harvest sales later washed", share, NO_SALES),
        definition=(
            f"Of the {sales.sales} harvest sales of {year}, those of which the wash-sale rule took any share "
            f"back: {sales.washed}."
        ),
        target="0 %; a public failure of the kind reached 31 % of accounts",
    )


def _coverage(portfolio_ids: Collection[UUID] | None, now: datetime, today: date) -> Kpi:
    first = today - timedelta(days=COVERED_DAYS - 1)
    share = coverage_share(first, today, portfolio_ids, now=now)
    value = ARITHMETIC.divide(Decimal(share.scanned), Decimal(share.due)) if share.due else None
    return Kpi(
        figure=_fraction("scan_coverage", "Scan coverage", value, NO_LOOKS),
        definition=(
            f"Of {share.due} looks due in {COVERED_DAYS} days, one for each enabled taxable account and "
            f"market day since its policy was last set, {share.scanned} were made, wholly or in part."
        ),
        target="100 %",
    )


def _accepted(portfolio_ids: Collection[UUID] | None, year: int) -> Kpi:
    rows = _of(TaxHarvest.objects.filter(updated_at__year=year), portfolio_ids)
    counts = rows.aggregate(
        accepted=Count("pk", filter=Q(state__in=ACCEPTED)), refused=Count("pk", filter=Q(state__in=REFUSED))
    )
    total = counts["accepted"] + counts["refused"]
    value = ARITHMETIC.divide(Decimal(counts["accepted"]), Decimal(total)) if total else None
    return Kpi(
        figure=_fraction("accepted_share", "Proposals accepted", value, "Nothing was decided yet."),
        definition=(
            f"Of the {total} proposals of {year} that were approved, dismissed or left to expire, those that "
            f"were approved: {counts['accepted']}."
        ),
    )


def _tracking(portfolio_ids: Collection[UUID] | None, today: date) -> Kpi:
    rows = HarvestPlan.objects.filter(sold_on__isnull=False).prefetch_related("legs")
    costs = [cost for plan in _of(rows, portfolio_ids) if (cost := _plan_cost(plan, today)) is not None]
    definition = (
        "What the replacements have earned less than what was sold would have, from the fills until the plan "
        "ended or now, at the last closes; negative: they have earned more. Dividends are left out."
    )
    if not costs:
        return Kpi(
            figure=Figure(
                key="tracking_cost", label="Tracking cost", value=None, unit=Unit.MONEY, reason=NO_SALES
            ),
            definition=definition,
        )
    total = quantize(sum(costs, ZERO))
    return Kpi(figure=_money("tracking_cost", "Tracking cost", total), definition=definition)


def _plan_cost(plan: HarvestPlan, today: date) -> Decimal | None:
    """The cost of one plan; None while a price is missing or nothing was bought."""
    legs = [leg for leg in plan.legs.all() if leg.filled and leg.average_price]
    end = plan.finished_at.date() if plan.finished_at else today
    sold = [leg for leg in legs if leg.role == HarvestLeg.Role.SELL]
    bought = [leg for leg in legs if leg.role in BOUGHT]
    if not sold or not bought:
        return None
    missed, earned = _growth(sold, end), _growth(bought, end)
    if missed is None or earned is None:
        return None
    paid = sum((leg.filled * (leg.average_price or ZERO) for leg in bought), ZERO)
    return ARITHMETIC.multiply(missed - earned, paid)


def _growth(legs: Collection[HarvestLeg], end: date) -> Decimal | None:
    """By which factor the shares of these fills have grown until the last close up to `end`."""
    paid, worth = ZERO, ZERO
    for leg in legs:
        close = (
            Price.objects.filter(instrument_id=leg.instrument_id, day__lte=end)
            .order_by("-day")
            .values_list("close", flat=True)
            .first()
        )
        if close is None:
            return None
        paid += leg.filled * (leg.average_price or ZERO)
        worth += leg.filled * close
    return ARITHMETIC.divide(worth, paid)


def _money(key: str, label: str, value: Decimal, *, is_estimated: bool = False) -> Figure:
    return Figure(
        key=key, label=label, value=value, unit=Unit.MONEY, currency=DOLLAR, is_estimated=is_estimated
    )


def _fraction(key: str, label: str, value: Decimal | None, reason: str) -> Figure:
    return Figure(
        key=key, label=label, value=value, unit=Unit.FRACTION, reason=reason if value is None else ""
    )
