"""Money that came from holdings and what it cost to hold them, summed by the database."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from portfolios.engine.records import TransactionKind
from portfolios.models import Disposal, Transaction
from portfolios.selectors.scopes import Scope

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeSum:
    """Sums in the scope's currency; None when an amount has no exchange rate, `rateless` then counts them."""

    dividends: Decimal | None
    payments: int
    withheld: Decimal | None
    fees: Decimal | None
    rateless: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RealisedSum:
    """Gains made final, by term, in the scope's currency, without the losses that the wash-sale rule defers.

    `unknown` counts disposals whose basis, rate or term is not known: they are in neither sum. The sums are
    None for a scope of several base currencies, which takes a rate for each day.
    """

    short: Decimal | None
    short_count: int
    long: Decimal | None
    long_count: int
    unknown: int


def income_between(scope: Scope, first: date, last: date) -> IncomeSum:
    """Dividends, tax withheld from them, and fees (those inside trades too) of the days given. One query.

    A reversed row carries the opposite amount in its reversal, so both may count; fees are never negative,
    so there only rows in effect do.
    """
    dividend = Q(kind=TransactionKind.DIVIDEND)
    withheld = Q(kind=TransactionKind.TAX, instrument__isnull=False)
    own_fee = Q(kind=TransactionKind.FEE)
    inside = Q(fees__gt=0, reverses__isnull=True, reversal__isnull=True)
    rate = Coalesce(
        F("fx_rate"),
        # The only rate that is known without being stated.
        Case(When(currency=F("portfolio__base_currency"), then=Value(ONE)), default=None),
    )
    sums = (
        Transaction.objects.filter(
            portfolio_id__in=scope.portfolio_ids, trade_date__gte=first, trade_date__lte=last
        )
        .filter(dividend | withheld | own_fee | inside)
        .annotate(rate=rate)
        .aggregate(
            dividends=Sum(F("amount") * F("rate"), filter=dividend),
            payments=Count("id", filter=dividend & Q(reverses__isnull=True, reversal__isnull=True)),
            withheld=Sum(F("amount") * F("rate"), filter=withheld),
            account_fees=Sum(F("amount") * F("rate"), filter=own_fee),
            trade_fees=Sum(F("fees") * F("rate"), filter=inside & ~own_fee),
            rateless=Count("id", filter=Q(rate__isnull=True)),
        )
    )
    is_known = not sums["rateless"] and _has_one_currency(scope)
    return IncomeSum(
        dividends=(sums["dividends"] or ZERO) if is_known else None,
        payments=sums["payments"],
        withheld=-(sums["withheld"] or ZERO) if is_known else None,
        fees=(sums["trade_fees"] or ZERO) - (sums["account_fees"] or ZERO) if is_known else None,
        rateless=sums["rateless"],
    )


def realised_between(scope: Scope, first: date, last: date) -> RealisedSum:
    """Gains of the disposals of the days given. One query."""
    rows = (
        Disposal.objects.filter(portfolio_id__in=scope.portfolio_ids, disposed__gte=first, disposed__lte=last)
        .values_list("term")
        .annotate(gain=Sum("recognised_base"), count=Count("id"), known=Count("recognised_base"))
        .values_list("term", "gain", "count", "known")
    )
    by_term = {term: (gain or ZERO, count, known) for term, gain, count, known in rows}
    short, short_count, short_known = by_term.get("short", (ZERO, 0, 0))
    long, long_count, long_known = by_term.get("long", (ZERO, 0, 0))
    is_known = _has_one_currency(scope)
    return RealisedSum(
        short=short if is_known else None,
        short_count=short_count,
        long=long if is_known else None,
        long_count=long_count,
        unknown=(short_count - short_known)
        + (long_count - long_known)
        + by_term.get("unknown", (ZERO, 0, 0))[1],
    )


def _has_one_currency(scope: Scope) -> bool:
    return all(account.base_currency == scope.currency for account in scope.accounts)
