"""The year-end planner of a household, as far as a person may see its accounts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from accounts.models import Viewer
from common.errors import DomainError
from common.money import quantize
from portfolios.engine.holding import term_of
from portfolios.engine.records import Term
from portfolios.models import Lot, RecurringPurchase
from portfolios.selectors.prices import NO_QUOTE, Quote, quotes_on, splits_known_to
from portfolios.selectors.scopes import Scope
from taxharvest.engine.income_range import TaxRange
from taxharvest.engine.savings import Saving
from taxharvest.engine.tables.registry import table_of
from taxharvest.engine.year_end import (
    GainChoice,
    LossChoice,
    OpenLot,
    Rooms,
    WaitingLot,
    WashedPart,
    YearEndPlan,
    YearEndWindow,
    gain_choices,
    loss_choices,
    rooms_of,
    saving_of_all,
    taken_of,
    waiting_lots,
    window_of,
    year_end_plan,
)
from taxharvest.engine.year_facts import YearFacts, check_facts
from taxharvest.selectors.tax_facts import FactsOfYear, year_facts
from taxharvest.selectors.tax_sales import DOLLAR
from taxharvest.selectors.wash_watch import WashWatch, wash_watch

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A purchase that an account makes by itself within the window of the year's last day."""

    account: str
    symbol: str
    on: date
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEnd:
    """What the planner shows. `facts` is None with the `reason` while no tax of the year can be told.

    `unknown` counts lots that are in no list, for want of a price, a basis or a day, or in another currency.
    `saving` is what all losses that count save together; `plan` the return with what was chosen.
    """

    day: date
    year: int
    window: YearEndWindow
    told: FactsOfYear
    facts: YearFacts | None
    reason: str
    losses: tuple[LossChoice, ...]
    gains: tuple[GainChoice, ...]
    waiting: tuple[WaitingLot, ...]
    rooms: Rooms | None
    saving: Saving | None
    plan: YearEndPlan | None
    scheduled: tuple[Scheduled, ...]
    unknown: int

    @property
    def is_known(self) -> bool:
        """Whether the income is known, so that taxes are amounts and no ranges."""
        return self.facts is not None and self.facts.ordinary_income is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held that could be realised."""
        return not self.losses and not self.gains

    @property
    def saving_range(self) -> TaxRange | None:
        """What all losses that count save this year."""
        return None if self.saving is None else self.saving.taxes.total

    def counted(self, term: Term) -> Decimal:
        """The losses of one term that would count today."""
        return sum((one.counted for one in self.losses if one.term is term), ZERO)


def year_end(user: Viewer, scope: Scope, day: date, amounts: Mapping[str, Decimal] | None = None) -> YearEnd:
    """The planner on `day` for the accounts of `scope`; `amounts` are what was chosen, by key."""
    told = year_facts(user, scope, day.year)
    facts, reason = _facts(told)
    lots, unknown = _open_lots(scope, told.accounts.ids, day)
    losses = tuple(loss_choices(lots, _washed(wash_watch(user, scope, day)), facts))
    gains = tuple(gain_choices(lots, facts))
    window = window_of(day.year)
    return YearEnd(
        day=day,
        year=day.year,
        window=window,
        told=told,
        facts=facts,
        reason=reason,
        losses=losses,
        gains=gains,
        waiting=tuple(waiting_lots(lots, facts, day)),
        rooms=None if facts is None else rooms_of(facts),
        saving=None if facts is None else saving_of_all(facts, losses),
        plan=None if facts is None else year_end_plan(facts, taken_of(amounts or {}, losses, gains)),
        scheduled=tuple(_scheduled(scope, {one.instrument_id for one in losses}, day, window)),
        unknown=unknown,
    )


def _facts(told: FactsOfYear) -> tuple[YearFacts | None, str]:
    """The facts of the year, if a tax can be computed from them."""
    if told.facts is None:
        return None, told.reason
    try:
        check_facts(told.facts)
        table_of(told.facts.year)
    except DomainError as refusal:
        return None, refusal.detail
    return told.facts, ""


def _open_lots(scope: Scope, portfolio_ids: Iterable[UUID], day: date) -> tuple[list[OpenLot], int]:
    """The open long lots of the return's accounts at the last closes, and how many are not known."""
    rows = list(
        Lot.objects.filter(portfolio_id__in=list(portfolio_ids), quantity__gt=0).select_related("instrument")
    )
    splits = splits_known_to(scope.household_id, {row.instrument_id for row in rows})
    quotes = quotes_on(splits, day, tells_last_known=False) if rows else {}
    found = [_open_lot(row, quotes.get(row.instrument_id, NO_QUOTE), scope, day) for row in rows]
    known = [lot for lot in found if lot is not None]
    return known, len(rows) - len(known)


def _open_lot(row: Lot, quote: Quote, scope: Scope, day: date) -> OpenLot | None:
    term = term_of(row.holding_date, day)
    is_dollar = {row.currency, quote.currency} == {DOLLAR}
    if quote.close is None or row.basis_base is None or row.holding_date is None or not is_dollar:
        return None
    return OpenLot(
        account_id=row.portfolio_id,
        instrument_id=row.instrument_id,
        account=scope.names[row.portfolio_id],
        symbol=row.instrument.symbol,
        acquired=row.acquired,
        holding_date=row.holding_date,
        shares=row.quantity,
        basis=row.basis_base,
        value=quantize(row.quantity * row.instrument.multiplier * quote.close),
        term=term,
    )


def _washed(watch: WashWatch) -> dict[tuple[UUID, UUID], WashedPart]:
    """What counts of positions that purchases of late would wash in part or in full."""
    return {
        (line.warning.portfolio_id, line.warning.instrument_id): WashedPart(
            short=max(ZERO, -(line.warning.outcome.short_gain or ZERO)),
            long=max(ZERO, -(line.warning.outcome.long_gain or ZERO)),
            free_on=line.free_on,
        )
        for line in watch.selling
    }


def _scheduled(
    scope: Scope, instrument_ids: set[UUID], day: date, window: YearEndWindow
) -> Iterable[Scheduled]:
    """Purchases that accounts in reach make by themselves, of what stands at a loss."""
    rows = RecurringPurchase.objects.filter(
        portfolio_id__in=scope.portfolio_ids,
        instrument_id__in=instrument_ids,
        is_paused=False,
        next_on__gte=day,
        next_on__lte=window.ends,
    ).select_related("instrument")
    for row in rows.order_by("next_on", "id"):
        yield Scheduled(
            account=scope.names[row.portfolio_id],
            symbol=row.instrument.symbol,
            on=row.next_on,
            words=f"{row.get_pace_display()} purchase",
        )
