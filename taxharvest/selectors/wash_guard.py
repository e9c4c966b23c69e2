"""What the wash guard goes by: trades that are still to come in a household, its windows, and its setting."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Value

from common.identifiers import derived_uuid
from portfolios.engine.closes import MAX_AGE_DAYS
from portfolios.engine.policies import TaxRules
from portfolios.engine.wash_groups import WINDOW
from portfolios.models import Disposal, Instrument, Portfolio, RecurringPurchase
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
from trading.engine.records import FINAL_STATES, Side, TimeInForce
from trading.engine.tax_looks import OrderBefore, TrapKind, last_day_of, worst_price
from trading.models import Execution, Order
from trading.selectors.tickets import ticket_of

ZERO = Decimal(0)
# Beyond this the calendar looks no further: what is planned is not known any better.
HORIZON = timedelta(days=92)


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
    plans = _recurring_plans(household_id, part)
    accounts = _reinvesting_accounts(household_id)
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
    orders = Order.objects.filter(portfolio__household_id=household_id).exclude(state__in=FINAL_STATES)
    fills = Execution.objects.filter(
        portfolio__household_id=household_id, transaction__isnull=True, quantity__gt=0
    )
    if side is not None:
        orders, fills = orders.filter(side=side), fills.filter(side=side)
    if part is not None:
        orders, fills = orders.filter(instrument_id__in=part), fills.filter(instrument_id__in=part)
    related = ("instrument", "portfolio")
    trades = [
        *(_order_trade(row, day) for row in _once(orders.select_related(*related, "parent"))),
        *(_fill_trade(row, day) for row in fills.select_related(*related)),
    ]
    return tuple(trades)


def instruments_sold(household_id: UUID, day: date) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """What was sold at a loss that still counts in the window up to `day`, and what open orders sell.

    One query: every purchase asks it first.
    """
    losses = Disposal.objects.filter(
        portfolio__household_id=household_id,
        disposed__gte=day - timedelta(days=WINDOW),
        disposed__lte=day,
        gain_base__lt=0,
        disallowed_base=0,
        is_short_sale=False,
    )
    orders = Order.objects.filter(portfolio__household_id=household_id, side=Side.SELL)
    fills = Execution.objects.filter(
        portfolio__household_id=household_id, side=Side.SELL, transaction__isnull=True, quantity__gt=0
    )
    sold = [
        rows.order_by().annotate(is_waiting=Value(is_waiting)).values_list("instrument_id", "is_waiting")
        for rows, is_waiting in (
            (losses, False),
            (orders.exclude(state__in=FINAL_STATES), True),
            (fills, True),
        )
    ]
    found = set(sold[0].union(*sold[1:]))
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


def _once(orders: Iterable[Order]) -> list[Order]:
    """Of orders that cancel each other the largest; a sale that waits for its purchase sells that one."""
    groups: defaultdict[object, list[Order]] = defaultdict(list)
    for order in orders:
        parent = order.parent
        if order.side == Side.SELL and parent is not None and parent.side == Side.BUY and not parent.filled:
            continue
        groups[(order.account_id, order.oca_group) if order.oca_group else order.pk].append(order)
    return [max(group, key=lambda one: one.quantity - one.filled) for group in groups.values()]


def _order_trade(order: Order, day: date) -> PlannedTrade:
    left = order.quantity - order.filled
    return PlannedTrade(
        kind=TrapKind.ORDER,
        key=order.pk,
        portfolio_id=order.portfolio_id,
        instrument_id=order.instrument_id,
        first=day,
        last=last_day_of(TimeInForce(order.time_in_force), order.good_till, day),
        quantity=left if order.side == Side.BUY else -left,
        price=order.limit_price or order.stop_price or order.reference_price or ZERO,
        rests=True,
        worst=worst_price(ticket_of(order), order.reference_price),
        currency=order.currency,
        multiplier=order.instrument.multiplier,
        fx_rate=rate_to_base(
            order.portfolio.household_id,
            order.portfolio_id,
            (order.currency, order.portfolio.base_currency),
            day,
        ),
    )


def _fill_trade(fill: Execution, day: date) -> PlannedTrade:
    return PlannedTrade(
        kind=TrapKind.FILL,
        key=fill.pk,
        portfolio_id=fill.portfolio_id,
        instrument_id=fill.instrument_id,
        first=day,
        last=day,
        quantity=fill.quantity if fill.side == Side.BUY else -fill.quantity,
        price=fill.price,
        currency=fill.currency,
        multiplier=fill.instrument.multiplier,
        fx_rate=rate_to_base(
            fill.portfolio.household_id,
            fill.portfolio_id,
            (fill.currency, fill.portfolio.base_currency),
            day,
        ),
    )


def _recurring_plans(household_id: UUID, part: Collection[UUID] | None) -> list[RecurringPlan]:
    rows = RecurringPurchase.objects.filter(
        portfolio__household_id=household_id, portfolio__closed_on__isnull=True, is_paused=False
    )
    if part is not None:
        rows = rows.filter(instrument_id__in=part)
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
