"""A sale that somebody thinks of, reckoned on the household's book, in words they may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import Viewer
from common.errors import InvalidInput, NotFound
from portfolios.engine.figures import amount_text, day_text
from portfolios.engine.records import LotChoice, Treatment
from portfolios.models import Holding, Instrument, Portfolio
from portfolios.selectors.facts import TREATMENTS
from portfolios.selectors.portfolios import instrument_get, portfolio_get
from portfolios.selectors.prices import quote_on
from portfolios.selectors.rates import rates_between
from portfolios.selectors.scopes import Scope, scope_of
from taxharvest.engine.order_taxes import standing_words
from taxharvest.engine.what_if import (
    LotStrategy,
    PlannedSale,
    SaleOutcome,
    Verdict,
    WashCause,
    WhatIf,
    what_if,
)
from taxharvest.selectors.ledgers import AccountNames, sale_ledger
from taxharvest.selectors.marginal_rates import KnownRates, rates_of

ZERO = Decimal(0)
FURTHEST = 3650  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPosition:
    """Shares of one instrument that an account holds long."""

    portfolio_id: UUID
    account: str
    instrument_id: UUID
    symbol: str
    name: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseLine:
    """A purchase that would wash a part of the loss; `transaction_id` only of an account that may be seen."""

    cause: WashCause
    account: str
    symbol: str
    transaction_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyLine:
    """One choice of lots with its causes and its verdict in words."""

    strategy: LotStrategy
    causes: tuple[CauseLine, ...]
    verdict: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleReport:
    """A sale reckoned by every choice of lots; `currency` is the base currency of the account.

    `is_taxed` says whether sales in the account are taxed at all.
    """

    portfolio: Portfolio
    instrument: Instrument
    currency: str
    what_if: WhatIf
    lines: tuple[StrategyLine, ...]
    rates: KnownRates
    is_taxed: bool


def positions_held(scope: Scope, instrument_id: UUID | None = None) -> list[HeldPosition]:
    """What the accounts of `scope` hold long, by symbol, of all instruments or of one."""
    rows = Holding.objects.filter(portfolio_id__in=scope.portfolio_ids, quantity__gt=0)
    if instrument_id is not None:
        rows = rows.filter(instrument_id=instrument_id)
    return [
        HeldPosition(
            portfolio_id=row.portfolio_id,
            account=scope.names[row.portfolio_id],
            instrument_id=row.instrument_id,
            symbol=row.instrument.symbol,
            name=row.instrument.name,
            quantity=row.quantity,
        )
        for row in rows.select_related("instrument").order_by("instrument__symbol", "-quantity", "id")
    ]


def sale_report(
    user: Viewer,
    *,
    portfolio_id: UUID,
    instrument_id: UUID,
    day: date,
    quantity: Decimal,
    price: Decimal,
    today: date,
    fees: Decimal = ZERO,
    lots: Sequence[LotChoice] = (),
) -> SaleReport:
    """What selling these shares on `day`, from today on, would bring by each choice of lots.

    Raises NotFound for what is not `user`'s to see, and InvalidInput naming the fields for a sale that cannot
    be.
    """
    portfolio = portfolio_get(user, portfolio_id)
    instrument = instrument_get(user, instrument_id)
    if not today <= day <= today + timedelta(days=FURTHEST):
        sentence = "This looks ahead: choose a day from today on, ten years away at most."
        raise InvalidInput(detail=sentence, code="impossible-sale", fields={"day": [sentence]})
    quote = quote_on(portfolio.household_id, instrument_id, today)
    currency = quote.currency or instrument.currency or portfolio.base_currency
    sale = PlannedSale(
        portfolio_id=portfolio_id,
        instrument_id=instrument_id,
        day=day,
        quantity=quantity,
        price=price,
        fees=fees,
        currency=currency,
        multiplier=instrument.multiplier,
        fx_rate=_rate(user, portfolio, currency, today),
        lots=tuple(lots),
    )
    rates = rates_of(user, portfolio.household_id, day)
    found = what_if(sale_ledger(portfolio.household_id, [instrument_id]), sale, rates.rates)
    return SaleReport(
        portfolio=portfolio,
        instrument=instrument,
        currency=portfolio.base_currency,
        what_if=found,
        lines=_lines(user, portfolio, found),
        rates=rates,
        is_taxed=TREATMENTS[portfolio.kind] is Treatment.TAXABLE,
    )


def _rate(user: Viewer, portfolio: Portfolio, currency: str, day: date) -> Decimal | None:
    """Units of the account's base currency for one of `currency`, by the last rate known."""
    if currency == portfolio.base_currency:
        return None
    scope = scope_of(user, portfolio_ids=[portfolio.pk])
    rate = None if scope is None else rates_between(scope).on_day(currency, portfolio.base_currency, day)
    return None if rate is None else rate.rate


