"""The life of a recommendation: put forward once, accepted, dismissed, snoozed, expired."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Household, User
from common.audit import audit_record, event_record
from common.errors import Conflict, InvalidInput, NotFound
from common.transactions import write_transaction
from mlrecs.engine.quiet import MOST_WAITING, Ended, PastAdvice, is_quiet
from mlrecs.engine.reasons import Reason, reason_json
from mlrecs.models import ModelVersion, Recommendation

State = Recommendation.State
LIVING = (State.OPEN, State.SNOOZED)
SHORTEST_SNOOZE = timedelta(hours=1)
LONGEST_SNOOZE = timedelta(days=90)
LONGEST_REASON = 300
# What a newer look at the same subject brings up to date while it waits for a decision.
RENEWED = (
    "title", "words", "reasons", "figures", "binding", "counterfactual", "confidence", "costs", "orders",
    "data_until", "model",
)  # fmt: skip


@write_transaction
def recommendation_put(
    *,
    household: Household,
    portfolio: Any,
    kind: str,
    subject: str,
    title: str,
    words: str,
    reasons: Sequence[Reason],
    figures: Mapping[str, Any],
    binding: str,
    counterfactual: str,
    confidence: Mapping[str, Any],
    costs: Mapping[str, Any],
    orders: Sequence[Mapping[str, str]],
    data_until: date,
    expires_at: datetime,
    now: datetime,
    model: ModelVersion | None = None,
) -> Recommendation | None:
    """Put an advice forward, once: the new row, or None when its subject is not to be raised now.

    A subject (`"sector:Energy"`) is one per household. While it waits for a decision its row is brought up to
    date with newer data and keeps its end; a snoozed one is left alone. One that was dismissed, accepted or
    left to expire rests (`mlrecs.engine.quiet`), and of one kind no more than three wait at a time.

    `portfolio` is the account it is about, or None for the household. All numbers are text or whole numbers:
    rounded where they leave the arrays. `orders` are rows of a basket: `side`, `symbol`, `instrument`,
    `quantity`. `confidence` has `words` and its calibration record, `costs` amounts by name.
    """
    content = {
        "title": title, "words": words, "reasons": [reason_json(one) for one in reasons],
        "figures": dict(figures), "binding": binding, "counterfactual": counterfactual,
        "confidence": dict(confidence), "costs": dict(costs), "orders": [dict(one) for one in orders],
        "data_until": data_until, "model": model,
    }  # fmt: skip
    living = _living(household, subject)
    if living is not None:
        _renew(living, content)
        return None
    if is_quiet(_past(household, subject), now) or _waiting(household, kind) >= MOST_WAITING:
        return None
    row = Recommendation(
        household=household, portfolio=portfolio, kind=kind, subject=subject, expires_at=expires_at, **content
    )
    return _created(row)


@write_transaction
def recommendation_accept(
    user: User, recommendation_id: UUID, *, reason: str, now: datetime
) -> Recommendation:
    """Note that a person takes the advice up; nothing is ordered by it. Done twice it changes nothing.

    Raises NotFound for one that is not the person's to see, and Conflict for one that is over.
    """
    return _decide(user, recommendation_id, State.ACCEPTED, reason.strip(), now)


@write_transaction
def recommendation_dismiss(
    user: User, recommendation_id: UUID, *, reason: str, now: datetime
) -> Recommendation:
    """Set an advice aside with the reason, so that it is not raised again soon. Twice changes nothing.

    Raises NotFound, InvalidInput without a reason, and Conflict for one that is over.
    """
    words = reason.strip()
    if not words:
        sentence = "Say why, in a word or two: it is kept with the recommendation."
        raise InvalidInput(sentence, code="invalid-input", fields={"reason": [sentence]})
    return _decide(user, recommendation_id, State.DISMISSED, words, now)


@write_transaction
def recommendation_snooze(
    user: User, recommendation_id: UUID, *, until: datetime, reason: str, now: datetime
) -> Recommendation:
    """Put an advice off until a moment within ninety days; it never outlives its own end.

    Raises NotFound, InvalidInput for a moment too near or too far, and Conflict for one that is over.
    """
    if not now + SHORTEST_SNOOZE <= until <= now + LONGEST_SNOOZE:
        sentence = "Choose a time between an hour and ninety days from now."
        raise InvalidInput(sentence, code="invalid-input", fields={"until": [sentence]})
    row = _locked(user, recommendation_id, now)
    row.state, row.snoozed_until, row.reason = State.SNOOZED, until, reason.strip()[:LONGEST_REASON]
    row.save(update_fields=["state", "snoozed_until", "reason", "updated_at"])
    _noted(row, "snooze", user)
    return row


@write_transaction
def recommendations_follow(now: datetime) -> int:
    """End what nobody decided about in time, and wake what was put off; returns how many changed."""
    rows = Recommendation.objects.select_for_update().filter(state__in=LIVING).order_by("pk")
    over = list(rows.filter(expires_at__lte=now))
    for row in over:
        row.state, row.decided_at, row.reason = State.EXPIRED, now, "Nobody decided in time."
        row.save(update_fields=["state", "decided_at", "reason", "updated_at"])
        _noted(row, "expire", None)
    awake = list(rows.filter(state=State.SNOOZED, snoozed_until__lte=now))
    for row in awake:
        row.state = State.OPEN
        row.save(update_fields=["state", "updated_at"])
        _tell(row)
    return len(over) + len(awake)


def _created(row: Recommendation) -> Recommendation | None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None  # another run was faster: its row is as good
    _noted(row, "create", None)
    return row


def _renew(living: Recommendation, content: Mapping[str, Any]) -> None:
    """Bring a waiting row up to date; one that was put off stays as it was read."""
    if living.state != State.OPEN or content["data_until"] <= living.data_until:
        return
    for name in RENEWED:
        setattr(living, name, content[name])
    living.save(update_fields=[*RENEWED, "updated_at"])
    _tell(living)


def _decide(user: User, recommendation_id: UUID, state: str, reason: str, now: datetime) -> Recommendation:
    row = _locked(user, recommendation_id, now, settled=state)
    if row.state == state:
        return row
    row.state, row.reason = state, reason[:LONGEST_REASON]
    row.decided_by, row.decided_at = user, now
    row.save(update_fields=["state", "reason", "decided_by", "decided_at", "updated_at"])
    _noted(row, "accept" if state == State.ACCEPTED else "dismiss", user)
    return row


def _locked(user: User, recommendation_id: UUID, now: datetime, *, settled: str = "") -> Recommendation:
    """The row, locked; living, or decided the same way before."""
    rows = Recommendation.objects.visible_to(user).select_for_update(of=("self",))
    row: Recommendation | None = rows.filter(pk=recommendation_id).first()
    if row is None:
        raise NotFound("There is no such recommendation.", code="not-found")
    if row.state == settled:
        return row
    if row.state not in LIVING:
        said = row.get_state_display().lower()
        raise Conflict(f"The recommendation is {said} already.", code="recommendation-settled")
    if row.expires_at <= now:
        raise Conflict(
            "The recommendation has expired: its figures are too old.", code="recommendation-expired"
        )
    return row


def _living(household: Household, subject: str) -> Recommendation | None:
    rows = Recommendation.objects.select_for_update().filter(household=household, subject=subject)
    found: Recommendation | None = rows.filter(state__in=LIVING).first()
    return found


def _past(household: Household, subject: str) -> list[PastAdvice]:
    ended = Recommendation.objects.filter(household=household, subject=subject).exclude(state__in=LIVING)
    rows = ended.exclude(decided_at=None).values_list("state", "decided_at")
    return [PastAdvice(ended=Ended(state), at=at) for state, at in rows]


def _waiting(household: Household, kind: str) -> int:
    rows = Recommendation.objects.filter(household=household, kind=kind, state__in=LIVING)
    return int(rows.count())


def _noted(row: Recommendation, action: str, user: User | None) -> None:
    audit_record(
        actor_id=None if user is None else user.pk,
        action=f"recommendation.{action}",
        subject=row,
        detail={"kind": str(row.kind), "subject": row.subject, "reason": row.reason},
    )
    _tell(row)


def _tell(row: Recommendation) -> None:
    event_record(
        topic="recommendation.changed",
        household_id=row.household_id,
        payload={
            "recommendation": str(row.pk),
            "portfolio": str(row.portfolio_id) if row.portfolio_id else "",
            "state": str(row.state),
        },
    )
