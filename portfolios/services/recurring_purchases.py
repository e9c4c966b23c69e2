"""Purchases that an account makes by itself and dividends it reinvests: told, paused, taken up again."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from common.audit import audit_record, event_record
from common.errors import InvalidInput, NotFound
from common.money import LIMIT
from common.transactions import write_transaction
from portfolios.models import Portfolio, RecurringPurchase
from portfolios.selectors.portfolios import instrument_known, portfolio_edit

TOPIC = "plans.changed"


@write_transaction
def recurring_purchase_add(
    user: User, *, portfolio_id: UUID, instrument_id: UUID, amount: Decimal, pace: str, next_on: date
) -> RecurringPurchase:
    """Tell of a purchase for `amount`, in the instrument's currency, that comes again from `next_on` on.

    Telling the same one twice keeps one. Raises NotFound for an account that `user` may not record into or an
    instrument that its household does not know, and InvalidInput naming the field.
    """
    portfolio = portfolio_edit(user, portfolio_id)
    instrument = instrument_known(portfolio.household_id, instrument_id)
    _check(portfolio, amount, pace)
    Portfolio.objects.select_for_update().get(pk=portfolio.pk)
    plan, is_new = RecurringPurchase.objects.get_or_create(
        portfolio=portfolio,
        instrument=instrument,
        amount=amount,
        pace=pace,
        next_on=next_on,
        defaults={"currency": instrument.currency or portfolio.base_currency},
    )
    if is_new:
        _noted(user, "recurring_purchase.add", plan)
    return plan


@write_transaction
def recurring_purchase_pause(user: User, plan_id: UUID) -> RecurringPurchase:
    """Let it buy nothing until it is taken up again; one that is paused stays so. Raises NotFound."""
    return _set_paused(user, plan_id, is_paused=True)


@write_transaction
def recurring_purchase_resume(user: User, plan_id: UUID) -> RecurringPurchase:
    """Let it buy again on its next day. Raises NotFound."""
    return _set_paused(user, plan_id, is_paused=False)


@write_transaction
def recurring_purchase_end(user: User, plan_id: UUID) -> None:
    """Forget it: it has ended at the broker. Raises NotFound."""
    plan = _own(user, plan_id)
    _noted(user, "recurring_purchase.end", plan)
    plan.delete()


@write_transaction
def reinvestment_pause(user: User, portfolio_id: UUID, *, today: date) -> Portfolio:
    """Note that from `today` on the account pays its dividends out; a pause that holds keeps its day.

    Raises NotFound for an account that `user` may not record into.
    """
    portfolio = portfolio_edit(user, portfolio_id)
    if portfolio.reinvestment_paused_on is None or portfolio.reinvestment_paused_on > today:
        _set_pause(user, portfolio, today)
    return portfolio


@write_transaction
def reinvestment_resume(user: User, portfolio_id: UUID) -> Portfolio:
    """Note that the account reinvests again as it did before the pause. Raises NotFound."""
    portfolio = portfolio_edit(user, portfolio_id)
    if portfolio.reinvestment_paused_on is not None:
        _set_pause(user, portfolio, None)
    return portfolio


def _set_paused(user: User, plan_id: UUID, *, is_paused: bool) -> RecurringPurchase:
    plan = _own(user, plan_id)
    if plan.is_paused is not is_paused:
        plan.is_paused = is_paused
        plan.save(update_fields=["is_paused", "updated_at"])
        _noted(user, "recurring_purchase.pause" if is_paused else "recurring_purchase.resume", plan)
    return plan


def _set_pause(user: User, portfolio: Portfolio, day: date | None) -> None:
    portfolio.reinvestment_paused_on = day
    portfolio.save(update_fields=["reinvestment_paused_on", "updated_at"])
    action = "reinvestment.resume" if day is None else "reinvestment.pause"
    audit_record(actor_id=user.pk, action=action, subject=portfolio, detail={"from": str(day or "")})
    event_record(topic=TOPIC, household_id=portfolio.household_id, payload={"portfolio": str(portfolio.pk)})


def _own(user: User, plan_id: UUID) -> RecurringPurchase:
    """The plan of an account into which `user` may record, locked."""
    editable = Portfolio.objects.editable_by(user)
    rows = RecurringPurchase.objects.select_for_update().filter(pk=plan_id, portfolio__in=editable)
    plan: RecurringPurchase | None = rows.first()
    if plan is None:
        raise NotFound("There is no such recurring purchase.", code="not-found")
    return plan


def _check(portfolio: Portfolio, amount: Decimal, pace: str) -> None:
    if portfolio.closed_on is not None:
        raise _refused("portfolio", "This account is closed: nothing is bought in it.")
    if not 0 < amount < LIMIT:
        raise _refused("amount", "Say how much each purchase is for, above zero.")
    if pace not in RecurringPurchase.Pace.values:
        raise _refused("pace", "Choose how often it buys.")


def _noted(user: User, action: str, plan: RecurringPurchase) -> None:
    audit_record(
        actor_id=user.pk,
        action=action,
        subject=plan,
        detail={
            "portfolio": str(plan.portfolio_id),
            "instrument": str(plan.instrument_id),
            "amount": f"{plan.amount:f}",
            "pace": plan.pace,
        },
    )
    event_record(
        topic=TOPIC,
        household_id=plan.portfolio.household_id,
        payload={"portfolio": str(plan.portfolio_id)},
    )


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(detail=sentence, code="invalid-plan", fields={field: [sentence]})
