"""Remembering accounts at brokers by their number, so that the next statement finds its way."""

from datetime import datetime
from uuid import UUID

from accounts.models import ExternalAccount
from common.transactions import write_transaction


@write_transaction
def external_account_remember(*, household_id: UUID, provider: str, account_number: str) -> ExternalAccount:
    """The household's link to an account at a broker, made when there is none yet.

    A link that a person made by statement says nothing secret: it holds no credentials.
    """
    link, _ = ExternalAccount.objects.get_or_create(
        household_id=household_id, provider=provider[:40], account_number=account_number[:60]
    )
    return link


@write_transaction
def external_account_note(
    *, link: ExternalAccount, now: datetime, error: str = "", needs_person: bool = False
) -> None:
    """Note how fetching from a linked account went; it is failing once only a person can mend it."""
    state = ExternalAccount.State
    if not error:
        link.state, link.last_sync_at = state.LINKED, now
    elif needs_person:
        link.state = state.FAILING
    link.last_error = error[:300]
    link.save(update_fields=["state", "last_sync_at", "last_error", "updated_at"])
