"""Models and their cards: empty, evaluated, trained by oneself, stopped and gone on with."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from mlrecs import tasks
from mlrecs.models import DriftReport, TrainingRun
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
    monkeypatch.setattr(tasks.train, "apply_async", calls.append)
    return calls


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def judged() -> dict[str, Any]:
    """An evaluation of one net and one baseline."""
    zero = {
        "name": "zero", "vus_pr": "0.487", "least": "0.487", "most": "0.487", "found": "12.0", "crises": 13,
        "delay": "2.2", "average_precision": "0.491", "false_alarms": "0.0060",
    }  # fmt: skip
    net = {
        "name": "lstm", "is_model": True, "vus_pr": "0.461", "least": "0.455", "most": "0.469", "crises": 13,
        "found": "11.5", "delay": "1.8", "average_precision": "0.470", "false_alarms": "0.0050",
    }  # fmt: skip
    contest = {"rival": "zero", "difference": "-0.026", "low": "-0.041", "high": "0.003", "is_won": False}
    verdict = {
        "candidate": "lstm", "is_promoted": False, "words": "Not promoted: it does not surely beat zero.",
        "contests": [contest],
    }  # fmt: skip
    planted = {
        "name": "lstm", "is_model": True, "mean": "0.369", "least": "0.362", "most": "0.371",
        "kinds": {"spike": "0.196", "stale_price": "0.248"},
    }  # fmt: skip
    span = {"from": "2000-01-03", "until": "2022-12-28", "days": 5785}
    kinds = [{"kind": "spike"}, {"kind": "stale_price"}]
    return {
        "crises": {**span, "base_rate": "0.043", "rows": [net, zero], "verdicts": [verdict]},
        "planted": {**span, "kinds": kinds, "rows": [planted]},
    }


def test_without_models_and_evaluation_the_page_says_what_will_come(client: Client, ann: User) -> None:
    shown = text(client.get(PAGE))

    assert "No evaluation has been made here yet." in shown
    assert "No model has been trained yet." in shown


def test_the_table_shows_every_baseline_and_marks_what_came_first(client: Client, ann: User) -> None:
    evaluation = gate_says("zero", "No net beats reconstructing zero.")
    evaluation.result = judged()
    evaluation.save()
    model = registered("lstm", status="challenger", universe=["AAPL"], data_until=date(1999, 12, 31),
                       data_from=date(1990, 1, 3))  # fmt: skip

    shown = text(client.get(f"{PAGE}{model.pk}/"))
    assert "It does not serve. Not promoted: it does not surely beat zero." in shown
    assert "Reconstruct zero first baseline 0.487 0.491 12.0 of 13 2.2 0.6 %" in shown
    assert "LSTM autoencoder this model model 0.461 0.455 to 0.469 0.470 11.5 of 13 1.8 0.5 %" in shown
    assert "Reconstruct zero −0.026 −0.041 to +0.003 no" in shown
    assert "LSTM autoencoder this model model 0.369 0.362 to 0.371 0.196 0.248" in shown
    assert "3 Jan 1990 to 31 Dec 1999" in shown


def test_a_card_shows_digests_seed_and_drift(client: Client, ann: User) -> None:
    model = registered(
        "lstm", status="challenger", weights=b"some", seed=41, data_digest="d" * 64,
        data_from=date(1990, 1, 3), data_until=date(1999, 12, 31),
    )  # fmt: skip
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
