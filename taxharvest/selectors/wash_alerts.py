"""What the thirty-one-day watch finds in a household: losses that were washed, and what is about to."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, QuerySet, TextField, Value
from django.db.models.functions import Cast

from accounts.models import User, Viewer
from common.identifiers import derived_uuid
from common.models import OutboxEvent
from portfolios.engine.figures import amount_text, day_text
from portfolios.engine.wash_groups import WINDOW
from portfolios.models import Disposal, Portfolio, Transaction, WashSale
from portfolios.selectors.facts import portfolio_records, tax_rules
from taxharvest.engine.harvest.guard import Threat, loss_threats
from taxharvest.models import HarvestAlert, HarvestLeg
from taxharvest.selectors.ledgers import ledger_of, tied_with
from taxharvest.selectors.wash_guard import instruments_sold, planned_purchases, waiting_trades
from taxharvest.selectors.what_if import symbols_of
from trading.engine.records import Side
from trading.engine.tax_looks import TrapKind

ZERO = Decimal(0)
# A statement may tell of a purchase a month late: so long after the window a washed loss is still news.
LATE = timedelta(days=2 * WINDOW + 1)
# News after which a loss may be washed, or may not be any more.
TOPICS = (
    "execution.booked", "ledger.recorded", "ledger.reversed", "ledger.lots_chosen", "order.changed",
    "plans.changed", "portfolio.updated", "tax_rules.changed",
)  # fmt: skip
ALERT = "harvest-alert"
KINDS = (HarvestAlert.Kind.WASHED, HarvestAlert.Kind.WOULD_WASH)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFact:
    """One thing to look at: `subject` stays the same as long as it stands, `at_stake` may grow.

    `is_fresh` says that it is worth telling somebody who was not told yet.
    """

    kind: HarvestAlert.Kind
    subject: str
    portfolio_id: UUID
    harvest_id: UUID | None
    at_stake: Decimal
    currency: str
    words: str
    is_fresh: bool = True


def alert_facts(household_id: UUID, day: date) -> list[AlertFact]:
    """Everything that the watch of a household has to say on `day`, most money first."""
    found = [*_washed(household_id, day), *_about_to(household_id, day)]
    return sorted(found, key=lambda fact: (-fact.at_stake, fact.subject))


def alerts_open(user: Viewer, household_id: UUID) -> list[HarvestAlert]:
    """The alerts of the watch that nobody has closed, most money first; see `HouseholdRowsQuerySet`."""
    rows = HarvestAlert.objects.visible_to(user).filter(
        household_id=household_id, closed_at__isnull=True, kind__in=KINDS
    )
    return list(rows.select_related("portfolio").order_by("-at_stake", "seen_at", "pk"))


def alert_count(user: User) -> int:
    """How many alerts of harvesting nobody has closed, over all that `user` sees whole."""
    return int(HarvestAlert.objects.visible_to(user).filter(closed_at__isnull=True).count())


def alert_rows(user: User) -> QuerySet[Any, Any]:
    """One row for each alert that `alert_count` counts, in the columns of the dashboard's inbox.

    So a page that reads the inbox anyway reads these in the same query; the fourth column is `ALERT`.
    """
    rows = HarvestAlert.objects.visible_to(user).filter(closed_at__isnull=True).order_by()
    columns: QuerySet[Any, Any] = rows.annotate(
        what=Value("beside", CharField()),
        told=Value(ALERT, TextField()),
        on=Cast(Value(None), DateField()),
    ).values_list("what", "pk", "kind", "told", "portfolio_id", "on")
    return columns


def households_changed(since: datetime) -> list[UUID]:
    """The households of which the outbox tells news that the watch goes by, since a moment."""
    events = OutboxEvent.objects.filter(created_at__gte=since, topic__in=TOPICS, household_id__isnull=False)
    return sorted(key for key in set(events.values_list("household_id", flat=True)) if key)


def households_watched(day: date) -> list[UUID]:
    """The households with a loss in the window up to `day`, or with an alert that stands."""
    losses = Disposal.objects.filter(
        disposed__gte=day - timedelta(days=WINDOW), disposed__lte=day, gain_base__lt=0
    )
    alerts = HarvestAlert.objects.filter(closed_at__isnull=True, kind__in=KINDS)
    found = set(losses.order_by().values_list("portfolio__household_id", flat=True).distinct())
    return sorted(found | set(alerts.order_by().values_list("household_id", flat=True).distinct()))


def _washed(household_id: UUID, day: date) -> list[AlertFact]:
    """One fact for each sale and each purchase that washed it; the fills of one order are one."""
    rows = WashSale.objects.filter(portfolio__household_id=household_id).select_related(
        "sale", "replacement", "instrument", "replacement_instrument", "portfolio", "replacement_portfolio"
    )
    pairs: defaultdict[tuple[str, str], list[WashSale]] = defaultdict(list)
    for row in rows.order_by("sold", "replaced_on", "pk"):
        pairs[_order_of(row.sale), _order_of(row.replacement)].append(row)
    harvests = _harvests_of({row.sale_id for parts in pairs.values() for row in parts})
    return [_washed_fact(subject, parts, harvests, day) for subject, parts in pairs.items()]


def _washed_fact(
    pair: tuple[str, str], parts: list[WashSale], harvests: dict[UUID, UUID], day: date
) -> AlertFact:
    one = parts[0]
    currency = one.portfolio.base_currency
    at_stake = sum((part.disallowed_base for part in parts), ZERO)
    bought = sum((part.replacement_quantity for part in parts), ZERO)
    is_permanent = any(part.is_permanent for part in parts)
    fate = "lost for good" if is_permanent else "deferred into what was bought"
    words = (
        f"{_plain(bought)} {one.replacement_instrument.symbol} bought on {day_text(one.replaced_on)} in "
        f"{one.replacement_portfolio.name} washed the loss on {one.instrument.symbol} of "
        f"{day_text(one.sold)} in {one.portfolio.name}: {amount_text(at_stake, currency)} is {fate}."
    )
    return AlertFact(
        kind=HarvestAlert.Kind.WASHED,
        subject=":".join(pair),
        portfolio_id=one.portfolio_id,
        harvest_id=next((harvests[part.sale_id] for part in parts if part.sale_id in harvests), None),
        at_stake=at_stake,
        currency=currency,
        words=words,
        is_fresh=max(one.sold, one.replaced_on) >= day - LATE,
    )


def _about_to(household_id: UUID, day: date) -> list[AlertFact]:
    """One fact for each loss of the window and each planned purchase that would wash it."""
    sold, _ = instruments_sold(household_id, day)
    if not sold:
        return []
    portfolios, rules = portfolio_records(household_id), tax_rules(household_id)
    part = tied_with(sold, portfolios, rules)
    ledger = ledger_of(portfolios, rules, part).until(day)
    trades = (
        *waiting_trades(household_id, day, side=Side.BUY, part=part),
        *planned_purchases(household_id, ledger, day, day + timedelta(days=WINDOW), part),
    )
    threats = loss_threats(ledger, trades, day)
    return list(_threat_facts(household_id, threats))


def _threat_facts(household_id: UUID, threats: Collection[Threat]) -> Iterable[AlertFact]:
    sales = Transaction.objects.in_bulk([one.sale_id for one in threats if one.sale_id])
    names = dict(Portfolio.objects.filter(household_id=household_id).values_list("pk", "name"))
    symbols = symbols_of(
        {key for one in threats for key in (one.loss_instrument_id, one.trade.instrument_id)}
    )
    harvests = _harvests_of(sales)
    grouped: defaultdict[tuple[str, TrapKind, UUID, UUID], list[Threat]] = defaultdict(list)
    for one in threats:
        if one.sale_id is not None:
            trade = one.trade
            grouped[_order_of(sales[one.sale_id]), trade.kind, trade.key, trade.instrument_id].append(one)
    for (sale, kind, key, instrument_id), parts in grouped.items():
        first = parts[0]
        at_stake = sum((part.disallowed for part in parts), ZERO)
        fate = "lost for good" if any(part.lost for part in parts) else "deferred"
        yield AlertFact(
            kind=HarvestAlert.Kind.WOULD_WASH,
            subject=f"{sale}:{kind.value}:{derived_uuid(key, str(instrument_id))}",
            portfolio_id=first.loss_portfolio_id,
            harvest_id=harvests.get(first.sale_id) if first.sale_id else None,
            at_stake=at_stake,
            currency=first.currency,
            words=(
                f"{_trade_words(first, names, symbols)} would wash the loss on "
                f"{symbols[first.loss_instrument_id]} of {day_text(first.sold)} in "
                f"{names[first.loss_portfolio_id]}: {amount_text(at_stake, first.currency)} would be {fate}."
            ),
        )


def _trade_words(threat: Threat, names: dict[UUID, str], symbols: dict[UUID, str]) -> str:
    """The planned purchase as the beginning of a sentence, its account by name."""
    trade = threat.trade
    symbol, account = symbols[trade.instrument_id], names[trade.portfolio_id]
    if trade.kind is TrapKind.REINVESTMENT:
        when = "on a day not known" if trade.last is None else f"expected by {day_text(trade.last)}"
        return f"The dividend of {symbol} reinvested in {account}, {when},"
    if trade.kind is TrapKind.RECURRING:
        return f"The {trade.pace} purchase of {symbol} in {account}, due {day_text(trade.first)},"
    if trade.kind is TrapKind.FILL:
        return f"{_plain(trade.quantity)} {symbol} just bought in {account}"
    return f"The open order to buy {_plain(trade.quantity)} {symbol} in {account}"


def _order_of(row: Transaction) -> str:
    """What the fills of one order share; a row without an order stands for itself."""
    if not row.order_ref:
        return str(row.pk)
    return str(derived_uuid(row.portfolio_id, f"order:{row.order_ref}"))


def _harvests_of(sale_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The harvest that a sale was made for, by its ledger row."""
    if not sale_ids:
        return {}
    legs = HarvestLeg.objects.filter(order__executions__transaction_id__in=list(sale_ids))
    return dict(legs.values_list("order__executions__transaction_id", "plan__harvest_id"))


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
