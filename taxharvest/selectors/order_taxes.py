"""The tax side of an order, reckoned on the whole household's book: what trading asks for by name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from types import EllipsisType
from uuid import UUID

from django.db import connection

from common.errors import InvalidInput
from common.identifiers import derived_uuid
from portfolios.engine.ledger import closure
from portfolios.engine.records import LotChoice, TaxOwner, Treatment
from portfolios.engine.wash_groups import WINDOW
from portfolios.selectors.household_facts import household_facts
from taxharvest.engine.harvest.guard import Threat, order_threats
from taxharvest.engine.harvest.planned_trades import PlannedTrade
from taxharvest.engine.harvest.worst_fills import may_lose
from taxharvest.engine.order_taxes import (
    COVERS,
    PlannedPurchase,
    PurchaseOutcome,
    RatesUsed,
    held_words,
    purchase_look,
    purchase_outcome,
    sale_look,
    unsettled_words,
)
from taxharvest.engine.what_if import (
    PlannedSale,
    SaleLedger,
    SaleOutcome,
    is_judged,
    lot_problems,
    sale_outcome,
    tax_on,
)
from taxharvest.selectors.ledgers import ledger_kept
from taxharvest.selectors.marginal_rates import household_rates
from taxharvest.selectors.wash_guard import (
    HORIZON,
    instruments_sold,
    orders_before,
    planned_purchases,
    rate_to_base,
    waiting_trades,
)
from taxharvest.selectors.what_if import symbols_of
from trading.engine.records import Side
from trading.engine.tax_looks import OrderBefore, TaxLook, TrapKind

ZERO = Decimal(0)
# The account and the instrument of an order, whether that account is short of it, and the household's word.
NAMED = """
SELECT p.household_id, p.base_currency, i.symbol, i.currency, i.multiplier,
    EXISTS (SELECT FROM holdings h
        WHERE h.portfolio_id = p.id AND h.instrument_id = i.id AND h.quantity < 0),
    EXISTS (SELECT FROM wash_guards g WHERE g.household_id = p.household_id AND g.reaction = 'block')
FROM portfolios p, instruments i WHERE p.id = %s AND i.id = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Circumstances:
    """What stands around an order: whose it is, how long it waits, and what was ordered with it before."""

    household_id: UUID
    base: str
    symbol: str
    is_short: bool
    last_day: date | None
    rests: bool
    worst: Decimal | None
    before: tuple[OrderBefore, ...]


def order_tax_look(
    *,
    portfolio_id: UUID,
    instrument_id: UUID,
    side: Side,
    quantity: Decimal,
    price: Decimal,
    day: date,
    lots: Sequence[LotChoice],
    last_day: date | EllipsisType | None = ...,
    worst_price: Decimal | None = None,
    before: Sequence[OrderBefore] = (),
) -> TaxLook:
    """The tax side of an order of `quantity` units at `price`, in the instrument's currency, on `day`.

    A sale: the lots it would close (those named, else by the account's method), their gain, what would be
    washed, and the tax at the household's marginal rates. A purchase: the losses of the household that it
    would wash. Both look ahead too: at open orders, purchases by plan and reinvested dividends in any account
    of the household, and at the orders `before` it in its request. An order that does not trade at the market
    at once has a `last_day` on which it may fill (None: it waits until it is cancelled) and the
    `worst_price` at which it may; it is looked at in whatever part and on whatever day it fills.

    Names no account: whoever may trade in this one need not see the others. The tax tells of the household's
    income, so it is for those alone who may see its tax profile (`sees_taxes_of`).

    Raises InvalidInput naming `lots` when the named lots cannot be closed.
    """
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [portfolio_id, instrument_id])
        household_id, base, symbol, currency, multiplier, is_short, is_blocking = cursor.fetchone()
    currency = currency or base
    around = _Circumstances(
        household_id=household_id,
        base=base,
        symbol=symbol,
        is_short=is_short,
        last_day=day if isinstance(last_day, EllipsisType) else last_day,
        rests=not isinstance(last_day, EllipsisType),
        worst=worst_price,
        before=tuple(before),
    )
    if side is Side.BUY:
        _refuse_lots(lots)
        purchase = PlannedPurchase(
            portfolio_id=portfolio_id,
            instrument_id=instrument_id,
            day=day,
            quantity=quantity,
            price=price,
            currency=currency,
            multiplier=multiplier,
        )
        return _guarded(_purchase_look(around, purchase), is_blocking=is_blocking)
    sale = PlannedSale(
        portfolio_id=portfolio_id,
        instrument_id=instrument_id,
        day=day,
        quantity=quantity,
        price=price,
        currency=currency,
        multiplier=multiplier,
        fx_rate=rate_to_base(household_id, portfolio_id, (currency, base), day),
        lots=tuple(lots),
    )
    return _guarded(_sale_look(around, sale), is_blocking=is_blocking)


def _guarded(look: TaxLook, *, is_blocking: bool) -> TaxLook:
    """The look with the household's word on orders that wash a loss."""
    return replace(look, is_blocked=True) if look.wash_words and is_blocking else look


