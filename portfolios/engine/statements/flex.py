"""Reads an Interactive Brokers Flex statement (XML) into transactions, stated positions and row outcomes."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from portfolios.engine.records import AccountStatement, ParsedTransaction, RowOutcome, RowStatus, Statement
from portfolios.engine.statements import (
    flex_actions,
    flex_cash,
    flex_positions,
    flex_trades,
    flex_transfers,
    recovery,
)
from portfolios.engine.statements.currencies import KNOWN
from portfolios.engine.statements.flex_desk import Desk
from portfolios.engine.statements.flex_sections import NOT_SUPPORTED, REPEATED
from portfolios.engine.statements.reading import (
    SIZE_LIMIT,
    BrokenPlace,
    Document,
    Element,
    MalformedError,
    Progress,
    load,
    read_strictly,
)
from portfolios.engine.statements.refusals import RowError, StatementError
from portfolios.engine.statements.rows import Row
from portfolios.engine.statements.values import (
    NOTHING,
    DayOrder,
    check_happened,
    day_order,
    looks_slashed,
    rate,
)

SOURCE = "flex"
SECTION_LIMIT = 60
TRADES = frozenset(("Trade", "Order", "SymbolSummary", "AssetSummary", "Lot", "WashSale"))
READ = TRADES | frozenset((
    "AccountInformation", "CashTransaction", "SalesTax", "TransactionTax", "CorporateAction", "Transfer",
    "TransferLot", "OpenPosition", "PriorPeriodPosition", "MTMPerformanceSummaryUnderlying",
    "CashReportCurrency", "ConversionRate", "SecurityInfo",
))  # fmt: skip
KEPT_OF_ACCOUNT = frozenset(("accountId", "currency", "accountType"))
FRAME = frozenset(("FlexQueryResponse", "FlexStatements", "FlexStatement"))


@dataclass(slots=True)
class _Part:
    """One FlexStatement element: its own cells and the rows inside it."""

    cells: dict[str, str]
    rows: list[Row] = field(default_factory=list)


def read_flex(
    data: bytes | BinaryIO,
    *,
    today: date | None = None,
    progress: Progress | None = None,
    limit: int = SIZE_LIMIT,
) -> Statement:
    """The statement in `data`: every row of every section has an outcome.

    A file that is not well formed is read as far as it can be; each broken place is a row outcome. A row
    dated after `today` and the day that follows it is wrong. `progress` is told the percentage read. Raises
    StatementError when the file is too large, unsafe, or no Flex statement at all.
    """
    document = _document(load(data, limit), progress)
    _check_frame(document)
    parts, information = _parts(document)
    seen: dict[str, dict[str, ParsedTransaction]] = defaultdict(dict)
    desks = [_read_part(part, information, seen, today) for part in parts]
    outcomes = [outcome for desk in desks for outcome in desk.outcomes]
    outcomes += [_broken_outcome(place) for place in document.broken]
    return Statement(
        source=SOURCE,
        accounts=_accounts(desks),
        rows=tuple(sorted(outcomes, key=lambda outcome: outcome.line)),
    )


def flex_rows(
    data: bytes | BinaryIO, *, limit: int = SIZE_LIMIT
) -> tuple[tuple[Row, ...], tuple[RowOutcome, ...]]:
    """The rows of all statements in `data` as they stand, and the outcomes of the places that are broken.

    Each row says whose account it is in the cell `accountId`. Raises StatementError as `read_flex` does.
    """
    document = _document(load(data, limit), None)
    _check_frame(document)
    parts, _ = _parts(document)
    for part in parts:
        for row in part.rows:
            row.cells.setdefault("accountId", part.cells.get("accountId", ""))
    rows = tuple(row for part in parts for row in part.rows)
    return rows, tuple(_broken_outcome(place) for place in document.broken)


def _document(data: bytes, progress: Progress | None) -> Document:
    try:
        return read_strictly(data, progress)
    except MalformedError:
        document = recovery.read_leniently(data)
        if progress:
            progress(100)
        return document


def _check_frame(document: Document) -> None:
    root = document.elements[0].tag if document.elements else ""
    if root == "FlexStatementResponse":
        raise StatementError(
            "This file is the broker's answer to a request, not the statement itself. "
            "Download the statement again in a minute.",
            "statement-not-ready",
        )
    if not any(element.tag == "FlexStatement" for element in document.elements):
        what = f"its first element is <{root[:40]}>" if root else "it holds no XML elements"
        raise StatementError(
            f"This is not an Interactive Brokers Flex statement: {what}. In Client Portal choose "
            "Performance & Reports, Flex Queries, and run an Activity Flex Query with format XML.",
            "statement-unknown",
        )


def _parts(document: Document) -> tuple[list[_Part], list[Row]]:
    """The statements of the file, and account information that stands outside of them."""
    order = _order(document)
    parts: list[_Part] = []
    outside: list[Row] = []
    for element in document.elements:
        if element.tag in FRAME and element.broken:
            document.broken.append(BrokenPlace(element.line, element.broken))
        if element.tag == "FlexStatement":
            parts.append(_Part(_said(element)))
        elif element.tag not in FRAME and (element.attributes or element.tag in READ or element.broken):
            inside = "FlexStatement" in element.path
            row = _row(element, order)
            if inside and parts:
                parts[-1].rows.append(row)
            elif element.tag == "AccountInformation" and not element.broken:
                outside.append(row)
            elif element.broken:
                document.broken.append(BrokenPlace(element.line, element.broken))
    return parts, outside


def _row(element: Element, order: DayOrder) -> Row:
    section = element.path[-2] if len(element.path) > 1 and element.path[-2] not in FRAME else element.tag
    return Row(element.line, section[:SECTION_LIMIT], element.tag, _said(element), order, element.broken)


def _said(element: Element) -> dict[str, str]:
    """The attributes that say something; “--” and “N/A” are how the broker writes nothing."""
    return {name: value.strip() for name, value in element.attributes.items() if value.strip() not in NOTHING}


def _order(document: Document) -> DayOrder:
    """The order of day and month in dates with slashes. Raises StatementError when nothing tells it."""
    slashed = [
        value
        for element in document.elements
        for name, value in element.attributes.items()
        if name.casefold().endswith(("date", "datetime", "time", "expiry", "generated"))
        and "/" in value
        and looks_slashed(value)
    ]
    order = day_order(slashed)
    if slashed and order is DayOrder.UNKNOWN:
        raise StatementError(
            f"Dates like “{slashed[0][:20]}” may be day or month first, and nothing in the file says which. "
            "Set the date format of the Flex query to yyyyMMdd and run it again.",
            "statement-ambiguous-dates",
        )
    return order


def _read_part(
    part: _Part, outside: list[Row], seen: dict[str, dict[str, ParsedTransaction]], today: date | None
) -> Desk:
    frame = Row(
        0, "FlexStatement", "FlexStatement", part.cells, part.rows[0].order if part.rows else DayOrder.UNKNOWN
    )
    rows: dict[str, list[Row]] = defaultdict(list)
    account = frame.text("accountId") or next(filter(None, (row.text("accountId") for row in part.rows)), "")
    first_day, last_day = _frame_day(frame, "fromDate", today), _frame_day(frame, "toDate", today)
    desk = Desk(account, first_day, last_day, today, _by_key=seen[account])
    for row in part.rows:
        if row.broken:
            desk.outcome(row, RowStatus.WRONG, f"this row is not well-formed XML: {row.broken}")
        else:
            rows[row.tag].append(row)
    _read_account(rows.pop("AccountInformation", []) or outside, part.rows, desk)
    _read_sections(rows, desk)
    _read_others(rows, desk)
    _fill_rates(desk)
    return desk


def _frame_day(frame: Row, name: str, today: date | None) -> date | None:
    """A day of the period that the statement covers; None when it cannot be read or is still to come."""
    try:
        found = frame.optional_day(name)
        if found is not None:
            check_happened(found, field=name, today=today)
    except RowError:
        return None
    return found


def _read_sections(rows: dict[str, list[Row]], desk: Desk) -> None:
    trades = [row for tag in TRADES for row in rows.get(tag, [])]
    trades.sort(key=lambda row: row.line)
    cash = rows.get("CashTransaction", [])
    flex_positions.read_securities(rows.get("SecurityInfo", []), desk)
    flex_positions.read_rates(rows.get("ConversionRate", []), desk)
    flex_trades.read_trades(trades, desk)
    flex_cash.read_cash(cash, desk)
    flex_cash.read_sales_taxes(rows.get("SalesTax", []), desk)
    flex_cash.read_transaction_taxes(rows.get("TransactionTax", []), trades, desk)
    flex_actions.read_actions(rows.get("CorporateAction", []), cash, desk)
    flex_transfers.read_transfers(rows.get("Transfer", []) + rows.get("TransferLot", []), desk)
    flex_positions.read_positions(rows.get("OpenPosition", []), desk)
    flex_positions.read_prior_positions(rows.get("PriorPeriodPosition", []), desk)
    flex_positions.read_mark_to_market(rows.get("MTMPerformanceSummaryUnderlying", []), desk)
    flex_positions.read_cash_report(rows.get("CashReportCurrency", []), desk)


def _read_others(rows: dict[str, list[Row]], desk: Desk) -> None:
    for tag, unread in rows.items():
        if tag in READ:
            continue
        for row in unread:
            if tag in REPEATED:
                desk.outcome(row, RowStatus.IGNORED, REPEATED[tag])
            else:
                desk.outcome(row, RowStatus.LEFT_OUT, NOT_SUPPORTED.format(section=row.section[:60]))


def _read_account(information: list[Row], rows: list[Row], desk: Desk) -> None:
    """The base currency, and whether the rates of the rows are rates to it.

    The names and addresses in the account information are not kept.
    """
    stated = next((row.text("currency").upper() for row in information if row.text("currency")), "")
    desk.base_currency = stated if stated in KNOWN else _inferred_base(rows)
    desk.rates_trusted = not any(
        row.text("currency").upper() == desk.base_currency and _is_other_rate(row) for row in rows
    )
    reason = (
        ""
        if desk.rates_trusted
        else (
            f"the base currency is stated as {desk.base_currency}, but the exchange rates of the rows "
            "are to another one; they were not used"
        )
    )
    for row in information:
        kept = {name: said for name, said in row.cells.items() if name in KEPT_OF_ACCOUNT}
        desk.outcome(replace(row, cells=kept), RowStatus.READ, reason)


def _is_other_rate(row: Row) -> bool:
    try:
        return bool(row.text("fxRateToBase")) and rate(row.text("fxRateToBase"), field="fxRateToBase") != 1
    except RowError:
        return False


def _inferred_base(rows: list[Row]) -> str:
    """The base currency as other sections show it: named functional, target of the rates, or always at 1."""
    for name in ("functionalCurrency", "toCurrency"):
        named = {row.text(name).upper() for row in rows if row.text(name)} & KNOWN
        if len(named) == 1:
            return named.pop()
    rated: dict[str, bool] = {}
    for row in rows:
        currency = row.text("currency").upper()
        if currency in KNOWN and row.text("fxRateToBase"):
            rated[currency] = rated.get(currency, True) and not _is_other_rate(row)
    always_one = [currency for currency, is_one in rated.items() if is_one]
    return always_one[0] if len(always_one) == 1 else ""


def _fill_rates(desk: Desk) -> None:
    """Rates that a row does not state, from the statement's own rates of the same day."""
    known: dict[tuple[str, date], Decimal] = {}
    for transaction in desk.transactions:
        if transaction.fx_rate is not None:
            known.setdefault((transaction.currency, transaction.trade_date), transaction.fx_rate)
    for price in desk.prices:
        if price.instrument.asset_class == "currency" and price.currency == desk.base_currency:
            known[price.instrument.symbol.split(".")[0], price.day] = price.close
    for index, transaction in enumerate(desk.transactions):
        if transaction.fx_rate is None:
            found = known.get((transaction.currency, transaction.trade_date))
            desk.transactions[index] = replace(transaction, fx_rate=found)


def _accounts(desks: list[Desk]) -> tuple[AccountStatement, ...]:
    """One entry for each account, also when the file has several statements of it."""
    by_account: dict[str, list[Desk]] = {}
    for desk in desks:
        by_account.setdefault(desk.account, []).append(desk)
    return tuple(_joined(account, parts) for account, parts in by_account.items())


def _joined(account: str, desks: list[Desk]) -> AccountStatement:
    first_days = [desk.first_day for desk in desks if desk.first_day]
    last_days = [desk.last_day for desk in desks if desk.last_day]
    return AccountStatement(
        account=account[:SECTION_LIMIT],
        base_currency=next((desk.base_currency for desk in desks if desk.base_currency), ""),
        first_day=min(first_days, default=None),
        last_day=max(last_days, default=None),
        transactions=tuple(transaction for desk in desks for transaction in desk.transactions),
        positions=tuple(position for desk in desks for position in desk.positions),
        cash=tuple(balance for desk in desks for balance in desk.cash),
        prices=tuple(price for desk in desks for price in desk.prices),
    )


def _broken_outcome(place: BrokenPlace) -> RowOutcome:
    return RowOutcome(line=place.line, section="XML", status=RowStatus.WRONG, reason=place.reason)
