"""Fetching a statement from Interactive Brokers, and taking it into the book like one that was uploaded."""

import re
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.files.base import ContentFile

from accounts.models import User
from common.errors import DomainError
from portfolios.services.import_direct import DirectImport, import_direct
from trading.brokers.ibkr.flex_service import FlexError, FlexLogin, FlexService

_ACCOUNT = re.compile(rb"<FlexStatement\s[^>]*?accountId\s*=\s*[\"']([^\"']*)[\"']")


@dataclass
class FlexRefused(DomainError):
    """There is no statement; `code` is flex-1012 and the like, or flex-unavailable.

    With `needs_person` asking again changes nothing; else it may be tried again after `retry_seconds`.
    """

    needs_person: bool = False
    retry_seconds: int = 0


def flex_import(
    *,
    user: User,
    portfolio_name: str,
    token: str,
    query: str,
    first: date | None = None,
    last: date | None = None,
    only_account: str = "",
    service: FlexService | None = None,
) -> DirectImport:
    """Take the statement of a Flex query into the portfolio of that name; it is opened when missing.

    With `first` and `last` the statement is of those days, whatever the query is set to. Every row is known
    by the broker's own number (`ibExecID`, `transactionID`), so days that overlap an earlier statement, or
    fills that came over the API before, add nothing twice. With `only_account` a statement that tells of any
    other account is refused, so that it never lands in the wrong portfolio. Raises FlexRefused, or
    DomainError as `import_direct` does; the book is then as it was.
    """
    asked = service or FlexService(settings.FLEX_URL)
    login = FlexLogin(token=token, query=query)
    try:
        content = asked.statement_of(login, first, last) if first and last else asked.statement(login)
    except FlexError as error:
        raise FlexRefused(
            detail=str(error),
            code=f"flex-{error.code or 'unavailable'}",
            needs_person=error.needs_person,
            retry_seconds=error.retry_seconds,
        ) from None
    _check_accounts(content, only_account)
    days = f"-{first:%Y%m%d}-{last:%Y%m%d}" if first and last else ""
    return import_direct(
        file=ContentFile(content),
        file_name=f"flex-{query}{days}.xml",
        owner_email=user.email,
        portfolio_name=portfolio_name,
    )


def _check_accounts(content: bytes, only: str) -> None:
    """Raises FlexRefused for a statement that is not of one account alone."""
    told = {name.decode("utf-8", "replace") for name in _ACCOUNT.findall(content)}
    if only and told != {only}:
        names = " and ".join(f"••{name[-4:]}" for name in sorted(told)) or "no account"
        raise FlexRefused(
            f"The Flex query tells of {names}, not of ••{only[-4:]} alone. Choose that account in the query.",
            code="flex-account",
            needs_person=True,
        )
