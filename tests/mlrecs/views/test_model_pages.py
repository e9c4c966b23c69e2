"""Models and their cards: empty, evaluated, trained by oneself, stopped and gone on with."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from mlrecs.models import DriftReport, TrainingRun
from mlrecs.tasks import train
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.mlrecs.model_bench import gate_says, registered

pytestmark = pytest.mark.django_db
PAGE = "/models/"
ASKED = {"name": "lstm_masked", "source": "own", "seed": "3"}


@pytest.fixture
def ann(client: Client) -> User:
    user: User = MemberFactory.create().user
    client.force_login(user)
    return user


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was handed to the queue."""
    calls: list[Any] = []
    monkeypatch.setattr(train, "apply_async", calls.append)
    return calls


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_without_models_and_evaluation_the_page_says_what_will_come(client: Client, ann: User) -> None:
    shown = text(client.get(PAGE))

    assert "No evaluation has been made here yet." in shown
    assert "No model has been trained yet." in shown


def test_the_table_shows_every_baseline_and_marks_what_came_first(client: Client, ann: User) -> None:
    evaluation = gate_says("zero", "No net beats reconstructing zero.")
    evaluation.result = {
        "table": {
            "columns": ["VUS-PR, crises"],
            "rows": [{"name": "zero", "cells": ["0.4871"]}, {"name": "lstm", "cells": ["0.4612"]}],
        }
    }
    evaluation.save()
    model = registered("lstm", status="challenger", universe=["AAPL"], data_until=date(1999, 12, 31),
                       data_from=date(1990, 1, 3))  # fmt: skip

    shown = text(client.get(f"{PAGE}{model.pk}/"))
    assert "It does not serve. No net beats reconstructing zero." in shown
    assert "Reconstruct zero first baseline 0.487" in shown
    assert "LSTM autoencoder this model 0.461" in shown
    assert "3 Jan 1990 to 31 Dec 1999" in shown


def test_a_card_shows_digests_seed_and_drift(client: Client, ann: User) -> None:
    model = registered("lstm", status="challenger", weights=b"some", seed=41, data_digest="d" * 64)
    DriftReport.objects.create(
        model=model, day=date(2026, 3, 7), has_drifted=True, words="Drifted over 252 days.",
        figures={"psi": {"label": "Shape of returns (PSI)", "value": "0.141", "limit": "0.093"}},
    )  # fmt: skip

    shown = text(client.get(f"{PAGE}{model.pk}/"))
    assert model.digest in shown
    assert "d" * 64 in shown
    assert "Seed 41" in shown
    assert "7 Mar 2026 drifted Drifted over 252 days. Shape of returns (PSI): 0.141, limit 0.093" in shown


def test_asking_for_a_training_hands_it_to_a_worker(
    client: Client, ann: User, sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(PAGE, ASKED)
    run = TrainingRun.objects.get()

    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert sent == [(str(run.pk),)]
    assert run.settings == {"name": "lstm_masked", "source": "own", "last": None, "seed": 3, "epochs": None}
    assert "Waiting for a worker" in text(client.get(PAGE))


def test_a_second_one_meanwhile_is_refused_in_the_form(client: Client, ann: User, sent: list[Any]) -> None:
    client.post(PAGE, ASKED)
    answer = client.post(PAGE, ASKED)

    assert answer.status_code == 429
    assert "A training of yours is being made." in text(answer)


def test_bad_values_stand_by_their_fields(client: Client, ann: User) -> None:
    answer = client.post(PAGE, ASKED | {"epochs": "900", "name": "pickle"})

    assert answer.status_code == 422
    assert not TrainingRun.objects.exists()


def test_progress_ends_its_polling_when_it_is_over(client: Client, ann: User, sent: list[Any]) -> None:
    client.post(PAGE, ASKED)
    run = TrainingRun.objects.get()
    TrainingRun.objects.update(state="running", progress=40, history=["0.51", "0.42"])
    address = f"{PAGE}trainings/{run.pk}/progress/"
    assert "2 epochs done, 40 of 100; loss 0.42" in text(client.get(address))

    TrainingRun.objects.update(state="done")
    over = client.get(address)
    assert (over.status_code, over["HX-Redirect"]) == (286, PAGE)


def test_a_training_is_stopped_and_goes_on(client: Client, ann: User, sent: list[Any]) -> None:
    client.post(PAGE, ASKED)
    run = TrainingRun.objects.get()

    client.post(f"{PAGE}trainings/{run.pk}/stop/")
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert "Go on" in text(client.get(PAGE))

    client.post(f"{PAGE}trainings/{run.pk}/go-on/")
    run.refresh_from_db()
    assert (run.state, run.is_cancel_wanted) == ("waiting", False)


def test_strangers_and_readers_see_no_model_of_a_household(client: Client) -> None:
    member = MemberFactory.create()
    model = registered("lstm", household_id=member.household_id)
    reader = GrantFactory.create(household=member.household, grantee=MemberFactory.create().user).grantee
    for user in (MemberFactory.create().user, reader):
        client.force_login(user)
        assert client.get(f"{PAGE}{model.pk}/").status_code == 404
        assert str(model.pk) not in client.get(PAGE).content.decode()
