"""Models as they are kept, refused, promoted by two and rolled back."""

import hashlib
import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from common.build import build_digest
from common.errors import Conflict, NotFound
from common.identifiers import uuid7
from common.models import AuditEvent
from mlrecs.engine.model_catalogue import ANOMALIES
from mlrecs.models import Evaluation, ModelVersion
from mlrecs.services.model_versions import (
    champion_roll_back,
    champion_seat_first,
    gate_last,
    promotion_approve,
    promotion_propose,
    promotion_withdraw,
    universe_check,
    weights_of,
)
from tests.mlrecs.model_bench import NOW, gate_says, operator, registered

pytestmark = pytest.mark.django_db


def champion() -> ModelVersion:
    return ModelVersion.objects.get(task=ANOMALIES, status="champion")


def promoted(name: str, *, later: int = 0) -> ModelVersion:
    gate_says(name)
    model = registered(name)
    promotion_propose(model_id=model.pk, actor=operator())
    return promotion_approve(model_id=model.pk, actor=operator(), now=NOW + timedelta(days=later))


def test_versions_of_a_name_are_numbered_and_know_their_code_and_libraries() -> None:
    first, second, other = registered("lstm"), registered("lstm"), registered("pca")

    assert [first.version, second.version, other.version] == [1, 2, 1]
    assert first.code_version == build_digest()
    assert set(first.library_versions) == {"torch", "numpy", "scipy", "safetensors"}


def test_a_new_challenger_retires_the_one_before() -> None:
    first = registered("lstm", status="challenger")
    registered("lstm_masked", status="challenger")
    registered("lstm", status="challenger")

    first.refresh_from_db()
    assert first.status == "retired"
    assert ModelVersion.objects.filter(status="challenger").count() == 2


def test_weights_come_back_as_they_were_registered() -> None:
    model = registered(weights=b"some weights")

    assert weights_of(ModelVersion.objects.get(pk=model.pk)) == b"some weights"
    assert model.digest == hashlib.sha256(b"some weights").hexdigest()


def test_weights_that_were_changed_are_refused_with_both_digests() -> None:
    model = registered(weights=b"some weights")
    ModelVersion.objects.filter(pk=model.pk).update(weights=b"some weightz")

    with pytest.raises(Conflict) as refusal:
        weights_of(ModelVersion.objects.get(pk=model.pk))

    assert refusal.value.code == "weights-corrupt"
    assert model.digest[:12] in refusal.value.detail


def test_the_weights_of_another_version_are_refused() -> None:
    one = registered(weights=b"one")
    registered(weights=b"other")
    ModelVersion.objects.filter(pk=one.pk).update(weights=b"other")

    with pytest.raises(Conflict, match="not those that were registered"):
        weights_of(ModelVersion.objects.get(pk=one.pk))


def test_a_rule_has_no_weights_to_load() -> None:
    with pytest.raises(Conflict) as refusal:
        weights_of(registered("turbulence"))

    assert refusal.value.code == "weights-missing"


def test_a_model_of_another_universe_is_refused_and_names_what_is_missing() -> None:
    model = registered(universe=["AAPL", "BAC", "CVX", "GE", "HD"])

    universe_check(model, ["HD", "GE", "CVX", "BAC", "AAPL", "XOM"])
    with pytest.raises(Conflict) as refusal:
        universe_check(model, ["AAPL"])

    assert refusal.value.code == "other-universe"
    assert refusal.value.detail == (
        "anomalies lstm 1 was trained on another universe: of its 5 instruments 4 have no returns here "
        "(BAC, CVX, GE and others)."
    )


def test_a_promotion_takes_two_operators_and_is_written_down() -> None:
    gate_says("turbulence")
    model, anna, bert = registered("turbulence"), operator(), operator()

    promotion_propose(model_id=model.pk, actor=anna)
    with pytest.raises(Conflict, match="a second operator must approve it"):
        promotion_approve(model_id=model.pk, actor=anna, now=NOW)
    done = promotion_approve(model_id=model.pk, actor=bert, now=NOW)

    assert (done.status, done.proposed_by, done.approved_by, done.promoted_at) == (
        "champion",
        anna,
        bert,
        NOW,
    )
    trail = AuditEvent.objects.filter(object_id=model.pk).order_by("created_at")
    assert [(line.action, line.actor_id) for line in trail] == [
        ("model.propose", anna.pk),
        ("model.promote", bert.pk),
    ]


