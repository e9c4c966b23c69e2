"""The desk on which one Flex statement is read: what its rows yield, and what became of each of them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from portfolios.engine.figures import day_text
from portfolios.engine.records import (
    InstrumentFacts,
    ParsedTransaction,
    RowOutcome,
    RowStatus,
    StatedCash,
    StatedPosition,
    StatedPrice,
)
from portfolios.engine.statements import values
from portfolios.engine.statements.keys import KeyMaker
from portfolios.engine.statements.refusals import RowError
from portfolios.engine.statements.rows import Row

ASSET_CLASSES = {
    "STK": "stock",
    "FUND": "fund",
    "OPT": "option",
    "FOP": "option",
    "FUT": "future",
    "BOND": "bond",
    "BILL": "bond",
    "CASH": "currency",
    "CRYPTO": "crypto",
}
ISIN_LENGTH, CUSIP_LENGTH, CONID_LIMIT = 12, 9, 20
PUT_CALL = {"C": "C", "P": "P"}
SYMBOL_LIMIT, NAME_LIMIT, EXCHANGE_LIMIT, ORDER_LIMIT = 60, 200, 30, 80
_NAMED_AT_END = re.compile(r"\([^,()]{1,40},\s*(?P<name>.{1,200}?),\s*[A-Z0-9]{6,14}\)\s*$")
FUNDS = frozenset(("ETF", "ETC", "ETN", "ETP", "ETMF", "CLOSED-END FUND", "OPEN-END FUND", "FUND"))


@dataclass(slots=True)
class Desk:
    """What is known and found while one account's statement is read."""

    account: str
    first_day: date | None
    last_day: date | None
    today: date | None = None
    base_currency: str = ""
    rates_trusted: bool = True
    outcomes: list[RowOutcome] = field(default_factory=list)
    transactions: list[ParsedTransaction] = field(default_factory=list)
    positions: list[StatedPosition] = field(default_factory=list)
    cash: list[StatedCash] = field(default_factory=list)
    prices: list[StatedPrice] = field(default_factory=list)
    securities: dict[str, InstrumentFacts] = field(default_factory=dict)
    places: dict[tuple[str, str, date], int] = field(default_factory=dict)
    keys: KeyMaker = field(init=False)
    _by_key: dict[str, ParsedTransaction] = field(default_factory=dict)
    _facts: dict[tuple[str, ...], InstrumentFacts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = KeyMaker("ibkr", self.account)

    def attempt(self, row: Row, read: Callable[[Row, "Desk"], None]) -> None:
        """Reads `row`; a refusal becomes its outcome and touches no other row."""
        try:
            read(row, self)
        except RowError as refusal:
            self.outcome(row, refusal.status, refusal.reason, field=refusal.field)

    def outcome(
        self, row: Row, status: RowStatus, reason: str = "", *, field: str = "", key: str = ""
    ) -> None:
        """Writes down what became of `row`."""
        self.outcomes.append(
            RowOutcome(
                line=row.line,
                section=row.section,
                status=status,
                reason=reason,
                field=field,
                natural_key=key,
                row=row.cells,
            )
        )

    def book(self, row: Row, *transactions: ParsedTransaction) -> None:
        """Takes the transactions that `row` states: one outcome, which names the first one's key.

        Raises RowError when the statement has said the same (ignored) or something else (wrong) under
        that key before, and for a day that is still to come.
        """
        first = transactions[0]
        for transaction in transactions:
            self.past(transaction.trade_date, row)
        known = self._by_key.get(first.natural_key)
        if known is not None:
            raise _said_before(known, first)
        for transaction in transactions:
            self._by_key[transaction.natural_key] = transaction
            self.transactions.append(transaction)
        remarks = filter(None, (first.note, self._beyond(first.trade_date)))
        self.outcome(row, RowStatus.READ, "; ".join(remarks), key=first.natural_key)

    def _beyond(self, day: date) -> str:
        """Corrected statements have such rows: they are kept, and pointed out."""
        if self.last_day is None or day <= self.last_day:
            return ""
        return f"dated after {day_text(self.last_day)}, the last day of the statement"

    def past(self, day: date, row: Row) -> date:
        """`day` of `row` itself. Raises RowError when it is still to come."""
        values.check_happened(day, field=day_cell(row.cells), today=self.today)
        return day

    def facts(self, row: Row) -> InstrumentFacts | None:
        """The instrument of `row`, with what the securities section adds; None when it names none."""
        stated = self._stated_facts(row)
        if stated is None:
            return None
        more = self.securities.get(stated.conid) or self.securities.get(f"symbol {stated.symbol}")
        return enriched(stated, more) if more else stated

    def required_facts(self, row: Row) -> InstrumentFacts:
        """The instrument of `row`. Raises RowError when it names none."""
        facts = self.facts(row)
        if facts is None:
            raise RowError("the row names no instrument", field="symbol")
        return facts

    def _stated_facts(self, row: Row) -> InstrumentFacts | None:
        cells = tuple(row.text(name) for name in _FACT_CELLS)
        if cells not in self._facts:
            facts = facts_of(row)
            if facts is None:
                return None
            self._facts[cells] = facts
        return self._facts[cells]

    def fx_rate(self, row: Row, currency: str) -> Decimal | None:
        """Units of the base currency for one of `currency`, as the row says; None when that is no help.

        The broker writes 1 where it has no rate, so a rate of exactly 1 counts for the base currency only.
        """
        if currency == self.base_currency:
            return Decimal(1)
        if not self.base_currency or not self.rates_trusted or not row.text("fxRateToBase"):
            return None
        stated = values.rate(row.text("fxRateToBase"), field="fxRateToBase")
        return None if stated == 1 else stated


_FACT_CELLS = (
    "symbol", "description", "assetCategory", "subCategory", "currency", "listingExchange", "issuer", "conid",
    "isin", "cusip", "securityID", "securityIDType", "multiplier", "underlyingSymbol", "putCall",
)  # fmt: skip


def facts_of(row: Row) -> InstrumentFacts | None:
    """The instrument as the cells of `row` describe it; None without symbol, ISIN and contract number."""
    isin, cusip = row.text("isin"), row.text("cusip")
    if not isin and row.text("securityIDType") == "ISIN":
        isin = row.text("securityID")
    if not cusip and row.text("securityIDType") == "CUSIP":
        cusip = row.text("securityID")
    isin, cusip = fitting(isin, ISIN_LENGTH), fitting(cusip, CUSIP_LENGTH)
    conid = fitting(row.text("conid"), CONID_LIMIT)
    symbol = " ".join(row.text("symbol").split()) or isin or cusip or conid
    if not symbol:
        return None
    if len(symbol) > SYMBOL_LIMIT:
        raise RowError(f"a symbol has at most {SYMBOL_LIMIT} signs", field="symbol")
    category, kind = row.text("assetCategory").upper(), row.text("subCategory").upper()
    asset_class = "fund" if kind in FUNDS else ASSET_CLASSES.get(category, "other" if category else "stock")
    multiplier = row.number("multiplier") or Decimal(1)
    return InstrumentFacts(
        symbol=symbol,
        name=_name(row)[:NAME_LIMIT],
        asset_class=asset_class,
        currency=row.text("currency").upper(),
        exchange=row.text("listingExchange")[:EXCHANGE_LIMIT],
        conid=conid,
        isin=isin,
        cusip=cusip,
        multiplier=multiplier if multiplier > 0 else Decimal(1),
        underlying=row.text("underlyingSymbol")[:SYMBOL_LIMIT] if asset_class in ("option", "future") else "",
        put_call=PUT_CALL.get(row.text("putCall").upper()[:1], "") if asset_class == "option" else "",
    )


def _name(row: Row) -> str:
    """The instrument's name. Cash and actions describe the event, actions with the name at the end."""
    if row.tag == "CorporateAction":
        match = _NAMED_AT_END.search(row.text("description")[:400])
        return row.text("issuer") or (match["name"].strip() if match else "")
    return row.text("issuer") if row.tag == "CashTransaction" else row.text("description")


def fitting(text: str, limit: int) -> str:
    """An identifier, or nothing when it is longer than such identifiers are and so cannot be one."""
    return text if len(text) <= limit else ""


def enriched(facts: InstrumentFacts, more: InstrumentFacts) -> InstrumentFacts:
    """`facts` with its empty places filled from `more`; a fund named as such there is a fund."""
    return replace(
        facts,
        name=more.name or facts.name,
        asset_class=more.asset_class if facts.asset_class in ("stock", "other") else facts.asset_class,
        currency=facts.currency or more.currency,
        exchange=facts.exchange or more.exchange,
        conid=facts.conid or more.conid,
        isin=facts.isin or more.isin,
        cusip=facts.cusip or more.cusip,
        multiplier=facts.multiplier if facts.multiplier != 1 else more.multiplier,
        underlying=facts.underlying or more.underlying,
        put_call=facts.put_call or more.put_call,
    )


def _said_before(known: ParsedTransaction, again: ParsedTransaction) -> RowError:
    same = (known.kind, known.trade_date, known.quantity, known.price, known.amount, known.currency) == (
        again.kind,
        again.trade_date,
        again.quantity,
        again.price,
        again.amount,
        again.currency,
    )
    if same:
        return RowError(f"says the same as line {known.line}", status=RowStatus.IGNORED)
    return RowError(
        f"has the same identifier as line {known.line} but other content; line {known.line} was kept",
        field=identifier_cell(again.row),
    )


def identifier_cell(cells: dict[str, str]) -> str:
    """The cell of a source row that holds the broker's identifier for it."""
    return next(
        (name for name in ("ibExecID", "execID", "transactionID", "tradeID", "actionID") if cells.get(name)),
        "",
    )


def day_cell(cells: dict[str, str]) -> str:
    """The cell of a source row that says when it happened."""
    names = ("tradeDate", "dateTime", "date", "reportDate", "toDate")
    return next((name for name in names if cells.get(name)), "")
