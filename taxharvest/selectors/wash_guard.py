"""What the wash guard goes by: trades that are still to come in a household, its windows, and its setting."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from common.identifiers import derived_uuid
from common.row_versions import row_versions
from portfolios.engine.closes import MAX_AGE_DAYS
from portfolios.engine.policies import TaxRules
from portfolios.engine.wash_groups import WINDOW
from portfolios.models import Instrument, Portfolio, RecurringPurchase
from portfolios.selectors.prices import quotes_on, splits_known_to
from portfolios.selectors.rates import rates_known_to
from taxharvest.engine.harvest.planned_trades import (
    DISTRIBUTIONS,
    PlannedTrade,
    RecurringPlan,
    ReinvestingAccount,
    recurring_trades,
    reinvestments,
)
from taxharvest.engine.harvest.wash_windows import Window, blocking, windows
from taxharvest.engine.harvest.worst_fills import may_lose
from taxharvest.engine.what_if import SaleLedger
from taxharvest.models import WashGuard
from taxharvest.selectors.ledgers import sale_ledger
from trading.engine.records import Side
from trading.engine.tax_looks import OrderBefore, TrapKind, last_day_of, worst_price
from trading.selectors.tickets import ticket_of

ZERO = Decimal(0)
# Beyond this the calendar looks no further: what is planned is not known any better.
HORIZON = timedelta(days=92)
# Open orders and fills that are not booked: rows, not models, since an order that is placed among many others
# reads them all. A fill waits for nothing; its price stands where an order has the one it was judged at.
WAITING = """
SELECT false, o.id, o.account_id, o.portfolio_id, o.instrument_id, o.currency, i.multiplier, p.base_currency,
    o.side, o.quantity, o.filled, o.reference_price, o.kind, o.time_in_force, o.limit_price, o.stop_price,
    o.trail_amount, o.trail_percent, o.good_till, o.outside_hours, o.oca_group, o.parent_id, o.wanted::text,
    coalesce(parent.side = 'buy' AND parent.filled = 0, false), o.created_at
FROM orders o JOIN portfolios p ON p.id = o.portfolio_id JOIN instruments i ON i.id = o.instrument_id
    LEFT JOIN orders parent ON parent.id = o.parent_id
WHERE p.household_id = %(household)s AND o.state NOT IN ('filled', 'cancelled', 'rejected')
    AND (%(side)s::text IS NULL OR o.side = %(side)s)
    AND (%(part)s::uuid[] IS NULL OR o.instrument_id = ANY(%(part)s))
UNION ALL
SELECT true, e.id, e.account_id, e.portfolio_id, e.instrument_id, e.currency, i.multiplier, p.base_currency,
    e.side, e.quantity, 0, e.price, '', '', NULL, NULL, NULL, NULL, NULL, false, '', NULL, NULL, false,
    e.executed_at
FROM executions e JOIN portfolios p ON p.id = e.portfolio_id JOIN instruments i ON i.id = e.instrument_id
WHERE p.household_id = %(household)s AND e.transaction_id IS NULL AND e.quantity > 0
    AND (%(side)s::text IS NULL OR e.side = %(side)s)
    AND (%(part)s::uuid[] IS NULL OR e.instrument_id = ANY(%(part)s))
ORDER BY 1, 25 DESC, 2 DESC
"""
# The version of every row that plans and reinvestments follow from (`common.row_versions`).
PLANS = """
SELECT md5(concat_ws('|',
    (SELECT string_agg(concat(r.xmin, r.ctid), ',' ORDER BY r.id)
        FROM recurring_purchases r JOIN portfolios p ON p.id = r.portfolio_id
        WHERE p.household_id = %(household)s),
    (SELECT string_agg(concat(xmin, ctid), ',' ORDER BY id) FROM portfolios
        WHERE household_id = %(household)s)
))
"""
KEPT = 256
# Losses that still stand, and what is being sold: every purchase asks it first.
SOLD = """
SELECT d.instrument_id, false FROM disposals d JOIN portfolios p ON p.id = d.portfolio_id
WHERE p.household_id = %(household)s AND d.disposed BETWEEN %(first)s AND %(last)s
    AND d.gain_base < 0 AND d.disallowed_base = 0 AND NOT d.is_short_sale
