"""Trainings: asked for within a quota, made by a worker epoch by epoch, stopped and gone on with at will.

After every epoch the whole state is kept with the run. A worker that is killed loses the epoch it was in; the
next one goes on from the state, and the weights in the end are those of a training that nobody interrupted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from accounts.models import HouseholdMember, User
from common.audit import audit_record
from common.errors import Conflict, DomainError, NotFound
from common.models import AuditEvent
from common.throttling import TooManyAttempts
from common.transactions import write_transaction
from mlrecs.engine.model_catalogue import ANOMALIES
from mlrecs.engine.training_wishes import TrainingWish, wish_read
from mlrecs.models import ModelVersion, TrainingRun
from mlrecs.selectors.training_runs import AT_WORK, may_be_taken
from mlrecs.services.model_versions import NewModel, version_register
from mlrecs.services.training_data import TrainingData, training_data

if TYPE_CHECKING:
    from mlrecs.quant.learning import Learnt

State = TrainingRun.State
# A training keeps one core busy for seconds to a minute.
A_DAY = 6
AT_ONCE = 1
DAY = timedelta(days=1)
ASKED = "training.ask"
OUR_FAULT = "Something went wrong on our side while this model was trained. Ask for it again."
FULL = 100
DATA_CHANGED = "The returns have changed since it was stopped, so it began anew."

Told = Callable[[TrainingRun], None]


@write_transaction
def training_ask(*, user: User, wish: TrainingWish, now: datetime) -> TrainingRun:
    """A training for the household of `user` that a worker has to make.

    Raises NotFound for somebody who does not see all of a household, TooManyAttempts when the quota is used
    up.
    """
    household_id = _household_of(user)
    # Two requests at once of one person are counted one after the other.
    User.objects.select_for_update().get(pk=user.pk)
    _quota_check(user, now)
    run: TrainingRun = TrainingRun.objects.create(
        household_id=household_id, requested_by=user, settings=wish.to_json()
    )
    audit_record(actor_id=user.pk, action=ASKED, subject=run, detail=run.settings)
    return run


def training_begin(*, wish: TrainingWish, household_id: UUID | None = None) -> TrainingRun:
    """A training that the calendar or the operator asks for; there is no quota."""
    run: TrainingRun = TrainingRun.objects.create(household_id=household_id, settings=wish.to_json())
    return run


def training_make(*, run_id: UUID, now: datetime, told: Told | None = None) -> TrainingRun | None:
    """Make a training that waits, or go on with one whose worker was lost; None when there is nothing to do.

    What stands in the way of it is written down as its reason; a fault of ours is raised, too.
    """
    taken = TrainingRun.objects.filter(may_be_taken(now), pk=run_id)
    if not taken.update(state=State.RUNNING, started_at=now, updated_at=now):
        return None
    run = TrainingRun.objects.get(pk=run_id)
    try:
        _make(run, now, told)
    except DomainError as refusal:
        training_fail(run_id=run_id, words=refusal.detail)
    except Exception:
        training_fail(run_id=run_id, words=OUR_FAULT)
        raise
    return TrainingRun.objects.get(pk=run_id)


@write_transaction
def training_cancel(*, run_id: UUID, user: User) -> TrainingRun:
    """Stop a training: one that waits at once, one that runs after its epoch. What it learnt is kept.

    Raises NotFound for one that is not the user's to stop, Conflict when it has ended.
    """
    run = _own_run(run_id, user)
    if run.state not in AT_WORK:
        raise Conflict("This training has ended already.", code="training-ended")
    if run.state == State.WAITING:
        run.state = State.CANCELLED
    run.is_cancel_wanted = True
    run.save(update_fields=["state", "is_cancel_wanted", "updated_at"])
    audit_record(actor_id=user.pk, action="training.cancel", subject=run, detail={})
    return run


@write_transaction
def training_go_on(*, run_id: UUID, user: User, now: datetime) -> TrainingRun:
    """Let a stopped or failed training go on where it was; a worker has to take it up.

    Raises NotFound for one that is not the user's, Conflict when it needs no going on, TooManyAttempts when
    another of theirs is at work.
    """
    run = _own_run(run_id, user)
    if run.state not in (State.CANCELLED, State.FAILED):
        raise Conflict("This training is not stopped.", code="training-not-stopped")
    _at_once_check(user)
    run.state, run.is_cancel_wanted, run.words, run.finished_at = State.WAITING, False, "", None
    run.save(update_fields=["state", "is_cancel_wanted", "words", "finished_at", "updated_at"])
    audit_record(actor_id=user.pk, action="training.go_on", subject=run, detail={"at": now.isoformat()})
    return run


def training_fail(*, run_id: UUID, words: str) -> None:
    """Say why a training did not come about; its checkpoint stays, so that it can go on."""
    TrainingRun.objects.filter(pk=run_id, state__in=AT_WORK).update(
        state=State.FAILED, words=words[:300], finished_at=timezone.now(), updated_at=timezone.now()
    )


def _make(run: TrainingRun, now: datetime, told: Told | None) -> None:
    # Arrays are loaded where the work is done: pages import this module.
    from mlrecs.quant.learning import learn  # noqa: PLC0415

    wish = wish_read(run.settings)
    data = training_data(wish, household_id=run.household_id, today=now.date())
    start = _start(run, data)
    learnt = learn(
        wish.name,
        data.returns,
        seed=wish.seed,
        epochs=wish.epochs,
        start=start,
        on_epoch=Keeper(run, told),
    )
    run.refresh_from_db(fields=["is_cancel_wanted", "progress"])
    if run.is_cancel_wanted and run.progress < FULL:
        _end(run, State.CANCELLED, "Stopped. It can go on where it was.")
        return
    run.model, run.checkpoint = _register(run, wish, data, learnt), None
    _end(run, State.DONE, run.words)


def _register(run: TrainingRun, wish: TrainingWish, data: TrainingData, learnt: "Learnt") -> ModelVersion:
    """The model that came of it: a challenger, shown beside the champion and raising no alarms."""
    new = NewModel(
        task=ANOMALIES,
        name=wish.name,
        weights=learnt.weights,
        household_id=run.household_id,
        settings=learnt.settings | {"source": wish.source},
        universe=data.symbols,
        data_digest=data.digest,
        data_from=data.days[0],
        data_until=data.days[-1],
        seed=wish.seed,
        metrics=learnt.metrics | {"losses": run.history},
        thresholds=learnt.thresholds,
    )
    return version_register(new, status=ModelVersion.Status.CHALLENGER)


def _start(run: TrainingRun, data: TrainingData) -> bytes | None:
    """The state to go on from, if it is one of the same returns."""
    kept = run.settings.get("data_digest")
    if run.checkpoint is not None and kept == data.digest:
        return bytes(run.checkpoint)
    run.words = DATA_CHANGED if run.checkpoint is not None else ""
    run.settings = run.settings | {"data_digest": data.digest}
    run.history, run.progress = [], 0
    run.save(update_fields=["settings", "history", "progress", "words", "updated_at"])
    return None


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps the state of each epoch with its run, and hears of a wish to stop."""

    run: TrainingRun
    told: Told | None

    def __call__(self, epoch: int, epochs: int, loss: float, state: bytes) -> bool:
        """Keep one epoch; False when somebody wants the training to stop."""
        run = self.run
        run.history = [*run.history, f"{loss:.6f}"]
        run.progress, run.checkpoint = FULL * epoch // epochs, state
        run.save(update_fields=["history", "progress", "checkpoint", "updated_at"])
        if self.told is not None:
            self.told(run)
        return not TrainingRun.objects.filter(pk=run.pk, is_cancel_wanted=True).exists()


