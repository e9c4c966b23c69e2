"""The tax side of an order, reckoned on the whole household's book: what trading asks for by name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from common.errors import InvalidInput
from portfolios.engine.closes import MAX_AGE_DAYS
from portfolios.engine.records import LotChoice, TaxOwner, Treatment
from portfolios.engine.wash_groups import WINDOW
from portfolios.models import Disposal, Holding, Instrument, Portfolio
from portfolios.selectors.facts import portfolio_records, tax_rules
from portfolios.selectors.rates import rates_known_to
from taxharvest.engine.order_taxes import (
    COVERS,
    PLAN_UNSETTLED,
    PlannedPurchase,
    RatesUsed,
    held_words,
    is_unsettled,
    purchase_look,
    purchase_outcome,
    sale_look,
    washes_any,
)
from taxharvest.engine.what_if import PlannedSale, SaleLedger, SaleOutcome, lot_problems, sale_outcome, tax_on
from taxharvest.selectors.ledgers import ledger_under, sale_ledger
from taxharvest.selectors.marginal_rates import household_rates
from taxharvest.selectors.what_if import symbols_of
from trading.engine.records import Side
from trading.engine.tax_looks import TaxLook

ZERO = Decimal(0)


def order_tax_look(
    *,
    portfolio_id: UUID,
    instrument_id: UUID,
    side: Side,
    quantity: Decimal,
    price: Decimal,
    day: date,
    lots: Sequence[LotChoice],
) -> TaxLook:
    """The tax side of an order of `quantity` units at `price`, in the instrument's currency, on `day`.

    A sale: the lots it would close (those named, else by the account's method), their gain, what would be
    washed, and the tax at the household's marginal rates. A purchase: the losses of the household that it
    would wash. Names no account: whoever may trade in this one need not see the others. The tax tells of the
    household's income, so it is for those alone who may see its tax profile (`sees_taxes_of`).

    Raises InvalidInput naming `lots` when the named lots cannot be closed.
    """
    portfolio = Portfolio.objects.only("household_id", "base_currency").get(pk=portfolio_id)
    instrument = Instrument.objects.only("symbol", "currency", "multiplier").get(pk=instrument_id)
    currency = instrument.currency or portfolio.base_currency
    if side is Side.BUY:
        _refuse_lots(lots)
        purchase = PlannedPurchase(
            portfolio_id=portfolio_id,
            instrument_id=instrument_id,
            day=day,
            quantity=quantity,
            price=price,
            currency=currency,
            multiplier=instrument.multiplier,
        )
        return _purchase_look(portfolio, purchase)
    sale = PlannedSale(
        portfolio_id=portfolio_id,
        instrument_id=instrument_id,
        day=day,
        quantity=quantity,
        price=price,
        currency=currency,
        multiplier=instrument.multiplier,
        fx_rate=_rate(portfolio, currency, day),
        lots=tuple(lots),
    )
    return _sale_look(portfolio, sale, instrument.symbol)


def _sale_look(portfolio: Portfolio, sale: PlannedSale, symbol: str) -> TaxLook:
    """The look at a sale of as many shares as the book holds: selling short closes nothing."""
    before = sale_ledger(portfolio.household_id, [sale.instrument_id]).until(sale.day)
    open_lots = before.lots_of(sale.portfolio_id, sale.instrument_id)
    problems = lot_problems(sale, open_lots)
    if problems:
        raise InvalidInput(detail=problems[0], code="impossible-lots", fields={"lots": problems})
    account = before.portfolios[sale.portfolio_id]
    held = sum((lot.quantity for lot in open_lots), ZERO)
    words = held_words(symbol, held, sale.quantity)
    if not held:
        return TaxLook(currency=account.base_currency, words=words)
    outcome = sale_outcome(before, replace(sale, quantity=min(sale.quantity, held)))
    symbols = symbols_of({cause.instrument_id for cause in outcome.causes})
    return sale_look(outcome, account, symbols, _tax(portfolio, before, outcome, sale.day), words)


def _tax(portfolio: Portfolio, before: SaleLedger, outcome: SaleOutcome, day: date) -> RatesUsed:
    """The tax on the sale; the household's rates are only read where they tell it."""
    account = before.portfolios[portfolio.pk]
    if account.treatment is not Treatment.TAXABLE or account.owner is TaxOwner.OTHER:
        return RatesUsed(tax=tax_on(outcome, account, None))
    known = household_rates(portfolio.household_id, day, before.portfolios)
    return RatesUsed(tax=tax_on(outcome, account, known.rates), reason=known.reason)


def _purchase_look(portfolio: Portfolio, purchase: PlannedPurchase) -> TaxLook:
    """The look at a purchase. Most wash nothing: two short queries tell, and no ledger is read then."""
    words = _covers(purchase)
    nothing = TaxLook(currency=portfolio.base_currency, words=words)
    sold = _losses_open(portfolio.household_id, purchase.day)
    if not sold:
        return nothing
    rules = tax_rules(portfolio.household_id)
    if not washes_any(rules, purchase.instrument_id, sold):
        return nothing
    portfolios = portfolio_records(portfolio.household_id)
    account = portfolios[purchase.portfolio_id]
    if is_unsettled(account, rules):
        return replace(nothing, words=(*words, PLAN_UNSETTLED))
    before = ledger_under(portfolios, rules, [purchase.instrument_id]).until(purchase.day)
    outcome = purchase_outcome(before, purchase)
    symbols = symbols_of({loss.instrument_id for loss in outcome.losses})
    return purchase_look(outcome, account, symbols, words)


def _covers(purchase: PlannedPurchase) -> tuple[str, ...]:
    is_short = Holding.objects.filter(
        portfolio_id=purchase.portfolio_id, instrument_id=purchase.instrument_id, quantity__lt=0
    )
    return (COVERS,) if is_short.exists() else ()


def _losses_open(household_id: UUID, day: date) -> set[UUID]:
    """What the household sold at a loss in the window up to `day`, as far as the loss still counts."""
    losses = Disposal.objects.filter(
        portfolio__household_id=household_id,
        disposed__gte=day - timedelta(days=WINDOW),
        disposed__lte=day,
        gain_base__lt=0,
        disallowed_base=0,
        is_short_sale=False,
    )
    return set(losses.values_list("instrument_id", flat=True))


def _rate(portfolio: Portfolio, currency: str, day: date) -> Decimal | None:
    """Units of the account's base currency for one of `currency` by the last rate known."""
    if currency == portfolio.base_currency:
        return None
    # An older rate would not be used, so none is read.
    since = day - timedelta(days=MAX_AGE_DAYS)
    table = rates_known_to(portfolio.household_id, [portfolio.pk], first=since, last=day)
    rate = table.on_day(currency, portfolio.base_currency, day)
    return None if rate is None else rate.rate


def _refuse_lots(lots: Sequence[LotChoice]) -> None:
    if lots:
        sentence = "Lots are named for sales: a purchase closes none."
        raise InvalidInput(detail=sentence, code="impossible-lots", fields={"lots": [sentence]})
