"""Models at the support desk: two operators promote, an auditor looks."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from mlrecs.models import ModelVersion
from tests.factories.accounts import UserFactory
from tests.mlrecs.model_bench import gate_says, operator, registered

pytestmark = pytest.mark.django_db
LIST = reverse("admin:mlrecs_modelversion_changelist")


def acts(user: User, action: str, model: ModelVersion) -> str:
    client = Client()
    client.force_login(user)
    answer = client.post(LIST, {"action": action, "_selected_action": [str(model.pk)]}, follow=True)
    return " ".join(str(message) for message in answer.context["messages"])


def test_one_operator_proposes_and_a_second_one_approves() -> None:
    gate_says("turbulence")
    model, anna, bert = registered("turbulence"), operator(), operator()

    assert acts(anna, "propose", model).endswith("Proposed. A second operator must approve.")
    assert acts(anna, "approve", model) == "You proposed this model: a second operator must approve it."
    assert acts(bert, "approve", model).endswith("Promoted: it serves from now on.")

    model.refresh_from_db()
    assert (model.status, model.proposed_by, model.approved_by) == ("champion", anna, bert)


def test_the_gate_holds_at_the_desk_too() -> None:
    gate_says("zero")

    assert acts(operator(), "propose", registered("lstm")).startswith("The gate put zero first")


def test_a_champion_is_rolled_back_by_one_operator() -> None:
    for name in ("turbulence", "pca"):
        gate_says(name)
        model = registered(name)
        acts(operator(), "propose", model)
        acts(operator(), "approve", model)

    assert acts(operator(), "roll_back", model) == "anomalies turbulence 1: Rolled back."
    assert ModelVersion.objects.get(status="champion").name == "turbulence"


def test_an_auditor_has_no_action() -> None:
    gate_says("turbulence")
    model = registered("turbulence")
    acts(UserFactory.create(role="auditor"), "propose", model)

    model.refresh_from_db()
    assert model.proposed_by is None
