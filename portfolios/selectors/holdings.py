"""Positions and cash as tables show them: quantity, price with age, value, gain and weight, with totals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.exchange_rates import RateTable
from portfolios.models import CashBalance, Holding, Instrument
from portfolios.selectors.prices import NO_QUOTE, PriceState, Quote, quotes_on, splits_known_to
from portfolios.selectors.rates import rates_between
from portfolios.selectors.scopes import Account, Scope

ZERO = Decimal(0)
RATE_DAYS = 7
TICKING = frozenset({Instrument.AssetClass.STOCK, Instrument.AssetClass.FUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingLine:
    """A position of one account, or of several added up (`portfolio_id` None).

    `value` is in the instrument's currency; what ends in `_base` is in the scope's. None means not known:
    no usable price, no rate, or no basis. `weight` is the share of the scope's net value.
    """

    id: UUID
    portfolio_id: UUID | None
    account: str
    instrument_id: UUID
    symbol: str
    name: str
    asset_class: str
    asset_class_label: str
    sector: str
    currency: str
    quantity: Decimal
    multiplier: Decimal
    quote: Quote
    value: Decimal | None
    value_base: Decimal | None
    day_change_base: Decimal | None
    basis: Decimal | None
    basis_base: Decimal | None
    lot_count: int
    weight: Decimal | None = None

    @property
    def units(self) -> Decimal:
        """What a price is multiplied with to give the value."""
        with localcontext(ARITHMETIC):
            return self.quantity * self.multiplier

    @property
    def may_tick(self) -> bool:
        """Whether live prices can be of this position: they are those of US stocks and funds, by symbol."""
        return self.currency == "USD" and self.asset_class in TICKING

    @property
    def gain_base(self) -> Decimal | None:
        """Unrealised gain; unknown while the price, a rate or the basis is."""
        if self.value_base is None or self.basis_base is None:
            return None
        return self.value_base - self.basis_base

    @property
    def gain_fraction(self) -> Decimal | None:
        """Unrealised gain over basis; None without both or for a basis of nothing."""
        gain = self.gain_base
        if gain is None or not self.basis_base:
            return None
        with localcontext(ARITHMETIC):
            return gain / abs(self.basis_base)

    @property
    def day_change_fraction(self) -> Decimal | None:
        """Last close over the one before it, less one; None when there is no close before."""
        if self.quote.close is None or not self.quote.previous:
            return None
        with localcontext(ARITHMETIC):
            return self.quote.close / self.quote.previous - 1

    @property
    def day_change_price(self) -> Decimal | None:
        """Last close less the one before it; None when there is no close before."""
        if self.quote.close is None or self.quote.previous is None:
            return None
        return self.quote.close - self.quote.previous

    @property
    def unknown_reason(self) -> str:
        """Why the unrealised gain is not known, in a few words; empty when it is."""
        if self.quote.state is PriceState.MISSING:
            return "no usable price"
        if self.value_base is None:
            return "no exchange rate"
        return "basis unknown" if self.basis_base is None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CashLine:
    """Cash of one account in one currency; `amount_base` is None without an exchange rate."""

    portfolio_id: UUID
    account: str
    currency: str
    amount: Decimal
    amount_base: Decimal | None
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingTable:
    """Everything held on `as_of`. A total is None while one of its parts is not known; `missing` names them.

    `known_gain` adds up the gains that are known, and `unknown_gains` counts the positions left out of it.
    """

    as_of: date
    currency: str
    lines: tuple[HoldingLine, ...]
    cash: tuple[CashLine, ...]
    value: Decimal | None
    known_value: Decimal
    cash_total: Decimal | None
    basis: Decimal | None
    gain: Decimal | None
    known_gain: Decimal
    unknown_gains: int
    day_change: Decimal | None
    missing: tuple[str, ...]


def holding_table(
    scope: Scope, as_of: date, *, is_merged: bool = False, instrument_id: UUID | None = None
) -> HoldingTable:
    """The positions and cash of a scope at the closes that stand for `as_of`.

    `is_merged` adds up an instrument over the accounts. Positions are those of today's ledger, so `as_of`
    is meant to be its last valued day. Four queries, two more with several currencies, one more when
    something has no close within a week.
    """
    held = Holding.objects.filter(portfolio_id__in=scope.portfolio_ids).select_related("instrument")
    balances = CashBalance.objects.filter(portfolio_id__in=scope.portfolio_ids).exclude(amount=0)
    if instrument_id is not None:
        held, balances = held.filter(instrument_id=instrument_id), balances.none()
    holdings = list(held.order_by("instrument__symbol", "portfolio_id"))
    cash = list(balances.order_by("portfolio_id", "currency"))
    return _table_of(scope, as_of, holdings, cash, is_merged=is_merged)


def holding_lines(scope: Scope, as_of: date) -> list[HoldingLine]:
    """The positions of a scope alone, with weights among themselves; three queries."""
    held = Holding.objects.filter(portfolio_id__in=scope.portfolio_ids).select_related("instrument")
    holdings = list(held.order_by("instrument__symbol", "portfolio_id"))
    return list(_table_of(scope, as_of, holdings, [], tells_last_known=False).lines)


def _table_of(
    scope: Scope,
    as_of: date,
    holdings: list[Holding],
    cash: list[CashBalance],
    *,
    is_merged: bool = False,
    tells_last_known: bool = True,
) -> HoldingTable:
    splits = splits_known_to(scope.household_id, {row.instrument_id for row in holdings})
    quotes = quotes_on(splits, as_of, tells_last_known=tells_last_known)
    rates = _rates(scope, as_of, cash, quotes.values())
    accounts = {account.id: account for account in scope.accounts}
    lines = [
        _line(
            row,
            quotes.get(row.instrument_id, NO_QUOTE),
            accounts[row.portfolio_id],
            base=(scope.currency, rates, as_of),
        )
        for row in holdings
    ]
    if is_merged:
        lines = _merged(lines)
    return _table(scope, as_of, lines, [_cash_line(row, scope, rates, as_of) for row in cash])


def _rates(
    scope: Scope,
    as_of: date,
    cash: Iterable[CashBalance],
    quotes: Iterable[Quote],
) -> RateTable:
    """Rates of the last week, fetched only when something is in another currency than the scope."""
    currencies = {row.currency for row in cash} | {quote.currency for quote in quotes if quote.close}
    currencies |= {account.base_currency for account in scope.accounts}
    if currencies <= {scope.currency}:
        return RateTable()
    first = date.fromordinal(max(1, as_of.toordinal() - RATE_DAYS))
    return rates_between(scope, first=first, last=as_of)


def _line(row: Holding, quote: Quote, account: Account, *, base: tuple[str, RateTable, date]) -> HoldingLine:
    instrument: Instrument = row.instrument
    currency, rates, as_of = base
    units = row.quantity * instrument.multiplier
    value = None if quote.close is None else quantize(units * quote.close)
    change = None
    if quote.close is not None and quote.previous is not None:
        change = quantize(units * (quote.close - quote.previous))
    return HoldingLine(
        id=row.pk,
        portfolio_id=row.portfolio_id,
        account=account.name,
        instrument_id=row.instrument_id,
        symbol=instrument.symbol,
        name=instrument.name,
        asset_class=instrument.asset_class,
        asset_class_label=instrument.get_asset_class_display(),
        sector=instrument.sector,
        currency=quote.currency or row.currency,
        quantity=row.quantity,
        multiplier=instrument.multiplier,
        quote=quote,
        value=value,
        value_base=_converted(value, quote.currency, currency, rates, as_of),
        day_change_base=_converted(change, quote.currency, currency, rates, as_of),
        basis=row.basis,
        # The basis is fixed in the account's base currency; only its translation into another one moves.
        basis_base=_converted(row.basis_base, account.base_currency, currency, rates, as_of),
        lot_count=row.lot_count,
    )


def _cash_line(row: CashBalance, scope: Scope, rates: RateTable, as_of: date) -> CashLine:
    return CashLine(
        portfolio_id=row.portfolio_id,
        account=scope.names[row.portfolio_id],
        currency=row.currency,
        amount=row.amount,
        amount_base=_converted(row.amount, row.currency, scope.currency, rates, as_of),
    )


def _converted(
    amount: Decimal | None, currency: str, base: str, rates: RateTable, day: date
) -> Decimal | None:
    if amount is None or currency == base:
        return amount
    rate = rates.on_day(currency, base, day)
    return None if rate is None else quantize(amount * rate.rate)


def _merged(lines: Sequence[HoldingLine]) -> list[HoldingLine]:
    groups: dict[UUID, list[HoldingLine]] = {}
    for line in lines:
        groups.setdefault(line.instrument_id, []).append(line)
    return [group[0] if len(group) == 1 else _sum_of(group) for group in groups.values()]


def _sum_of(group: Sequence[HoldingLine]) -> HoldingLine:
    return replace(
        group[0],
        portfolio_id=None,
        account=f"{len(group)} accounts",
        quantity=sum((line.quantity for line in group), ZERO),
        value=total_of(line.value for line in group),
        value_base=total_of(line.value_base for line in group),
        day_change_base=total_of(line.day_change_base for line in group),
        basis=total_of(line.basis for line in group),
        basis_base=total_of(line.basis_base for line in group),
        lot_count=sum(line.lot_count for line in group),
    )


def total_of(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None as soon as one part is not known."""
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _table(scope: Scope, as_of: date, lines: Sequence[HoldingLine], cash: Sequence[CashLine]) -> HoldingTable:
    values = [line.value_base for line in lines]
    cash_total = total_of(line.amount_base for line in cash)
    known = sum((value for value in values if value is not None), ZERO)
    known += sum((line.amount_base for line in cash if line.amount_base is not None), ZERO)
    value = total_of([*values, cash_total])
    gains = [line.gain_base for line in lines]
    known_gains = [gain for gain in gains if gain is not None]
    return HoldingTable(
        as_of=as_of,
        currency=scope.currency,
        lines=tuple(replace(line, weight=_weight(line.value_base, value)) for line in lines),
        cash=tuple(replace(line, weight=_weight(line.amount_base, value)) for line in cash),
        value=value,
        known_value=known,
        cash_total=cash_total,
        basis=total_of(line.basis_base for line in lines),
        gain=total_of(gains),
        known_gain=sum(known_gains, ZERO),
        unknown_gains=len(gains) - len(known_gains),
        day_change=total_of(
            line.day_change_base for line in lines if line.quote.state is not PriceState.MISSING
        ),
        missing=tuple(sorted({line.symbol for line in lines if line.value_base is None})),
    )


def _weight(value: Decimal | None, total: Decimal | None) -> Decimal | None:
    """Share of the net value, which has no meaning unless that is positive."""
    if value is None or total is None or total <= 0:
        return None
    with localcontext(ARITHMETIC):
        return value / total
