"""Valuing every account of a household on every day that has prices, and listing the prices that lack."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from common.dates import SATURDAY
from common.identifiers import derived_uuid
from common.transactions import write_transaction
from portfolios.engine.book import derive_book
from portfolios.engine.cash_flows import cash_changes, external_flows
from portfolios.engine.figures import day_text, list_text
from portfolios.engine.ledger import effective
from portfolios.engine.market import Market, rate_name
from portfolios.engine.records import (
    FindingKind,
    FindingRecord,
    MovementRecord,
    PortfolioRecord,
    TransactionRecord,
    ValuationRecord,
)
from portfolios.engine.valuation import value_days
from portfolios.models import CashBalance, Finding, Holding, Portfolio, Valuation
from portfolios.selectors.facts import portfolio_records, transaction_records
from portfolios.selectors.market import market_of
from portfolios.services.book import findings_replace
from portfolios.services.derived_rows import rows_replace
from portfolios.services.ledger import household_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuationRow:
    """A valuation with the key and the column shapes of its table."""

    id: UUID
    portfolio_id: UUID
    day: date
    value: Decimal | None
    cash: Decimal | None
    flow: Decimal | None
    missing: str
    stale: str


@write_transaction
def valuations_refresh(*, household_id: UUID) -> int:
    """Value every account of the household on every day with prices or transactions; returns rows written.

    Rows that come out the same are left alone. What is held now and has no usable price becomes a finding.
    """
    household_lock(household_id)
    portfolios = portfolio_records(household_id)
    rows, _ = effective(transaction_records(portfolios))
    book = derive_book(rows, portfolios)
    market = market_of(
        household_id=household_id,
        instrument_ids={movement.instrument_id for movement in book.movements},
        transactions=rows,
        portfolios=portfolios.values(),
    )
    valuations: list[ValuationRecord] = []
    days = _days_to_value(rows, market)
    for portfolio in portfolios.values():
        own = [row for row in rows if row.portfolio_id == portfolio.id]
        movements = [move for move in book.movements if move.portfolio_id == portfolio.id]
        valuations.extend(_value_portfolio(portfolio, days, own, movements, market))
    existing = Valuation.objects.filter(portfolio_id__in=list(portfolios))
    written = rows_replace(existing, (_row(record) for record in valuations))
    _note_missing(portfolios, market, last=days[-1] if days else None)
    return written


def _value_portfolio(
    portfolio: PortfolioRecord,
    days: Sequence[date],
    rows: Sequence[TransactionRecord],
    movements: Sequence[MovementRecord],
    market: Market,
) -> list[ValuationRecord]:
    if not rows:
        return []
    first = min(row.trade_date for row in rows)
    return value_days(
        portfolio=portfolio,
        days=[day for day in days if day >= first],
        movements=movements,
        cash_changes=cash_changes(rows),
        flows=external_flows(rows),
        market=market,
    )


def _days_to_value(rows: Iterable[TransactionRecord], market: Market) -> list[date]:
    """Days of the household on which something has a close or happened; the same for all its accounts.

    One account without a value on a day would leave the household without one. What happened on a weekend
    belongs to the next day that is valued: a day of its own would count as a day without movement.
    """
    traded = {row.trade_date for row in rows}
    if not traded:
        return []
    first = min(traded)
    closes = {close.day for series in market.closes.values() for close in series if close.day >= first}
    days = closes | {day for day in traded if day.weekday() < SATURDAY}
    return sorted(days | {day for day in traded if day == first or day > max(days, default=first)})


def _row(record: ValuationRecord) -> ValuationRow:
    return ValuationRow(
        id=derived_uuid(record.portfolio_id, f"valuation:{record.day.isoformat()}"),
        portfolio_id=record.portfolio_id,
        day=record.day,
        value=record.value,
        cash=record.cash,
        flow=record.flow,
        missing="\n".join(record.missing),
        stale="\n".join(record.stale),
    )


def _note_missing(portfolios: Mapping[UUID, PortfolioRecord], market: Market, last: date | None) -> None:
    """A finding for every position without a usable close, and for every account without a usable rate."""
    findings = [*_missing_prices(portfolios, market)]
    if last is not None:
        findings.extend(_missing_rates(portfolios, market, last))
    existing = Finding.objects.filter(portfolio_id__in=list(portfolios), kind=FindingKind.PRICE_MISSING)
    findings_replace(existing, findings)


def _missing_prices(portfolio_ids: Iterable[UUID], market: Market) -> Iterator[FindingRecord]:
    """Positions that have no close, or none of the week before the latest one known."""
    holdings = Holding.objects.filter(portfolio_id__in=list(portfolio_ids)).select_related("instrument")
    latest = max((closes[-1].day for closes in market.closes.values() if closes), default=None)
    for holding in holdings:
        closes = market.closes.get(holding.instrument_id, ())
        if latest is not None and market.close_on(holding.instrument_id, latest) is not None:
            continue
        last = f"the last one known is of {day_text(closes[-1].day)}" if closes else "none is known"
        yield FindingRecord(
            kind=FindingKind.PRICE_MISSING,
            portfolio_id=holding.portfolio_id,
            instrument_id=holding.instrument_id,
            transaction_id=None,
            day=None,
            detail=f"{holding.instrument.symbol} has no usable close: {last}.",
        )


def _missing_rates(
    portfolios: Mapping[UUID, PortfolioRecord], market: Market, last: date
) -> Iterator[FindingRecord]:
    """Accounts that hold a currency, or are kept in one, without a rate of the week before `last`."""
    for portfolio_id, pairs in _pairs_needed(portfolios).items():
        lacking = [rate_name(*pair) for pair in sorted(pairs) if market.rates.on_day(*pair, last) is None]
        if lacking:
            yield FindingRecord(
                kind=FindingKind.PRICE_MISSING,
                portfolio_id=portfolio_id,
                instrument_id=None,
                transaction_id=None,
                day=None,
                detail=f"No exchange rate of the week before {day_text(last)}: {list_text(lacking)}.",
            )


def _pairs_needed(portfolios: Mapping[UUID, PortfolioRecord]) -> dict[UUID, set[tuple[str, str]]]:
    """What must be converted: what an account holds into its currency, that into the household's."""
    household = dict(
        Portfolio.objects.filter(pk__in=list(portfolios)).values_list("pk", "household__base_currency")
    )
    held = [
        *Holding.objects.filter(portfolio_id__in=list(portfolios)).values_list(
            "portfolio_id", "instrument__currency"
        ),
        *CashBalance.objects.filter(portfolio_id__in=list(portfolios))
        .exclude(amount=0)
        .values_list("portfolio_id", "currency"),
    ]
    pairs: dict[UUID, set[tuple[str, str]]] = {}
    for portfolio_id, currency in held:
        base = portfolios[portfolio_id].base_currency
        wanted = {(currency or base, base), (base, household[portfolio_id])}
        pairs.setdefault(portfolio_id, set()).update(pair for pair in wanted if pair[0] != pair[1])
    return pairs
