"""Loading the demo household into the book through the same services as everybody else's data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import ExternalAccount, Household, HouseholdMember, User
from common.transactions import write_transaction
from portfolios.models import (
    Disposal,
    Finding,
    Holding,
    Instrument,
    Lot,
    LotSelection,
    Portfolio,
    Price,
    Transaction,
    WashSale,
)
from portfolios.services.book import book_derive
from portfolios.services.instruments import InstrumentResolver
from portfolios.services.ledger import transactions_record
from portfolios.services.prices import NewPrice, prices_record
from portfolios.services.valuations import valuations_refresh
from taxharvest.services.replacement_rows import pairs_load
from wealthalloc.demo.gateway import paper_trading_drop
from wealthalloc.demo.harvesting import harvesting_tell, harvests_drop
from wealthalloc.demo.household import ACCOUNTS, EMAIL, HOUSEHOLD, OWNER, PASSWORD, SPOUSE, DemoAccount
from wealthalloc.demo.intelligence_advice import advice_tell
from wealthalloc.demo.intelligence_news import lessons_tell, news_tell
from wealthalloc.demo.intelligence_risk import risk_tell
from wealthalloc.demo.intelligence_scores import scores_tell
from wealthalloc.demo.market import DemoMarket, demo_market
from wealthalloc.demo.story import tell_story
from wealthalloc.demo.targets import targets_tell
from wealthalloc.demo.taxes import lots_name, tax_profiles_tell

SOURCE = "demo"
YEARS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSummary:
    """What loading did."""

    transactions: int
    prices: int
    last_day: date
    was_loaded: bool


def demo_sessions(yesterday: date) -> list[date]:
    """The New York trading sessions of the three years that end on or before `yesterday`."""
    import exchange_calendars  # noqa: PLC0415 - slow to import, and serving processes never need it

    first = yesterday - timedelta(days=365 * YEARS + 1)
    calendar = exchange_calendars.get_calendar("XNYS", start=first.isoformat(), end=yesterday.isoformat())
    return [session.date() for session in calendar.sessions]


@write_transaction
def demo_load(*, today: date, fresh: bool = False) -> DemoSummary:
    """Make the demo household stand as of yesterday, unless it already does.

    A household of an earlier day is taken down and told anew as long as it holds nothing but the demo's
    own rows; when somebody has added to it, its ledger stays as it is unless `fresh` is set. A book that
    stays is derived again, since a newer release may bring newer rules.
    """
    sessions = demo_sessions(today - timedelta(days=1))
    pairs_load()
    present = Household.objects.filter(members__user__email=EMAIL).first()
    if present is not None:
        if not fresh and (_last_day(present.pk) == sessions[-1] or _has_other_rows(present.pk)):
            book_derive(household_id=present.pk)
            _follow(present.pk, today)
            return _summary(present.pk, was_loaded=True)
        _take_down(present)
    market = demo_market(sessions)
    user, household = _people()
    portfolios = {account.key: _account(household, account) for account in ACCOUNTS}
    _prices(household, market)
    for key, rows in tell_story(market).items():
        transactions_record(portfolio=portfolios[key], parsed=rows, source=SOURCE)
    book_derive(household_id=household.pk)
    lots_name(actor=user, household_id=household.pk)
    tax_profiles_tell(actor=user, household_id=household.pk, year=today.year)
    targets_tell(actor_id=user.pk, household_id=household.pk)
    valuations_refresh(household_id=household.pk)
    _follow(household.pk, today)
    return _summary(household.pk, was_loaded=False)


def _follow(household_id: UUID, today: date) -> None:
    """What follows from the book: proposals to harvest, risk, scores, advice, lessons, news."""
    user = User.objects.get(email=EMAIL)
    harvesting_tell(actor=user, household_id=household_id, today=today)
    risk_tell(household_id=household_id, today=today)
    scores_tell()
    advice_tell(actor=user, household_id=household_id)
    lessons_tell(user, timezone.now())
    news_tell(household_id=household_id, today=today)


def _people() -> tuple[User, Household]:
    user = User.objects.filter(email=EMAIL).first()
    if user is None:
        user = User.objects.create_user(EMAIL, PASSWORD, name=OWNER, is_demo=True)
        EmailAddress.objects.create(user=user, email=EMAIL, primary=True, verified=True)
    household = Household.objects.create(name=HOUSEHOLD)
    HouseholdMember.objects.create(household=household, user=user, name=OWNER)
    HouseholdMember.objects.create(
        household=household, name=SPOUSE, relationship=HouseholdMember.Relationship.SPOUSE
    )
    return user, household


def _account(household: Household, account: DemoAccount) -> Portfolio:
    link = ExternalAccount.objects.create(
        household=household, provider=account.provider, account_number=account.number
    )
    return Portfolio.objects.create(
        household=household,
        holder=household.members.get(name=account.holder),
        external_account=link,
        name=account.name,
        kind=account.kind,
        reinvests_dividends=account.reinvests,
    )


def _prices(household: Household, market: DemoMarket) -> None:
    resolver = InstrumentResolver(household.pk)
    resolver.create_missing(quoted.facts for quoted in market.quoted.values())
    by_source: dict[str, list[NewPrice]] = {}
    for quoted in market.quoted.values():
        instrument = resolver.resolve(quoted.facts)
        by_source.setdefault(quoted.source, []).extend(
            _new_prices(instrument, market.sessions, quoted.closes)
        )
    for source, prices in by_source.items():
        prices_record(prices=prices, source=source)


def _new_prices(
    instrument: Instrument, sessions: Sequence[date], closes: Sequence[Decimal]
) -> list[NewPrice]:
    return [
        NewPrice(instrument_id=instrument.pk, day=day, close=close, currency="USD")
        for day, close in zip(sessions, closes, strict=True)
    ]


def _summary(household_id: UUID, *, was_loaded: bool) -> DemoSummary:
    return DemoSummary(
        transactions=Transaction.objects.filter(portfolio__household_id=household_id).count(),
        prices=Price.objects.filter(instrument__household_id=household_id).count(),
        last_day=_last_day(household_id),
        was_loaded=was_loaded,
    )


def _last_day(household_id: UUID) -> date:
    last = Price.objects.filter(instrument__household_id=household_id).order_by("-day").first()
    return last.day if last else date.min


def _has_other_rows(household_id: UUID) -> bool:
    return Transaction.objects.filter(portfolio__household_id=household_id).exclude(source=SOURCE).exists()


def _take_down(household: Household) -> None:
    """Remove the demo household. Its ledger is invented, so this one ledger may be taken down raw."""
    portfolios = Portfolio.objects.filter(household=household)
    harvests_drop(portfolios)
    paper_trading_drop(portfolios)
    named = LotSelection.objects.filter(transaction__portfolio__in=portfolios)
    named._raw_delete(named.db)
    for model in (Finding, Holding, Lot, Disposal, WashSale, Transaction):
        rows = model._default_manager.filter(portfolio__in=portfolios)
        rows._raw_delete(rows.db)
    portfolios.delete()
    household.import_runs.all().delete()
    household.delete()
