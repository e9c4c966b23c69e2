"""Remembering accounts at brokers by their number, so that the next statement finds its way."""

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
