"""Dividends and interest of a tax year, and which dividends can be shown to be qualified."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from uuid import UUID

from django.db.models import F

from common.money import ARITHMETIC, convert
from portfolios.engine.records import TransactionKind
from portfolios.models import Disposal, Instrument, Lot, Transaction
from taxharvest.engine.qualified_dividends import is_qualified
from taxharvest.selectors.tax_sales import DOLLAR

ZERO = Decimal(0)
# The ledger knows the day of payment alone; the ex-dividend day is at most so many days before it.
MOST_DAYS_TO_PAYMENT = 90
NOT_SHOWN = (
    "Dividends of funds, and of shares whose days of holding do not show it, are taken as ordinary; Form "
    "1099-DIV says which of them are qualified."
)
HELD_ON = (
    "Dividends are taken as qualified where the shares were held long enough for every ex-dividend day "
    f"within {MOST_DAYS_TO_PAYMENT} days before the payment (IRC 1(h)(11)(B)(iii)); shares still held are "
    "taken to stay."
)
Position = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class YearIncome:
    """Dividends by the rates they are taxed at, and interest received, in US dollars, with what was assumed.

    `rateless` counts rows that are in none of them, because they have no exchange rate.
    """

    qualified: Decimal
    ordinary: Decimal
    interest: Decimal
    rateless: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    """Shares held from one day to another; None for a day that is not known, and for shares still held."""

    quantity: Decimal
    acquired: date | None
    sold: date | None


def year_income(portfolio_ids: Collection[UUID], year: int) -> YearIncome:
    """What the accounts were paid in `year`. Three queries.

    Interest that was paid is not taken off: it is an itemised deduction (IRC 163(d)).
    """
    rows = _payments(portfolio_ids, year)
    known = [(row, amount) for row in rows if (amount := _dollars(row)) is not None]
    dividends = [(row, amount) for row, amount in known if row.kind == TransactionKind.DIVIDEND]
    total = sum((amount for _, amount in dividends), ZERO)
    pieces = _pieces(portfolio_ids, [row for row, _ in dividends], year)
    qualified = sum((_qualified(row, amount, pieces) for row, amount in dividends), ZERO)
    interest = sum(
        (amount for row, amount in known if row.kind == TransactionKind.INTEREST and amount > 0), ZERO
    )
    notes = [HELD_ON] if qualified else []
    notes += [NOT_SHOWN] if qualified != total else []
    return YearIncome(
        qualified=qualified,
        ordinary=total - qualified,
        interest=interest,
        rateless=len(rows) - len(known),
        notes=tuple(notes),
    )


def _payments(portfolio_ids: Collection[UUID], year: int) -> list[Transaction]:
    kinds = (TransactionKind.DIVIDEND, TransactionKind.INTEREST)
    rows = Transaction.objects.filter(portfolio_id__in=portfolio_ids, kind__in=kinds, trade_date__year=year)
    return list(
        rows.effective()
        .annotate(asset_class=F("instrument__asset_class"))
        .order_by("trade_date", "sequence", "id")
    )


def _dollars(row: Transaction) -> Decimal | None:
    return row.amount if row.currency == DOLLAR else convert(row.amount, row.fx_rate)


def _pieces(
    portfolio_ids: Collection[UUID], dividends: Sequence[Transaction], year: int
) -> Mapping[Position, list[_Held]]:
    """Everything that was held of what paid, and could have been held on an ex-dividend day of the year."""
    pieces: defaultdict[Position, list[_Held]] = defaultdict(list)
    keys = {row.instrument_id for row in dividends if _may_qualify(row)}
    if not keys:
        return pieces
    scope = {"portfolio_id__in": portfolio_ids, "instrument_id__in": keys}
    since = date(year, 1, 1) - timedelta(days=MOST_DAYS_TO_PAYMENT)
    lots = Lot.objects.filter(**scope, quantity__gt=0)
    for portfolio, instrument, quantity, acquired in lots.values_list(
        "portfolio_id", "instrument_id", "quantity", "acquired"
    ):
        pieces[portfolio, instrument].append(_Held(quantity, acquired, None))
    sold = Disposal.objects.filter(**scope, is_short_sale=False, cause="sale", disposed__gte=since)
    for portfolio, instrument, *held in sold.values_list(
        "portfolio_id", "instrument_id", "quantity", "acquired", "disposed"
    ):
        pieces[portfolio, instrument].append(_Held(*held))
    return pieces


def _may_qualify(row: Transaction) -> bool:
    return getattr(row, "asset_class", None) == Instrument.AssetClass.STOCK


def _qualified(row: Transaction, amount: Decimal, pieces: Mapping[Position, list[_Held]]) -> Decimal:
    """The part of a dividend that falls to shares held long enough, by quantity."""
    if row.instrument_id is None or not _may_qualify(row):
        return ZERO
    paid = row.trade_date
    first = paid - timedelta(days=MOST_DAYS_TO_PAYMENT)
    held = [
        piece
        for piece in pieces.get((row.portfolio_id, row.instrument_id), ())
        if (piece.acquired is None or piece.acquired < paid) and (piece.sold is None or piece.sold >= first)
    ]
    whole = _shares(held)
    if not whole:
        return ZERO
    with localcontext(ARITHMETIC):
        share = _shares(piece for piece in held if _is_long_enough(piece, first, paid)) / whole
        return convert(amount, share) or ZERO


def _is_long_enough(piece: _Held, first: date, paid: date) -> bool:
    """Whether the shares qualify for every ex-dividend day on which they can have had this dividend.

    The days held within the window are a concave function of the ex-dividend day, so the ends are enough.
    """
    if piece.acquired is None:
        return False
    earliest = max(first, piece.acquired + timedelta(days=1))
    latest = paid if piece.sold is None else min(paid, piece.sold)
    return all(is_qualified(piece.acquired, piece.sold, day) for day in (earliest, latest))


def _shares(pieces: Iterable[_Held]) -> Decimal:
    return sum((piece.quantity for piece in pieces), ZERO)
