"""The sales of a tax year as the forms want them: by the taxpayer's book, or by the broker's rules."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from portfolios.engine.book import derive_book
from portfolios.engine.policies import WashMode
from portfolios.engine.records import (
    DisposalCause,
    DisposalRecord,
    LotOrigin,
    TaxOwner,
    Term,
    Treatment,
)
from portfolios.models import Disposal, Instrument
from portfolios.selectors.facts import portfolio_records, tax_rules, transaction_records
from portfolios.selectors.scopes import Scope
from taxharvest.engine.records import TaxSale

ZERO = Decimal(0)
DOLLAR = "USD"
# A fund that tracks the price of a metal holds the metal itself: a collectible (IRC 408(m), 1(h)(5)).
METAL_PRICES = ("gold price", "silver price", "platinum price", "palladium price", "bullion")
OTHER_FORM = {
    Instrument.AssetClass.FUTURE: "Regulated futures are marked to market on Form 6781 (IRC 1256).",
    Instrument.AssetClass.CURRENCY: "Gains on currencies are ordinary income (IRC 988).",
    Instrument.AssetClass.CASH: "Gains on currencies are ordinary income (IRC 988).",
}
NO_RATE = "The proceeds are not known in US dollars: the trade has no exchange rate."
COLUMNS = tuple(DisposalRecord.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A closed piece that is not among the sales of the forms, and in words why."""

    transaction_id: UUID
    account: str
    symbol: str
    quantity: Decimal
    sold: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearSales:
    """The sales of a year, exact, in US dollars, oldest first.

    `deferred` and `permanent` add up to what the wash-sale rule disallowed of them. `notes` say which
    accounts are not part of the return. `digest` names this state of the book: equal sales, equal digest.
    """

    year: int
    mode: WashMode
    sales: tuple[TaxSale, ...]
    left_out: tuple[LeftOut, ...]
    deferred: Decimal
    permanent: Decimal
    notes: tuple[str, ...]
    digest: str

    @property
    def disallowed(self) -> Decimal:
        """The washed part of all losses."""
        return self.deferred + self.permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAccounts:
    """The visible accounts whose gains are on the household's return, and what is said of the others."""

    ids: tuple[UUID, ...]
    notes: tuple[str, ...]


def tax_sales(
    scope: Scope,
    year: int,
    mode: WashMode = WashMode.TAXPAYER,
    *,
    accounts: ReturnAccounts | None = None,
) -> YearSales:
    """What the taxable accounts of `scope` sold in `year`.

    In the taxpayer's mode from the stored book, in three queries; in the broker's (one account, one
    instrument) the book of the household is derived for the occasion. Accounts of dependants, and those whose
    book is not kept in US dollars, are left out and named; `accounts` are the others where they are known.
    """
    if accounts is None:
        accounts = return_accounts(scope)
    if mode is WashMode.TAXPAYER:
        pieces = _stored(accounts.ids, year)
    else:
        pieces = _as_brokers_see_it(scope.household_id, accounts.ids, year)
    return _year_sales(scope, year, mode, accounts, sorted(pieces, key=_order))


def return_accounts(scope: Scope) -> ReturnAccounts:
    """Which accounts of `scope` are taxed on the household's return in the year of a sale. One query."""
    records = portfolio_records(scope.household_id)
    ids: list[UUID] = []
    notes: list[str] = []
    for account in scope.accounts:
        record = records[account.id]
        if record.treatment is not Treatment.TAXABLE:
            continue
        if record.owner is TaxOwner.OTHER:
            notes.append(f"{account.name} belongs to a dependant, who files for it.")
        elif record.base_currency != DOLLAR:
            notes.append(
                f"{account.name} keeps its book in {record.base_currency}; the forms are in US dollars, so "
                "its sales are not in them."
            )
        else:
            ids.append(account.id)
    return ReturnAccounts(ids=tuple(ids), notes=tuple(notes))


def sale_years(portfolio_ids: Collection[UUID]) -> list[int]:
    """The years in which these accounts closed anything, newest first."""
    days = Disposal.objects.filter(portfolio_id__in=portfolio_ids).dates("disposed", "year", order="DESC")
    return [day.year for day in days]