UNION
SELECT o.instrument_id, true FROM orders o JOIN portfolios p ON p.id = o.portfolio_id
WHERE p.household_id = %(household)s AND o.side = 'sell'
    AND o.state NOT IN ('filled', 'cancelled', 'rejected')
UNION
SELECT e.instrument_id, true FROM executions e JOIN portfolios p ON p.id = e.portfolio_id
WHERE p.household_id = %(household)s AND e.side = 'sell' AND e.transaction_id IS NULL AND e.quantity > 0
"""


class _Waiting(NamedTuple):
    """A row of `WAITING`."""

    is_fill: bool
    pk: UUID
    account_id: UUID
    portfolio_id: UUID
    instrument_id: UUID
    currency: str
    multiplier: Decimal
    base_currency: str
    side: str
    quantity: Decimal
    filled: Decimal
    price: Decimal | None
    kind: str
    time_in_force: str
    limit_price: Decimal | None
    stop_price: Decimal | None
    trail_amount: Decimal | None
    trail_percent: Decimal | None
    good_till: datetime | None
    outside_hours: bool
    oca_group: str
    parent_id: UUID | None
    wanted: Any
    waits_for_purchase: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plans:
    """What a household buys by plan, and how each open account treats dividends."""

    recurring: tuple[RecurringPlan, ...]
    accounts: Mapping[UUID, ReinvestingAccount]


def guard_reaction(household_id: UUID) -> WashGuard.Reaction:
    """Whether the household is asked about orders that wash a loss, or lets none of them pass."""
    kept = WashGuard.objects.filter(household_id=household_id).values_list("reaction", flat=True).first()
    return WashGuard.Reaction(kept) if kept else WashGuard.Reaction.ASK


def is_blocking(household_id: UUID) -> bool:
    """Whether the household lets no order pass that would wash a loss."""
    return guard_reaction(household_id) is WashGuard.Reaction.BLOCK


def blocked_symbols(household_id: UUID, day: date) -> frozenset[UUID]:
    """The instruments whose purchase on `day`, in any account of the household, would wash a loss.

    Losses of the thirty days before count as far as they still stand, and so do open sales at a loss.
    """
    return frozenset(blocking_windows(household_id, day))


def blocking_windows(household_id: UUID, day: date) -> dict[UUID, Window]:
    """The same instruments, each with the window that blocks it longest."""
    return blocking(windows_of(household_id, day, day), day)


def windows_of(
    household_id: UUID, first: date, last: date, *, today: date | None = None
) -> tuple[Window, ...]:
    """Every window of the household that is open on some day from `first` to `last`; see `windows`.

    What is planned is still to come from `today` on, which is `first` unless told.
    """
    ledger = sale_ledger(household_id)
    now = today or first
    until = min(last + timedelta(days=WINDOW), now + HORIZON)
    trades = [
        trade
        for trade in (planned_trades(household_id, ledger, now, until) if last >= now else ())
        if trade.is_purchase or may_lose(ledger, trade)
    ]
    return windows(ledger, trades, first, last)


def planned_trades(
    household_id: UUID, ledger: SaleLedger, day: date, last: date | None = None
) -> tuple[PlannedTrade, ...]:
    """All that is still to come in the household from `day` to `last`, thirty days by default."""
    until = last or day + timedelta(days=WINDOW)
    return (
        *waiting_trades(household_id, day),
        *planned_purchases(household_id, ledger, day, until),
    )


def planned_purchases(
    household_id: UUID, ledger: SaleLedger, day: date, last: date, part: Collection[UUID] | None = None
) -> tuple[PlannedTrade, ...]:
    """Purchases by plan and reinvested dividends from `day` to `last`, of a `part` of the instruments or all.

    `ledger` holds the rows of that part until `day` at least.
    """
    known = _plans(household_id)
    accounts = known.accounts
    plans = [plan for plan in known.recurring if part is None or plan.instrument_id in part]
    bought = {plan.instrument_id for plan in plans}
    if any(row.kind in DISTRIBUTIONS for row in ledger.rows) or any(one.is_told for one in accounts.values()):
        bought |= {lot.instrument_id for lot in ledger.until(day).book.lots}
    prices = _prices(household_id, bought, day)
    return (
        *recurring_trades(plans, ledger.rows, prices, day, last),
        *reinvestments(ledger.until(day), accounts, prices, day, last),
    )


def waiting_trades(
    household_id: UUID, day: date, *, side: Side | None = None, part: Collection[UUID] | None = None
) -> tuple[PlannedTrade, ...]:
    """Open orders of every account of the household with what is left of them, and fills not yet booked."""
    asked = {
        "household": household_id, "side": side, "part": None if part is None else list(part),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(WAITING, asked)
        rows = [_Waiting(*row) for row in cursor.fetchall()]
    return (
        *(_order_trade(row, household_id, day) for row in _once(row for row in rows if not row.is_fill)),
        *(_fill_trade(row, household_id, day) for row in rows if row.is_fill),
    )


def instruments_sold(household_id: UUID, day: date) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """What was sold at a loss that still counts in the window up to `day`, and what open orders sell.

    One query: every purchase asks it first.
    """
    with connection.cursor() as cursor:
        first = day - timedelta(days=WINDOW)
        cursor.execute(SOLD, {"household": household_id, "first": first, "last": day})
        found = cursor.fetchall()
    return (
        frozenset(key for key, is_waiting in found if not is_waiting),
        frozenset(key for key, is_waiting in found if is_waiting),
    )


def orders_before(
    household_id: UUID, before: Iterable[OrderBefore], day: date, side: Side | None = None
) -> tuple[PlannedTrade, ...]:
    """Orders of the same request that stand before another, of one `side` or both, in this household."""
    wanted = [one for one in before if side in {None, one.side}]
    if not wanted:
        return ()
    own = set(Portfolio.objects.filter(household_id=household_id).values_list("pk", flat=True))
    rows = Instrument.objects.in_bulk([one.instrument_id for one in wanted])
    bases = dict(Portfolio.objects.filter(pk__in=own).values_list("pk", "base_currency"))
    return tuple(
        PlannedTrade(
            kind=TrapKind.REQUEST,
            key=derived_uuid(one.portfolio_id, f"request:{place}"),
            portfolio_id=one.portfolio_id,
            instrument_id=one.instrument_id,
            first=day,
            last=one.last_day,
            quantity=one.quantity if one.side is Side.BUY else -one.quantity,
            price=one.price,
            rests=one.worst_price is not None,
            worst=one.worst_price,
            currency=rows[one.instrument_id].currency,
            multiplier=rows[one.instrument_id].multiplier,
            fx_rate=rate_to_base(
                household_id,
                one.portfolio_id,
                (rows[one.instrument_id].currency, bases[one.portfolio_id]),
                day,
            ),
        )
        for place, one in enumerate(wanted)
        if one.portfolio_id in own
    )


def rate_to_base(household_id: UUID, portfolio_id: UUID, pair: tuple[str, str], day: date) -> Decimal | None:
    """Units of the second currency of `pair` for one of the first, by the last rate known; None: the same."""
    if pair[0] == pair[1]:
        return None
    # An older rate would not be used, so none is read.
    since = day - timedelta(days=MAX_AGE_DAYS)
    rate = rates_known_to(household_id, [portfolio_id], first=since, last=day).on_day(*pair, day)
    return None if rate is None else rate.rate


def identical_with(rules: TaxRules, instrument_id: UUID) -> tuple[UUID, ...]:
    """An instrument, what counts as identical with it, and the calls that replace them."""
    identity = rules.identities.get(instrument_id)
    if identity is None:
        return (instrument_id,)
    return tuple(
        key
        for key, other in rules.identities.items()
        if other.group == identity.group
        or (rules.policy.options_replace and other.replaces == identity.group)
    )


def _once(orders: Iterable[_Waiting]) -> list[_Waiting]:
    """Of orders that cancel each other the largest; a sale that waits for its purchase sells that one."""
    groups: defaultdict[object, list[_Waiting]] = defaultdict(list)
    for order in orders:
        if order.side == Side.SELL and order.waits_for_purchase:
            continue
        groups[(order.account_id, order.oca_group) if order.oca_group else order.pk].append(order)
    return [max(group, key=lambda one: one.quantity - one.filled) for group in groups.values()]


def _order_trade(order: _Waiting, household_id: UUID, day: date) -> PlannedTrade:
    left = order.quantity - order.filled
    ticket = ticket_of(order._replace(wanted=json.loads(order.wanted) if order.wanted else None))
    return PlannedTrade(
        kind=TrapKind.ORDER,
        key=order.pk,
        portfolio_id=order.portfolio_id,
        instrument_id=order.instrument_id,
        first=day,
        last=last_day_of(ticket.time_in_force, order.good_till, day),
        quantity=left if order.side == Side.BUY else -left,
        price=order.limit_price or order.stop_price or order.price or ZERO,
        rests=True,
        worst=worst_price(ticket, order.price),
        currency=order.currency,
        multiplier=order.multiplier,
        fx_rate=_rate_of(order, household_id, day),
    )


def _fill_trade(fill: _Waiting, household_id: UUID, day: date) -> PlannedTrade:
    return PlannedTrade(
        kind=TrapKind.FILL,
        key=fill.pk,
        portfolio_id=fill.portfolio_id,
        instrument_id=fill.instrument_id,
        first=day,
        last=day,
        quantity=fill.quantity if fill.side == Side.BUY else -fill.quantity,
        price=fill.price or ZERO,
        currency=fill.currency,
        multiplier=fill.multiplier,
        fx_rate=_rate_of(fill, household_id, day),
    )


def _rate_of(row: _Waiting, household_id: UUID, day: date) -> Decimal | None:
    return rate_to_base(household_id, row.portfolio_id, (row.currency, row.base_currency), day)


def _plans(household_id: UUID) -> _Plans:
    """The plans as the rows say now, in one statement when they are known already."""
    versions = row_versions(PLANS, {"household": household_id})
    return _plans_read(household_id) if versions is None else _plans_kept(household_id, versions)


@lru_cache(maxsize=KEPT)
def _plans_kept(household_id: UUID, _versions: str) -> _Plans:
    return _plans_read(household_id)


def _plans_read(household_id: UUID) -> _Plans:
    return _Plans(
        recurring=tuple(_recurring_plans(household_id)),
        accounts=MappingProxyType(_reinvesting_accounts(household_id)),
    )


def _recurring_plans(household_id: UUID) -> list[RecurringPlan]:
    rows = RecurringPurchase.objects.filter(
        portfolio__household_id=household_id, portfolio__closed_on__isnull=True, is_paused=False
    )
    columns = ("id", "portfolio_id", "instrument_id", "amount", "currency", "pace", "next_on")
    return [
        RecurringPlan(**dict(zip(columns, values, strict=True)))
        for values in rows.order_by("pk").values_list(*columns)
    ]


def _reinvesting_accounts(household_id: UUID) -> dict[UUID, ReinvestingAccount]:
    rows = Portfolio.objects.filter(household_id=household_id, closed_on__isnull=True)
    return {
        pk: ReinvestingAccount(portfolio_id=pk, is_told=is_told, paused_on=paused_on)
        for pk, is_told, paused_on in rows.values_list("pk", "reinvests_dividends", "reinvestment_paused_on")
    }


def _prices(household_id: UUID, instrument_ids: Collection[UUID], day: date) -> dict[UUID, Decimal]:
    """The last close of each, in its own currency, where one is known."""
    if not instrument_ids:
        return {}
    splits = splits_known_to(household_id, instrument_ids)
    quotes = quotes_on(splits, day, tells_last_known=False)
    return {key: quote.close for key, quote in quotes.items() if quote.close}
