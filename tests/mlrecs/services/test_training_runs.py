"""Trainings: quota, progress, stopping, going on after a lost worker, and what stands in the way."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest

from accounts.models import User
from common.errors import Conflict, NotFound
from common.identifiers import uuid7
from common.throttling import TooManyAttempts
from mlrecs.engine.training_wishes import TrainingWish
from mlrecs.models import ModelVersion, TrainingRun
from mlrecs.selectors.training_runs import LOST_AFTER, runs_lost, training_run_get
from mlrecs.services import training_runs
from mlrecs.services.model_versions import weights_of
from mlrecs.services.training_data import TrainingData
from mlrecs.services.training_runs import (
    training_ask,
    training_begin,
    training_cancel,
    training_go_on,
    training_make,
)
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.mlrecs.model_bench import NOW

pytestmark = pytest.mark.django_db
WISH = TrainingWish(name="lstm", seed=7, epochs=3)
DAYS = 200


class Killed(BaseException):
    """What a worker that is killed does not survive."""


def made_up(seed: int = 1, digest: str = "one") -> TrainingData:
    returns = np.random.default_rng(seed).normal(0, 0.01, (DAYS, 5))
    days = tuple(date(2025, 1, 1) + timedelta(days=place) for place in range(DAYS))
    return TrainingData(days=days, symbols=("A", "B", "C", "D", "E"), returns=returns, digest=digest)


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch) -> dict[str, TrainingData]:
    """What every training learns from: 200 days of five made-up assets, until a test says otherwise."""
    kept = {"data": made_up()}
    monkeypatch.setattr(training_runs, "training_data", lambda *_args, **_facts: kept["data"])
    return kept


def person() -> User:
    user: User = MemberFactory.create().user
    return user


def made(run: TrainingRun) -> TrainingRun:
    found = training_make(run_id=run.pk, now=NOW)
    assert found is not None
    return found


def killed_after(run: TrainingRun, epochs: int) -> None:
    """Make a training by a worker that is killed once it has kept so many epochs."""

    def told(now: TrainingRun) -> None:
        if len(now.history) == epochs:
            raise Killed

    with pytest.raises(Killed):
        training_make(run_id=run.pk, now=NOW, told=told)


def whole(seed: int = 7) -> bytes:
    """The weights of a training that nobody interrupts."""
    run = made(training_begin(wish=TrainingWish(name="lstm", seed=seed, epochs=3)))
    assert run.model is not None
    return weights_of(run.model)


def test_a_training_that_is_done_has_a_challenger_with_all_that_made_it() -> None:
    run = made(training_begin(wish=WISH))

    assert (run.state, run.progress, len(run.history), run.checkpoint) == ("done", 100, 3, None)
    model = run.model
    assert model is not None
    assert (model.name, model.version, model.status, model.seed) == ("lstm", 1, "challenger", 7)
    assert (model.universe, model.data_digest) == (["A", "B", "C", "D", "E"], "one")
    assert (model.data_from, model.data_until) == (date(2025, 1, 1), date(2025, 7, 19))
    assert model.metrics["losses"] == run.history
    assert model.thresholds["budget"] == "0.01"


def test_the_same_seed_gives_the_same_weights_and_another_seed_does_not() -> None:
    assert whole(7) == whole(7)
    assert whole(7) != whole(8)


def test_a_killed_worker_loses_no_epoch_and_the_weights_are_the_same() -> None:
    run = training_begin(wish=WISH)
    killed_after(run, 2)
    run.refresh_from_db()
    assert (run.state, run.progress, len(run.history)) == ("running", 66, 2)
    TrainingRun.objects.filter(pk=run.pk).update(updated_at=NOW - LOST_AFTER)

    assert list(runs_lost(NOW)) == [run]
    done = made(run)

    assert (done.state, len(done.history)) == ("done", 3)
    assert done.model is not None
    assert weights_of(done.model) == whole()


def test_a_training_at_work_is_not_taken_by_a_second_worker() -> None:
    run = training_begin(wish=WISH)
    killed_after(run, 1)
    TrainingRun.objects.filter(pk=run.pk).update(updated_at=NOW - LOST_AFTER + timedelta(seconds=1))

    assert training_make(run_id=run.pk, now=NOW) is None


def test_a_checkpoint_of_other_returns_is_not_gone_on_with(data: dict[str, TrainingData]) -> None:
    run = training_begin(wish=WISH)
    killed_after(run, 2)
    TrainingRun.objects.filter(pk=run.pk).update(updated_at=NOW - LOST_AFTER)
    data["data"] = made_up(2, "two")

    done = made(run)

    assert (len(done.history), done.words) == (3, training_runs.DATA_CHANGED)
    assert done.model is not None
    assert weights_of(done.model) == whole()


def test_a_running_training_stops_after_its_epoch_and_goes_on_to_the_same_weights() -> None:
    user = person()
    run = training_ask(user=user, wish=WISH, now=NOW)

    def told(now: TrainingRun) -> None:
        training_cancel(run_id=now.pk, user=user)

    stopped = training_make(run_id=run.pk, now=NOW, told=told)
    assert stopped is not None
    assert (stopped.state, stopped.progress, stopped.words) == (
        "cancelled", 33, "Stopped. It can go on where it was.",
    )  # fmt: skip

    training_go_on(run_id=run.pk, user=user, now=NOW)
    done = made(run)

    assert (done.state, len(done.history)) == ("done", 3)
    assert done.model is not None
    assert weights_of(done.model) == whole()


def test_a_training_that_waits_is_stopped_at_once() -> None:
    user = person()
    run = training_ask(user=user, wish=WISH, now=NOW)

    assert training_cancel(run_id=run.pk, user=user).state == "cancelled"
    assert training_make(run_id=run.pk, now=NOW) is None
    with pytest.raises(Conflict, match="ended already"):
        training_cancel(run_id=run.pk, user=user)


def test_one_training_at_once_and_six_a_day() -> None:
    user = person()
    for number in range(6):
        run = training_ask(user=user, wish=WISH, now=NOW + timedelta(hours=number))
        if number == 0:
            with pytest.raises(TooManyAttempts) as busy:
                training_ask(user=user, wish=WISH, now=NOW)
            assert busy.value.code == "training-at-work"
        training_cancel(run_id=run.pk, user=user)

    with pytest.raises(TooManyAttempts) as spent:
        training_ask(user=user, wish=WISH, now=NOW + timedelta(hours=6))
    assert spent.value.code == "too-many-trainings"


def test_too_little_data_is_a_reason_and_not_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object, **_facts: object) -> TrainingData:
        raise Conflict("There are 59 days of returns to learn from; 500 are needed.", code="too-little-data")

    monkeypatch.setattr(training_runs, "training_data", refused)
    run = made(training_begin(wish=WISH))

    assert (run.state, run.words) == ("failed", "There are 59 days of returns to learn from; 500 are needed.")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda returns: returns * 0, "5 assets never move in these days."),
        (lambda returns: returns[:59], "There are 59 days of returns; at least 60 are needed."),
        (lambda returns: returns[:, :1], "There are 1 assets with returns; at least 2 are needed."),
        (lambda returns: np.where(returns > 0.03, np.nan, returns), "returns are missing"),
    ],
)  # fmt: skip
def test_returns_that_teach_nothing_are_a_reason(
    data: dict[str, TrainingData], spoil: Callable[[np.ndarray], np.ndarray], words: str
) -> None:
    usual = made_up()
    usual.returns[0, 0] = 0.05
    bad = spoil(usual.returns)
    data["data"] = TrainingData(days=usual.days, symbols=usual.symbols, returns=bad, digest="bad")

    run = made(training_begin(wish=WISH))

    assert run.state == "failed"
    assert words in run.words


def test_a_corrupt_checkpoint_fails_with_its_reason() -> None:
    run = training_begin(wish=WISH)
    killed_after(run, 1)
    TrainingRun.objects.filter(pk=run.pk).update(updated_at=NOW - LOST_AFTER, checkpoint=b"no weights at all")

    done = made(run)

    assert done.state == "failed"
    assert done.words.startswith("The weights cannot be read")


def test_a_persons_model_is_their_households_alone() -> None:
    user, stranger = person(), person()
    run = made(training_ask(user=user, wish=WISH, now=NOW))

    assert run.model is not None
    assert run.model.household_id == run.household_id
    assert run.model in ModelVersion.objects.visible_to(user)
    assert run.model not in ModelVersion.objects.visible_to(stranger)
    with pytest.raises(NotFound):
        training_run_get(stranger, run.pk)
    with pytest.raises(NotFound):
        training_cancel(run_id=run.pk, user=stranger)


def test_a_reader_of_accounts_trains_nothing() -> None:
    reader: User = GrantFactory.create().grantee

    with pytest.raises(NotFound):
        training_ask(user=reader, wish=WISH, now=NOW)


def test_a_training_of_the_calendar_is_nobodys_to_stop() -> None:
    with pytest.raises(NotFound):
        training_cancel(run_id=training_begin(wish=WISH).pk, user=person())


def test_a_training_that_is_not_there_is_made_by_nobody() -> None:
    missing: UUID = uuid7()

    assert training_make(run_id=missing, now=NOW) is None