def _end(run: TrainingRun, state: str, words: str) -> None:
    run.state, run.words, run.finished_at = state, words, timezone.now()
    run.save(update_fields=["state", "words", "model", "checkpoint", "finished_at", "updated_at"])


def _quota_check(user: User, now: datetime) -> None:
    _at_once_check(user)
    asked = AuditEvent.objects.filter(actor=user, action=ASKED, created_at__gt=now - DAY)
    times = list(asked.order_by("created_at").values_list("created_at", flat=True))
    if len(times) >= A_DAY:
        raise TooManyAttempts(
            detail=f"You have asked for {A_DAY} trainings within a day. Ask again tomorrow.",
            code="too-many-trainings",
            retry_after=max(1, int((times[0] + DAY - now).total_seconds())),
        )


def _at_once_check(user: User) -> None:
    if TrainingRun.objects.filter(requested_by=user, state__in=AT_WORK).count() >= AT_ONCE:
        raise TooManyAttempts(
            detail="A training of yours is being made. Wait until it is done, or stop it.",
            code="training-at-work",
            retry_after=60,
        )


def _household_of(user: User) -> UUID:
    member = HouseholdMember.objects.filter(user=user, sees_all=True).order_by("pk").first()
    if member is None:
        raise NotFound("You see all of no household, so there is none to train for.", code="not-found")
    return member.household_id


def _own_run(run_id: UUID, user: User) -> TrainingRun:
    run: TrainingRun | None = (
        TrainingRun.objects.visible_to(user)
        .filter(household__isnull=False, pk=run_id)
        .select_for_update(of=("self",))
        .first()
    )
    if run is None:
        raise NotFound("There is no such training.", code="not-found")
    return run
