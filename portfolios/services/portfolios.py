"""Opening accounts in the book, and tying them to the accounts at brokers that they mirror."""

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import HouseholdMember
from accounts.services.external_accounts import external_account_remember
from common.audit import audit_record, event_record
from common.errors import Conflict, InvalidInput
from common.transactions import write_transaction
from portfolios.engine.records import ReliefMethod
from portfolios.engine.statements.currencies import KNOWN
from portfolios.models import Portfolio

EDITABLE = ("holder_id", "name", "kind", "base_currency", "relief", "reinvests_dividends")


@write_transaction
def portfolio_create(
    *,
    household_id: UUID,
    holder: HouseholdMember,
    name: str,
    kind: str = Portfolio.Kind.TAXABLE,
    base_currency: str = "USD",
    relief: str = ReliefMethod.FIFO,
    reinvests_dividends: bool = False,
    actor_id: UUID | None = None,
) -> Portfolio:
    """Open an account in the household's book.

    Raises InvalidInput for a name that is taken or empty, a kind or a currency that is not known, and a
    holder from another household. `base_currency` is an ISO 4217 code.
    """
    name = _checked(household_id, holder, name, kind, base_currency)
    if relief not in {method.value for method in ReliefMethod}:
        raise _refused("relief", f"“{relief}” is not a way of choosing lots.")
    try:
        with transaction.atomic():
            portfolio = Portfolio.objects.create(
                household_id=household_id,
                holder=holder,
                name=name[:120],
                kind=kind,
                base_currency=base_currency,
                relief=relief,
                reinvests_dividends=reinvests_dividends,
            )
    except IntegrityError:
        raise _refused("name", f"There is a portfolio named “{name}” already.") from None
    audit_record(
        actor_id=actor_id, action="portfolio.create", subject=portfolio, detail={"name": name, "kind": kind}
    )
    event_record(
        topic="portfolio.created", household_id=household_id, payload={"portfolio": str(portfolio.pk)}
    )
    return portfolio


@write_transaction
def portfolio_link(*, portfolio: Portfolio, provider: str, account_number: str) -> None:
    """Remember that `portfolio` mirrors an account at a broker, so that its next statement finds it.

    A portfolio that is linked already keeps its link, and a number that another portfolio has stays there.
    """
    if portfolio.external_account_id is not None or not account_number:
        return
    link = external_account_remember(
        household_id=portfolio.household_id, provider=provider, account_number=account_number
    )
    if Portfolio.objects.filter(external_account=link).exclude(pk=portfolio.pk).exists():
        return
    portfolio.external_account = link
    portfolio.save(update_fields=["external_account", "updated_at"])


@write_transaction
def portfolio_update(
    *,
    portfolio: Portfolio,
    holder: HouseholdMember,
    name: str,
    kind: str,
    base_currency: str,
    relief: str = ReliefMethod.FIFO,
    reinvests_dividends: bool = False,
    actor_id: UUID | None = None,
) -> Portfolio:
    """Change what is said of an account; derive the book again afterwards when `relief` changed.

    Raises InvalidInput as `portfolio_create` does, and Conflict for another base currency once something is
    recorded: the rates of its rows are rates to the old one.
    """
    name = _checked(portfolio.household_id, holder, name, kind, base_currency)
    if relief not in {method.value for method in ReliefMethod}:
        raise _refused("relief", f"“{relief}” is not a way of choosing lots.")
    if base_currency != portfolio.base_currency and portfolio.transactions.exists():
        raise Conflict(
            "The base currency stays once something is recorded: the exchange rates of its rows lead to it.",
            code="currency-fixed",
            fields={"base_currency": ["Something is recorded already, so the base currency stays."]},
        )
    before = {field: str(getattr(portfolio, field)) for field in EDITABLE}
    portfolio.holder = holder
    portfolio.name = name[:120]
    portfolio.kind = kind
    portfolio.base_currency = base_currency
    portfolio.relief = relief
    portfolio.reinvests_dividends = reinvests_dividends
    try:
        with transaction.atomic():
            portfolio.save()
    except IntegrityError:
        raise _refused("name", f"There is a portfolio named “{name}” already.") from None
    after = {field: str(getattr(portfolio, field)) for field in EDITABLE}
    audit_record(
        actor_id=actor_id,
        action="portfolio.update",
        subject=portfolio,
        detail={field: [before[field], after[field]] for field in EDITABLE if before[field] != after[field]},
    )
    event_record(
        topic="portfolio.updated",
        household_id=portfolio.household_id,
        payload={"portfolio": str(portfolio.pk)},
    )
    return portfolio


@write_transaction
def portfolio_close(*, portfolio: Portfolio, day: date, actor_id: UUID | None = None) -> Portfolio:
    """Mark an account as closed on `day`: its history stays, nothing more is recorded into it.

    Raises Conflict while it holds something, and when it is closed already.
    """
    if portfolio.closed_on is not None:
        raise Conflict("This account is closed already.", code="already-closed")
    if portfolio.holdings.exclude(quantity=0).exists() or portfolio.cash_balances.exclude(amount=0).exists():
        raise Conflict(
            "This account still holds positions or cash: record their sale, withdrawal or transfer first.",
            code="not-empty",
        )
    portfolio.closed_on = day
    portfolio.save(update_fields=["closed_on", "updated_at"])
    audit_record(
        actor_id=actor_id, action="portfolio.close", subject=portfolio, detail={"day": day.isoformat()}
    )
    event_record(
        topic="portfolio.closed",
        household_id=portfolio.household_id,
        payload={"portfolio": str(portfolio.pk)},
    )
    return portfolio


@write_transaction
def portfolio_reopen(*, portfolio: Portfolio, actor_id: UUID | None = None) -> Portfolio:
    """Take a closing back."""
    portfolio.closed_on = None
    portfolio.save(update_fields=["closed_on", "updated_at"])
    audit_record(actor_id=actor_id, action="portfolio.reopen", subject=portfolio, detail={})
    return portfolio


def _checked(household_id: UUID, holder: HouseholdMember, name: str, kind: str, base_currency: str) -> str:
    """The trimmed name. Raises InvalidInput for anything about an account that cannot be."""
    name = name.strip()
    if not name:
        raise _refused("name", "Give the portfolio a name.")
    if kind not in Portfolio.Kind.values:
        raise _refused("kind", f"“{kind}” is not a kind of account.")
    if base_currency not in KNOWN:
        raise _refused("base_currency", f"“{base_currency}” is not a currency code of ISO 4217.")
    if holder.household_id != household_id:
        raise _refused("holder", "The holder belongs to another household.")
    return name


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(detail=sentence, code="invalid-portfolio", fields={field: [sentence]})