def disposal_records(rows: Iterable[Disposal]) -> list[DisposalRecord]:
    """Stored pieces as records of the rules."""
    terms = {term.value: term for term in Term}
    records = []
    for row in rows:
        fields = {name: getattr(row, name) for name in COLUMNS}
        fields["term"] = terms[fields["term"]]
        fields["cause"] = DisposalCause(fields["cause"])
        fields["origin"] = None if fields["origin"] is None else LotOrigin(fields["origin"])
        records.append(DisposalRecord(**fields))
    return records


def _stored(portfolio_ids: Collection[UUID], year: int) -> list[DisposalRecord]:
    return disposal_records(Disposal.objects.filter(portfolio_id__in=portfolio_ids, disposed__year=year))


def _as_brokers_see_it(
    household_id: UUID, portfolio_ids: Collection[UUID], year: int
) -> list[DisposalRecord]:
    records = portfolio_records(household_id)
    # The whole household, since lots move between its accounts.
    rules = tax_rules(household_id, mode=WashMode.BROKER)
    book = derive_book(transaction_records(records), records, rules)
    wanted = frozenset(portfolio_ids)
    return [piece for piece in book.disposals if piece.portfolio_id in wanted and piece.disposed.year == year]


def _order(piece: DisposalRecord) -> tuple[date, int, int]:
    return piece.disposed, piece.transaction_id.int, piece.id.int


def _year_sales(
    scope: Scope, year: int, mode: WashMode, accounts: ReturnAccounts, pieces: list[DisposalRecord]
) -> YearSales:
    instruments = Instrument.objects.in_bulk({piece.instrument_id for piece in pieces})
    sales: list[TaxSale] = []
    left_out: list[LeftOut] = []
    permanent = ZERO
    for piece in pieces:
        instrument = instruments[piece.instrument_id]
        reason = _why_left_out(piece, instrument)
        if reason:
            left_out.append(_left_out(piece, instrument, scope, reason))
        else:
            sales.append(_sale(piece, instrument, scope))
            permanent += piece.permanent_base
    return YearSales(
        year=year,
        mode=mode,
        sales=tuple(sales),
        left_out=tuple(left_out),
        deferred=sum((sale.disallowed for sale in sales), ZERO) - permanent,
        permanent=permanent,
        notes=accounts.notes,
        digest=_digest(sales, left_out),
    )


def _why_left_out(piece: DisposalRecord, instrument: Instrument) -> str:
    reason = OTHER_FORM.get(Instrument.AssetClass(instrument.asset_class), "")
    return reason or (NO_RATE if piece.proceeds_base is None else "")


def _left_out(piece: DisposalRecord, instrument: Instrument, scope: Scope, reason: str) -> LeftOut:
    return LeftOut(
        transaction_id=piece.transaction_id,
        account=scope.names[piece.portfolio_id],
        symbol=instrument.symbol,
        quantity=piece.quantity,
        sold=piece.disposed,
        reason=reason,
    )


def _sale(piece: DisposalRecord, instrument: Instrument, scope: Scope) -> TaxSale:
    # A short sale is closed by shares bought that day: these are what column (b) asks about.
    acquired = piece.disposed if piece.is_short_sale else piece.acquired
    return TaxSale(
        key=str(piece.id),
        account=scope.names[piece.portfolio_id],
        description=instrument.name or instrument.symbol,
        symbol=instrument.symbol,
        cusip=instrument.cusip,
        quantity=piece.quantity,
        acquired=acquired,
        sold=piece.disposed,
        proceeds=ZERO if piece.proceeds_base is None else piece.proceeds_base,
        basis=piece.basis_base,
        disallowed=piece.disallowed_base,
        term=piece.term,
        is_inherited=piece.origin is LotOrigin.INHERITANCE,
        is_short_sale=piece.is_short_sale,
        is_digital_asset=instrument.asset_class == Instrument.AssetClass.CRYPTO,
        is_collectible=_is_collectible(instrument),
        sale_key=str(piece.transaction_id),
    )


def _is_collectible(instrument: Instrument) -> bool:
    if instrument.asset_class != Instrument.AssetClass.FUND:
        return False
    tracked = instrument.tracked_index.casefold()
    return any(words in tracked for words in METAL_PRICES)


def _digest(sales: Iterable[TaxSale], left_out: Iterable[LeftOut]) -> str:
    digest = hashlib.sha256()
    for record in (*sales, *left_out):
        digest.update(repr(record).encode())
    return digest.hexdigest()[:12]
