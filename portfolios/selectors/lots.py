"""Open and closed lots as a ladder shows them: clock, basis, gain, account and where each came from."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Viewer
from common.money import ARITHMETIC, quantize
from portfolios.engine.holding import long_from
from portfolios.engine.records import LotOrigin, TransactionKind
from portfolios.models import Disposal, Lot
from portfolios.selectors.prices import PriceState, Quote
from portfolios.selectors.scopes import Scope

ONE = Decimal(1)
SOON = 30

ORIGINS = {
    LotOrigin.BUY: "bought",
    LotOrigin.REINVEST: "reinvested dividend",
    LotOrigin.SHORT: "sold short",
    LotOrigin.SPIN_OFF: "from a spin-off",
    LotOrigin.MERGER: "from a merger or exchange",
    LotOrigin.TRANSFER: "moved in",
    LotOrigin.OPENING: "opening position",
    LotOrigin.GIFT: "received as a gift",
    LotOrigin.INHERITANCE: "inherited",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLine:
    """One open lot. `value` and `gain` are in its currency at the last close.

    `deferred` are losses in its basis that the wash-sale rule moved there, in the account's base currency.

    `long_on` is the first day on which a sale is long-term.
    `days_left` counts days until then (zero or less: long already) and `elapsed` is the share of the first
    year that has passed. All of them are None where the day of acquisition is not known, and for short lots,
    whose gains are short-term whatever their age.
    """

    id: UUID
    portfolio_id: UUID
    account: str
    transaction_id: UUID
    origin: str
    acquired: date | None
    holding_date: date | None
    quantity: Decimal
    currency: str
    cost: Decimal | None
    basis: Decimal | None
    basis_per_share: Decimal | None
    reason: str
    value: Decimal | None
    gain: Decimal | None
    long_on: date | None
    days_left: int | None
    elapsed: Decimal
    source_line: int | None
    source: str
    deferred: Decimal = Decimal(0)

    @property
    def is_long(self) -> bool:
        """Whether a sale today would be long-term."""
        return self.days_left is not None and self.days_left <= 0

    @property
    def is_short_position(self) -> bool:
        """Whether shares are owed, not owned."""
        return self.quantity < 0


def lot_lines(
    scope: Scope, instrument_id: UUID, *, quote: Quote, today: date, multiplier: Decimal = ONE
) -> list[LotLine]:
    """The open lots of an instrument in a scope, newest first, those without a date last."""
    lots = (
        Lot.objects.filter(portfolio_id__in=scope.portfolio_ids, instrument_id=instrument_id)
        .select_related("transaction")
        .order_by("-acquired", "-id")
    )
    lines = [_line(lot, scope, quote, today, multiplier) for lot in lots]
    return sorted(lines, key=lambda line: line.acquired or date.min, reverse=True)


def lot_list(user: Viewer) -> QuerySet[Lot]:
    """Every open lot that `user` may see, newest first."""
    lots: QuerySet[Lot] = Lot.objects.visible_to(user)
    return lots.select_related("instrument", "portfolio").order_by("-acquired", "-id")


def closed_list(user: Viewer) -> QuerySet[Disposal]:
    """Every closed piece that `user` may see, the latest first."""
    pieces: QuerySet[Disposal] = Disposal.objects.visible_to(user)
    return pieces.select_related("instrument").order_by("-disposed", "-id")


def disposal_list(scope: Scope, instrument_id: UUID) -> QuerySet[Disposal]:
    """The closed pieces of an instrument's lots, newest first."""
    return Disposal.objects.filter(
        portfolio_id__in=scope.portfolio_ids, instrument_id=instrument_id
    ).order_by("-disposed", "-id")


def lots_turning_long(scope: Scope, today: date, *, within: int = SOON) -> list[Lot]:
    """Lots of taxable accounts that become long-term within so many days, soonest first."""
    # A lot turns long between 366 and 368 days after it was acquired; the exact day decides below.
    rows = (
        Lot.objects.filter(
            portfolio_id__in=scope.portfolio_ids,
            portfolio__kind__in=("taxable", "joint", "spouse_taxable"),
            holding_date__gte=today - timedelta(days=368),
            holding_date__lte=today - timedelta(days=365 - within),
            quantity__gt=0,
        )
        .select_related("instrument")
        .order_by("holding_date", "id")
    )
    last = today + timedelta(days=within)
    return [lot for lot in rows if lot.holding_date and today < long_from(lot.holding_date) <= last]


def _line(lot: Lot, scope: Scope, quote: Quote, today: date, multiplier: Decimal) -> LotLine:
    value = None
    if quote.state is not PriceState.MISSING and quote.close is not None and quote.currency == lot.currency:
        value = quantize(lot.quantity * multiplier * quote.close)
    long_on = None if lot.holding_date is None or lot.quantity < 0 else long_from(lot.holding_date)
    return LotLine(
        id=lot.pk,
        portfolio_id=lot.portfolio_id,
        account=scope.names[lot.portfolio_id],
        transaction_id=lot.transaction_id,
        origin=ORIGINS[LotOrigin(lot.origin)],
        acquired=lot.acquired,
        holding_date=lot.holding_date,
        quantity=lot.quantity,
        currency=lot.currency,
        cost=lot.cost,
        basis=lot.basis,
        basis_per_share=_per_share(lot),
        reason=_reason(lot),
        value=value,
        gain=_gain(lot, value),
        long_on=long_on,
        days_left=None if long_on is None else (long_on - today).days,
        elapsed=_elapsed(lot.holding_date, long_on, today),
        source_line=lot.transaction.source_line,
        source=lot.transaction.source,
        deferred=lot.deferred_base,
    )


def _gain(lot: Lot, value: Decimal | None) -> Decimal | None:
    """Value less basis; of a short lot, whose value is negative, its proceeds less what covering costs."""
    if value is None or lot.basis is None:
        return None
    gain: Decimal = value + lot.basis if lot.quantity < 0 else value - lot.basis
    return gain


def _per_share(lot: Lot) -> Decimal | None:
    if lot.basis is None or not lot.quantity:
        return None
    with localcontext(ARITHMETIC):
        return quantize(lot.basis / lot.quantity, Decimal("0.0001"))


def _reason(lot: Lot) -> str:
    """Why the basis is not simply what was paid, or why it is not known."""
    if lot.basis is None:
        return "basis unknown"
    if lot.cost is not None and lot.cost != lot.basis and not lot.deferred_base:
        return "adjusted for what the company paid back or split off"
    if lot.origin == LotOrigin.TRANSFER:
        return "basis moved with the shares"
    if lot.origin == LotOrigin.OPENING:
        return "basis as the broker states it"
    if lot.transaction.kind == TransactionKind.REINVEST:
        return "paid with a dividend"
    return ""


def _elapsed(holding_date: date | None, long_on: date | None, today: date) -> Decimal:
    if holding_date is None or long_on is None or today <= holding_date:
        return Decimal(0)
    passed, whole = (today - holding_date).days, (long_on - holding_date).days
    return min(ONE, Decimal(passed) / whole)