def _lines(user: Viewer, portfolio: Portfolio, found: WhatIf) -> tuple[StrategyLine, ...]:
    names = AccountNames(user, portfolio.household_id)
    causes = {cause.instrument_id for one in found.strategies for cause in one.outcome.causes}
    symbols = symbols_of(causes)
    return tuple(
        _line(one, portfolio.base_currency, cause_lines(one.outcome.causes, names, symbols))
        for one in found.strategies
    )


def symbols_of(instrument_ids: set[UUID]) -> dict[UUID, str]:
    """Symbols by instrument."""
    if not instrument_ids:
        return {}
    return dict(Instrument.objects.filter(pk__in=instrument_ids).values_list("pk", "symbol"))


def cause_lines(
    causes: Sequence[WashCause], names: AccountNames, symbols: dict[UUID, str]
) -> tuple[CauseLine, ...]:
    """The purchases with the names that the viewer may read."""
    return tuple(
        CauseLine(
            cause=cause,
            account=names[cause.portfolio_id],
            symbol=symbols[cause.instrument_id],
            transaction_id=cause.transaction_id if cause.portfolio_id in names else None,
        )
        for cause in causes
    )


def _line(strategy: LotStrategy, currency: str, causes: tuple[CauseLine, ...]) -> StrategyLine:
    outcome = strategy.outcome
    return StrategyLine(
        strategy=strategy,
        causes=causes,
        verdict=verdict_words(outcome, currency),
        sentences=tuple(_sentences(outcome, currency, causes)),
    )


def verdict_words(outcome: SaleOutcome, currency: str) -> str:
    """The verdict in a few words, with the amounts."""
    if outcome.verdict is Verdict.NO_LOSS:
        return "no loss"
    if outcome.verdict is Verdict.UNKNOWN:
        return "unclear"
    if outcome.verdict is Verdict.CLEAR:
        return "clear"
    parts = [
        f"{amount_text(amount, currency)} {word}"
        for amount, word in ((outcome.deferred, "deferred"), (outcome.lost, "lost for good"))
        if amount
    ]
    share = "partly washed" if outcome.verdict is Verdict.PARTLY_WASHED else "washed"
    return f"{share}: {' and '.join(parts)}"


def _sentences(outcome: SaleOutcome, currency: str, causes: Sequence[CauseLine]) -> list[str]:
    """The verdict as a person would say it, purchase by purchase."""
    if outcome.verdict is Verdict.NO_LOSS:
        return ["Nothing is sold at a loss, so nothing can be washed."]
    if outcome.verdict is Verdict.UNKNOWN:
        return ["A basis is not known, so whether there is a loss is not known either."]
    said = [_cause_sentence(line, currency) for line in causes]
    if outcome.free_on is not None:
        said.append(f"From {day_text(outcome.free_on)} on, nothing bought so far would wash this sale.")
    if not causes:
        said.append("Nothing bought in the 30 days before washes this loss.")
    return [*said, *standing_words(outcome)]


def _cause_sentence(line: CauseLine, currency: str) -> str:
    cause = line.cause
    fate = "is lost for good" if cause.is_permanent else "is deferred into the basis of the shares bought"
    return (
        f"{cause.sold.normalize():f} of the shares sold were replaced by {cause.shares.normalize():f} "
        f"{line.symbol} bought on {day_text(cause.day)} in {line.account}: "
        f"{amount_text(cause.disallowed, currency)} {fate}."
    )


def household_scope(user: Viewer, *, portfolio_id: UUID | None = None) -> Scope:
    """The accounts that `user` looks at: all of their own, or one. Raises NotFound without any household."""
    scope = scope_of(user, portfolio_ids=[portfolio_id] if portfolio_id else [])
    if scope is None:
        raise NotFound("There is no household to show.", code="not-found")
    return scope
