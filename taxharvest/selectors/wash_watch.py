"""The wash watch of a household, as far as a person may see its accounts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import Viewer
from portfolios.models import Instrument
from portfolios.selectors.prices import quotes_on, splits_known_to
from portfolios.selectors.rates import rates_between
from portfolios.selectors.scopes import Scope
from taxharvest.engine.wash_watch import (
    BuyWarning,
    MarketPrice,
    SellWarning,
    if_bought_today,
    if_sold_today,
)
from taxharvest.engine.what_if import SaleLedger
from taxharvest.selectors.ledgers import AccountNames, sale_ledger
from taxharvest.selectors.what_if import CauseLine, cause_lines

# Rates older than this are not used, so no older one is read.
RATE_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class SellLine:
    """A position whose loss would not count in full if it were sold today; see `SellWarning`."""

    warning: SellWarning
    account: str
    symbol: str
    name: str
    causes: tuple[CauseLine, ...]
    free_on: date
    days_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyLine:
    """A loss that a purchase today would wash; see `BuyWarning`.

    `identical` and `options` are other instruments by symbol; `reinvesting` says "symbol in account".
    """

    warning: BuyWarning
    account: str
    symbol: str
    name: str
    identical: tuple[str, ...]
    options: tuple[str, ...]
    reinvesting: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WashWatch:
    """Both sides of the watch on `day`, most money first; `unjudged` positions lack a price or a basis."""

    day: date
    selling: tuple[SellLine, ...]
    buying: tuple[BuyLine, ...]
    unjudged: tuple[str, ...]


def wash_watch(user: Viewer, scope: Scope, day: date) -> WashWatch:
    """What selling or buying on `day` would do to the losses of the accounts in `scope`.

    Purchases and losses anywhere in the household count; an account that `user` may not see is not named.
    """
    ledger = sale_ledger(scope.household_id)
    prices = _prices(scope, ledger, day)
    selling = if_sold_today(ledger, day, prices, scope.portfolio_ids)
    buying = if_bought_today(ledger, day, scope.portfolio_ids)
    names = AccountNames(user, scope.household_id)
    rows = Instrument.objects.in_bulk(list(_instruments(selling.warnings, buying, selling.unjudged)))
    return WashWatch(
        day=day,
        selling=tuple(_sell_line(one, names, rows, day) for one in selling.warnings),
        buying=tuple(_buy_line(one, names, rows) for one in buying),
        unjudged=tuple(f"{rows[key].symbol} in {names[account]}" for account, key in selling.unjudged),
    )


def _instruments(
    selling: Iterable[SellWarning], buying: Iterable[BuyWarning], unjudged: Iterable[tuple[UUID, UUID]]
) -> set[UUID]:
    keys = {key for _, key in unjudged}
    for one in selling:
        keys |= {one.instrument_id, *(cause.instrument_id for cause in one.outcome.causes)}
    for other in buying:
        keys |= {other.instrument_id, *other.identical, *other.options}
    return keys


def _prices(scope: Scope, ledger: SaleLedger, day: date) -> dict[UUID, MarketPrice]:
    """The last close of everything that the accounts in reach hold, with rates to their base currencies."""
    held = {lot.instrument_id for lot in ledger.book.lots if lot.portfolio_id in scope.portfolio_ids}
    quotes = quotes_on(splits_known_to(scope.household_id, held), day, tells_last_known=False)
    sizes = dict(Instrument.objects.filter(pk__in=held).values_list("pk", "multiplier"))
    known = [(key, quote) for key, quote in quotes.items() if quote.close is not None]
    rates = _rates(scope, {quote.currency for _, quote in known}, day)
    return {
        key: MarketPrice(
            close=quote.close,
            currency=quote.currency,
            multiplier=sizes[key],
            fx_rates=rates.get(quote.currency, {}),
        )
        for key, quote in known
        if quote.close is not None
    }


def _rates(scope: Scope, currencies: Collection[str], day: date) -> dict[str, dict[str, Decimal]]:
    """Rates from each currency to each base currency, read only where any two of them differ."""
    bases = set(scope.currencies.values())
    if len(bases | set(currencies)) <= 1:
        return {}
    table = rates_between(scope, first=day - timedelta(days=RATE_DAYS), last=day)
    found: dict[str, dict[str, Decimal]] = {}
    for currency in currencies:
        for base in bases:
            rate = table.on_day(currency, base, day)
            if rate is not None:
                found.setdefault(currency, {})[base] = rate.rate
    return found


def _sell_line(
    warning: SellWarning, names: AccountNames, rows: dict[UUID, Instrument], day: date
) -> SellLine:
    symbols = {key: row.symbol for key, row in rows.items()}
    free_on = warning.outcome.free_on or day
    return SellLine(
        warning=warning,
        account=names[warning.portfolio_id],
        symbol=rows[warning.instrument_id].symbol,
        name=rows[warning.instrument_id].name,
        causes=cause_lines(warning.outcome.causes, names, symbols),
        free_on=free_on,
        days_left=(free_on - day).days,
    )


def _buy_line(warning: BuyWarning, names: AccountNames, rows: dict[UUID, Instrument]) -> BuyLine:
    others = [key for key in warning.identical if key != warning.instrument_id]
    return BuyLine(
        warning=warning,
        account=names[warning.portfolio_id],
        symbol=rows[warning.instrument_id].symbol,
        name=rows[warning.instrument_id].name,
        identical=tuple(sorted(rows[key].symbol for key in others)),
        options=tuple(sorted(rows[key].symbol for key in warning.options)),
        reinvesting=tuple(
            f"{rows[instrument].symbol} in {names[account]}" for account, instrument in warning.reinvesting
        ),
    )
