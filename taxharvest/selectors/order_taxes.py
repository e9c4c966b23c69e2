"""The tax side of an order, reckoned on the whole household's book: what trading asks for by name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from common.errors import InvalidInput
from portfolios.engine.closes import MAX_AGE_DAYS
from portfolios.engine.ledger import closure
from portfolios.engine.records import LotChoice, TaxOwner, Treatment
from portfolios.engine.wash_groups import WINDOW
from portfolios.models import Disposal, Holding, Instrument, Portfolio
from portfolios.selectors.household_facts import HouseholdFacts, household_facts
from portfolios.selectors.rates import rates_known_to
from taxharvest.engine.order_taxes import (
    COVERS,
    PlannedPurchase,
    RatesUsed,
    held_words,
    purchase_look,
    purchase_outcome,
    sale_look,
    unsettled_words,
)
from taxharvest.engine.what_if import PlannedSale, SaleLedger, SaleOutcome, lot_problems, sale_outcome, tax_on
from taxharvest.selectors.ledgers import ledger_of
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
    household_id, base = Portfolio.objects.values_list("household_id", "base_currency").get(pk=portfolio_id)
    symbol, currency, multiplier = Instrument.objects.values_list("symbol", "currency", "multiplier").get(
        pk=instrument_id
    )
    currency = currency or base
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
        return _purchase_look(household_id, base, purchase)
    sale = PlannedSale(
        portfolio_id=portfolio_id,
        instrument_id=instrument_id,
        day=day,
        quantity=quantity,
        price=price,
        currency=currency,
        multiplier=multiplier,
        fx_rate=None if currency == base else _rate(household_id, portfolio_id, (currency, base), day),
        lots=tuple(lots),
    )
    return _sale_look(household_id, sale, symbol)


def _sale_look(household_id: UUID, sale: PlannedSale, symbol: str) -> TaxLook:
    """The look at a sale of as many shares as the book holds: selling short closes nothing."""
    before = _ledger(household_facts(household_id), sale.instrument_id, sale.day)
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
    others = {cause.instrument_id for cause in outcome.causes} - {sale.instrument_id}
    symbols = {sale.instrument_id: symbol} | symbols_of(others)
    return sale_look(outcome, account, symbols, _tax(household_id, before, sale, outcome), words)


def _tax(household_id: UUID, before: SaleLedger, sale: PlannedSale, outcome: SaleOutcome) -> RatesUsed:
    """The tax on the sale; the household's rates are only read where they tell it."""
    account = before.portfolios[sale.portfolio_id]
    if account.treatment is not Treatment.TAXABLE or account.owner is TaxOwner.OTHER:
        return RatesUsed(tax=tax_on(outcome, account, None))
    known = household_rates(household_id, sale.day, before.portfolios)
    return RatesUsed(tax=tax_on(outcome, account, known.rates), reason=known.reason)


def _purchase_look(household_id: UUID, base: str, purchase: PlannedPurchase) -> TaxLook:
    """The look at a purchase. Most wash nothing: two short queries tell, and no ledger is read then."""
    words = _covers(purchase)
    nothing = TaxLook(currency=base, words=words)
    sold = _losses_open(household_id, purchase.day)
    if not sold:
        return nothing
    facts = household_facts(household_id)
    if closure([purchase.instrument_id], facts.ties).isdisjoint(sold):
        return nothing
    before = _ledger(facts, purchase.instrument_id, purchase.day)
    outcome = purchase_outcome(before, purchase)
    symbols = symbols_of({loss.instrument_id for loss in outcome.losses})
    words = (*words, *unsettled_words(before, purchase))
    return purchase_look(outcome, facts.portfolios[purchase.portfolio_id], symbols, words)


def _ledger(facts: HouseholdFacts, instrument_id: UUID, day: date) -> SaleLedger:
    """The household's rows up to `day` on which the lots of an instrument depend."""
    part = closure([instrument_id], facts.ties)
    return ledger_of(facts.portfolios, facts.rules, part).until(day)


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


def _rate(household_id: UUID, portfolio_id: UUID, pair: tuple[str, str], day: date) -> Decimal | None:
    """Units of the second currency of `pair` for one of the first, by the last rate known."""
    # An older rate would not be used, so none is read.
    since = day - timedelta(days=MAX_AGE_DAYS)
    rate = rates_known_to(household_id, [portfolio_id], first=since, last=day).on_day(*pair, day)
    return None if rate is None else rate.rate


def _refuse_lots(lots: Sequence[LotChoice]) -> None:
    if lots:
        sentence = "Lots are named for sales: a purchase closes none."
        raise InvalidInput(detail=sentence, code="impossible-lots", fields={"lots": [sentence]})
