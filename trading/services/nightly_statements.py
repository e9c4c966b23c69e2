"""The statements of accounts with a Flex query, fetched night by night into the book."""

from datetime import date, datetime, timedelta
from uuid import UUID

from accounts.models import HouseholdMember, User
from accounts.services.external_accounts import external_account_note, external_account_remember
from common.errors import DomainError
from common.transactions import write_transaction
from portfolios.selectors.facts import EXCHANGE_ZONE
from trading.brokers.ibkr.flex_service import FlexService
from trading.models import BrokerAccount
from trading.services.broker_sync import SyncNotes, SyncOutcome, run_begin, run_end
from trading.services.flex_statements import FlexRefused, flex_import

PROVIDER = "Interactive Brokers"
# The first statement reaches back a year, the most that one spans; later ones look again at the last days, in
# which the broker still corrects.
FIRST_DAYS = 365
AGAIN_DAYS = 10


def accounts_with_statements() -> list[UUID]:
    """Accounts that have a Flex query and the token for it."""
    rows = BrokerAccount.objects.exclude(flex_query="").filter(gateway__is_enabled=True)
    return [row.pk for row in rows.order_by("pk") if row.flex_token]


def days_wanted(account: BrokerAccount, now: datetime) -> tuple[date, date]:
    """The days of the next statement: Activity statements end with the day before."""
    last = now.astimezone(EXCHANGE_ZONE).date() - timedelta(days=1)
    if account.flex_until is None:
        return last - timedelta(days=FIRST_DAYS - 1), last
    return min(account.flex_until - timedelta(days=AGAIN_DAYS), last), last


def statement_fetch(
    *, account_id: UUID, now: datetime, cause: str = "flex", service: FlexService | None = None
) -> tuple[SyncOutcome, int]:
    """Fetch an account's statement into its portfolio: the run, and in how many seconds to try again.

    Nought seconds when it was done, or when only a person can mend it: the run and the account's link say
    what. Never raises for what the service or the book refuses.
    """
    account = BrokerAccount.objects.select_related("gateway", "portfolio__household").get(pk=account_id)
    run, notes = run_begin(gateway=account.gateway, cause=cause, now=now), SyncNotes()
    retry = 0
    refusal: DomainError | None = None
    try:
        _fetched(account, notes, now, service)
    except DomainError as error:
        refusal = error
        notes.failures.append(f"{account}: {error.detail}")
        retry = error.retry_seconds if isinstance(error, FlexRefused) else 0
    except Exception:
        notes.failures.append(f"{account}: something went wrong on our side.")
        run_end(run, notes)
        raise
    _link_note(account, refusal, now)
    run_end(run, notes)
    return SyncOutcome(run=run), retry


def _fetched(account: BrokerAccount, notes: SyncNotes, now: datetime, service: FlexService | None) -> None:
    user = _keeper(account)
    if user is None:
        raise DomainError("Nobody of the household can sign in, so nobody imports for it.", code="no-user")
    first, last = days_wanted(account, now)
    done = flex_import(
        user=user,
        portfolio_name=account.portfolio.name,
        token=account.flex_token,
        query=account.flex_query,
        first=first,
        last=last,
        only_account=account.code,
        service=service,
    )
    run = done.run
    notes.add(rows_new=run.rows_new, rows_known=run.rows_known, rows_left_out=run.rows_left_out)
    notes.add(rows_wrong=run.rows_wrong, findings=len(done.findings))
    _until_set(account, last)


@write_transaction
def _until_set(account: BrokerAccount, last: date) -> None:
    BrokerAccount.objects.filter(pk=account.pk).update(flex_until=last)


def _keeper(account: BrokerAccount) -> User | None:
    """In whose name statements are imported: the holder's, else the first of the household who signs in."""
    members = HouseholdMember.objects.filter(
        household_id=account.portfolio.household_id, user__is_active=True
    ).select_related("user")
    member = members.filter(pk=account.portfolio.holder_id).first()
    member = member or members.filter(sees_all=True).order_by("created_at").first()
    return member.user if member else None


def _link_note(account: BrokerAccount, refusal: DomainError | None, now: datetime) -> None:
    link = external_account_remember(
        household_id=account.portfolio.household_id, provider=PROVIDER, account_number=account.code
    )
    external_account_note(
        link=link,
        now=now,
        error=refusal.detail if refusal else "",
        needs_person=refusal is not None and getattr(refusal, "needs_person", True),
    )