def test_a_promotion_retires_the_champion_before_it() -> None:
    before = promoted("turbulence")
    after = promoted("pca", later=1)

    before.refresh_from_db()
    assert (before.status, champion()) == ("retired", after)
    assert AuditEvent.objects.get(object_id=after.pk, action="model.promote").detail["before"] == str(
        before.pk
    )


def test_what_the_gate_did_not_put_first_cannot_be_proposed() -> None:
    gate_says("zero", "No net beats reconstructing zero.")
    model = registered("lstm", status="challenger")

    with pytest.raises(Conflict, match=r"The gate put zero first.*No net beats reconstructing zero"):
        promotion_propose(model_id=model.pk, actor=operator())


def test_a_proposal_can_be_taken_back() -> None:
    gate_says("turbulence")
    model = registered("turbulence")
    promotion_propose(model_id=model.pk, actor=operator())

    assert promotion_withdraw(model_id=model.pk, actor=operator()).proposed_by is None
    with pytest.raises(Conflict, match="no open proposal"):
        promotion_withdraw(model_id=model.pk, actor=operator())


def test_a_retired_champion_needs_a_new_proposal() -> None:
    before = promoted("turbulence")
    promoted("pca", later=1)
    gate_says("turbulence")

    with pytest.raises(Conflict, match="Nobody has proposed this model"):
        promotion_approve(model_id=before.pk, actor=operator(), now=NOW)


def test_rolling_back_seats_the_champion_before() -> None:
    first, second = promoted("turbulence"), promoted("pca", later=1)
    anna = operator()

    back = champion_roll_back(model_id=second.pk, actor=anna, now=NOW + timedelta(days=2))

    second.refresh_from_db()
    assert (back, champion(), second.status) == (first, first, "retired")
    line = AuditEvent.objects.get(action="model.roll_back")
    assert (line.actor_id, line.object_id, line.detail["before"]) == (anna.pk, first.pk, str(second.pk))


def test_without_an_earlier_champion_there_is_nothing_to_roll_back_to() -> None:
    first = promoted("turbulence")

    with pytest.raises(Conflict, match="no earlier champion"):
        champion_roll_back(model_id=first.pk, actor=operator(), now=NOW)
    with pytest.raises(Conflict, match="Only the champion"):
        champion_roll_back(model_id=registered("pca").pk, actor=operator(), now=NOW)


def test_a_failed_promotion_leaves_the_champion_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    before = promoted("turbulence")
    gate_says("pca")
    model = registered("pca")
    promotion_propose(model_id=model.pk, actor=operator())

    def broken(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("mlrecs.services.model_versions.audit_record", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        promotion_approve(model_id=model.pk, actor=operator(), now=NOW)

    assert champion() == before


def test_the_database_holds_that_there_is_one_champion() -> None:
    promoted("turbulence")

    with pytest.raises(IntegrityError, match="model_one_champion"):
        registered("pca", status="champion")


def test_the_first_champion_is_seated_by_the_gate_and_later_ones_are_not() -> None:
    gate_says("zero")
    registered("zero")
    model = registered("zero")

    assert champion_seat_first(task=ANOMALIES, now=NOW) == model
    assert champion_seat_first(task=ANOMALIES, now=NOW) is None
    assert champion() == model


def test_a_rule_that_came_first_is_registered_to_be_seated_and_a_net_is_not() -> None:
    assert champion_seat_first(task=ANOMALIES, now=NOW) is None
    gate_says("lstm")
    assert champion_seat_first(task=ANOMALIES, now=NOW) is None
    gate_says("linear")

    seated = champion_seat_first(task=ANOMALIES, now=NOW)

    assert seated is not None
    assert (seated.name, seated.version, seated.weights, champion()) == ("linear", 1, None, seated)


def test_what_was_measured_of_advice_says_nothing_of_who_scores_days() -> None:
    gate_says("linear")
    Evaluation.objects.create(day=date(2026, 3, 2), suite="advice", champion="minimum_cvar", result={})

    seated = champion_seat_first(task=ANOMALIES, now=NOW)

    assert seated is not None
    assert (seated.name, gate_last()[0]) == ("linear", "linear")


def test_a_model_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        promotion_propose(model_id=uuid7(), actor=operator())


@pytest.mark.django_db(transaction=True)
def test_two_operators_at_once_promote_once() -> None:
    gate_says("turbulence")
    model = registered("turbulence")
    promotion_propose(model_id=model.pk, actor=operator())
    others, told = [operator(), operator()], []

    def approve(number: int) -> None:
        try:
            promotion_approve(model_id=model.pk, actor=others[number], now=NOW)
            told.append("promoted")
        except Conflict:
            told.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["promoted", "refused"]
