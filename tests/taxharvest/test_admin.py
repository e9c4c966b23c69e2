"""The support desk of harvesting: words on replacements with who and why, and what is only to be read."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from common.models import AuditEvent
from taxharvest.models import ReplacementOverride, ReplacementPair
from tests.factories.accounts import HouseholdFactory, UserFactory

pytestmark = pytest.mark.django_db
OVERRIDES = "admin:taxharvest_replacementoverride"
WORD = {"symbol": "voo", "other_symbol": "VTI", "verdict": "forbid", "reason": "Too much alike for us."}


@pytest.fixture
def operator() -> User:
    made: User = UserFactory.create(role="operator")
    return made


@pytest.fixture
def desk(operator: User, client: Client) -> Client:
    client.force_login(operator)
    return client


@pytest.fixture
def pair() -> ReplacementPair:
    return ReplacementPair.objects.create(
        symbol="VOO", other_symbol="SCHX", asset_class="US large", rank=1, tag="green", source="A page.",
        confidence="memory",
    )  # fmt: skip


def test_a_word_on_a_replacement_is_kept_with_who_and_why(desk: Client, operator: User) -> None:
    household = HouseholdFactory.create()
    assert desk.post(reverse(f"{OVERRIDES}_add"), WORD | {"household": household.pk}).status_code == 302
    kept = ReplacementOverride.objects.get()
    assert (kept.symbol, kept.other_symbol, kept.verdict) == ("VOO", "VTI", "forbid")
    assert (kept.household, kept.set_by, kept.reason) == (household, operator, "Too much alike for us.")
    event = AuditEvent.objects.get(action="replacement.override")
    assert (event.actor_id, event.object_id, event.detail) == (
        operator.pk, kept.pk, {"verdict": "forbid", "reason": "Too much alike for us."},
    )  # fmt: skip
    listed = desk.get(reverse(f"{OVERRIDES}_changelist")).content.decode()
    assert "Too much alike for us." in listed
    assert str(operator) in listed


def test_whoever_changes_a_word_answers_for_it(desk: Client, operator: User) -> None:
    first = UserFactory.create(role="operator")
    kept = ReplacementOverride.objects.create(**WORD | {"symbol": "VOO"}, set_by=first)
    changed = WORD | {"verdict": "allow", "reason": "Asked, and agreed."}
    assert desk.post(reverse(f"{OVERRIDES}_change", args=[kept.pk]), changed).status_code == 302
    kept.refresh_from_db()
    assert (kept.verdict, kept.set_by) == ("allow", operator)
    assert AuditEvent.objects.get(action="replacement.override").detail["reason"] == "Asked, and agreed."


def test_a_word_without_a_reason_is_none(desk: Client) -> None:
    refused = desk.post(reverse(f"{OVERRIDES}_add"), WORD | {"reason": ""})
    assert refused.status_code == 200
    assert "This field is required." in refused.content.decode()
    assert not ReplacementOverride.objects.exists()


def test_a_word_is_said_once_for_a_household_and_once_for_everybody(desk: Client) -> None:
    assert desk.post(reverse(f"{OVERRIDES}_add"), WORD | {"symbol": "VOO"}).status_code == 302
    assert desk.post(reverse(f"{OVERRIDES}_add"), WORD | {"symbol": "VOO"}).status_code == 200
    assert ReplacementOverride.objects.count() == 1


def test_a_row_of_the_table_is_changed_with_what_was_changed_in_the_audit_trail(
    desk: Client, operator: User, pair: ReplacementPair
) -> None:
    address = reverse("admin:taxharvest_replacementpair_change", args=[pair.pk])
    form = desk.get(address).context["adminform"].form
    values: dict[str, Any] = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in values.items() if value not in {None, False}}
    assert desk.post(address, sent | {"tag": "amber"}).status_code == 302
    pair.refresh_from_db()
    assert pair.tag == "amber"
    event = AuditEvent.objects.get(action="replacement.change")
    assert (event.actor_id, event.detail) == (operator.pk, {"tag": "amber"})


@pytest.mark.parametrize("table", ["replacementoverride", "replacementpair"])
def test_an_auditor_reads_the_words_and_changes_none(
    client: Client, pair: ReplacementPair, table: str
) -> None:
    client.force_login(UserFactory.create(role="auditor"))
    assert client.get(reverse(f"admin:taxharvest_{table}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:taxharvest_{table}_add")).status_code == 403
    assert client.post(reverse(f"admin:taxharvest_{table}_add"), WORD).status_code == 403


@pytest.mark.parametrize(
    "table", ["harvestscan", "scannedaccount", "taxharvest", "harvestplan", "harvestleg", "harvestpolicy"]
)
def test_what_happened_is_read_and_never_written(desk: Client, table: str) -> None:
    assert desk.get(reverse(f"admin:taxharvest_{table}_changelist")).status_code == 200
    assert desk.get(reverse(f"admin:taxharvest_{table}_add")).status_code == 403


def test_the_figures_of_harvesting_stand_above_the_scans(desk: Client) -> None:
    page = desk.get(reverse("admin:taxharvest_harvestscan_changelist")).content.decode()
    for words in ("Scan coverage", "Harvest sales later washed", "Proposals accepted"):
        assert words in page