def _sale_look(around: _Circumstances, sale: PlannedSale) -> TaxLook:
    """The look at a sale of as many shares as the book holds: selling short closes nothing."""
    facts = household_facts(around.household_id)
    part = closure([sale.instrument_id], facts.ties)
    before = ledger_kept(facts, part).until(sale.day)
    open_lots = before.lots_of(sale.portfolio_id, sale.instrument_id)
    problems = lot_problems(sale, open_lots)
    if problems:
        raise InvalidInput(detail=problems[0], code="impossible-lots", fields={"lots": problems})
    account = before.portfolios[sale.portfolio_id]
    held = sum((lot.quantity for lot in open_lots), ZERO)
    words = held_words(around.symbol, held, sale.quantity)
    if not held:
        return TaxLook(currency=account.base_currency, words=words, tied=part)
    sale = replace(sale, quantity=min(sale.quantity, held))
    outcome = sale_outcome(before, sale)
    threats = _sale_threats(around, before, sale, part)
    named = {cause.instrument_id for cause in outcome.causes} | {one.trade.instrument_id for one in threats}
    symbols = {sale.instrument_id: around.symbol} | symbols_of(named - {sale.instrument_id})
    rates = _tax(around.household_id, before, sale, outcome)
    return replace(sale_look(outcome, account, symbols, rates, words, threats=threats), tied=part)


def _sale_threats(
    around: _Circumstances, before: SaleLedger, sale: PlannedSale, part: Collection[UUID]
) -> tuple[Threat, ...]:
    household_id = around.household_id
    if not is_judged(before.portfolios[sale.portfolio_id], sale.instrument_id, sale.day, before.rules):
        return ()
    order = replace(_planned(sale, -sale.quantity, around), fx_rate=sale.fx_rate, lots=sale.lots)
    asked = orders_before(household_id, around.before, sale.day)
    waiting = (
        *waiting_trades(household_id, sale.day, part=part),
        *(one for one in asked if one.instrument_id in part),
    )
    if not any(may_lose(before, one, (order, *waiting)) for one in (order, *waiting)):
        return ()
    until = (around.last_day or sale.day + HORIZON) + timedelta(days=WINDOW)
    others = (*waiting, *planned_purchases(household_id, before, sale.day, until, part))
    return order_threats(before, order, others)


def _tax(household_id: UUID, before: SaleLedger, sale: PlannedSale, outcome: SaleOutcome) -> RatesUsed:
    """The tax on the sale; the household's rates are only read where they tell it."""
    account = before.portfolios[sale.portfolio_id]
    if account.treatment is not Treatment.TAXABLE or account.owner is TaxOwner.OTHER:
        return RatesUsed(tax=tax_on(outcome, account, None))
    known = household_rates(household_id, sale.day, before.portfolios)
    return RatesUsed(tax=tax_on(outcome, account, known.rates), reason=known.reason)


def _purchase_look(around: _Circumstances, purchase: PlannedPurchase) -> TaxLook:
    """The look at a purchase. Most wash nothing: a few short queries tell, and no ledger is read then."""
    household_id = around.household_id
    words = (COVERS,) if around.is_short else ()
    nothing = TaxLook(currency=around.base, words=words)
    sold, selling = instruments_sold(household_id, purchase.day)
    asked = orders_before(household_id, around.before, purchase.day, Side.SELL)
    touched = sold | selling | {one.instrument_id for one in asked}
    if not touched:
        return nothing
    facts = household_facts(household_id)
    part = closure([purchase.instrument_id], facts.ties)
    if part.isdisjoint(touched):
        return replace(nothing, tied=part)
    before = ledger_kept(facts, part).until(purchase.day)
    outcome = purchase_outcome(before, purchase) if not part.isdisjoint(sold) else PurchaseOutcome()
    order = _planned(purchase, purchase.quantity, around)
    waiting = waiting_trades(household_id, purchase.day, part=part) if selling & part else ()
    sales = (*waiting, *(one for one in asked if one.instrument_id in part))
    until = purchase.day + timedelta(days=WINDOW)
    plans = planned_purchases(household_id, before, purchase.day, until, part) if sales else ()
    threats = order_threats(before, order, (*sales, *plans))
    symbols = symbols_of(
        {loss.instrument_id for loss in outcome.losses} | {one.trade.instrument_id for one in threats}
    )
    words = (*words, *unsettled_words(before, purchase))
    account = facts.portfolios[purchase.portfolio_id]
    return replace(purchase_look(outcome, account, symbols, words, threats=threats), tied=part)


def _planned(
    order: PlannedSale | PlannedPurchase,
    quantity: Decimal,
    around: _Circumstances,
) -> PlannedTrade:
    """The order itself as one of the trades that are still to come."""
    return PlannedTrade(
        kind=TrapKind.ITSELF,
        key=derived_uuid(order.portfolio_id, f"this-order:{order.instrument_id}"),
        portfolio_id=order.portfolio_id,
        instrument_id=order.instrument_id,
        first=order.day,
        last=around.last_day,
        quantity=quantity,
        price=order.price,
        currency=order.currency,
        multiplier=order.multiplier,
        rests=around.rests,
        worst=around.worst,
    )


def _refuse_lots(lots: Sequence[LotChoice]) -> None:
    if lots:
        sentence = "Lots are named for sales: a purchase closes none."
        raise InvalidInput(detail=sentence, code="impossible-lots", fields={"lots": [sentence]})
