"""The operation of back-tests: who gets what, and when there is a result."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from taxharvest import tasks
from taxharvest.models import HarvestBacktest
from taxharvest.quant.backtest.assumptions import Assumptions
from tests.factories.accounts import UserFactory
from tests.taxharvest.backtest_result import backtest_done

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/tax-harvesting/backtests"


@pytest.fixture
def ann() -> User:
    user: User = UserFactory.create()
    return user


@pytest.fixture
def client(ann: User, monkeypatch: pytest.MonkeyPatch) -> APIClient:
    monkeypatch.setattr(tasks.run_backtest, "apply_async", lambda *_, **__: None)
    client = APIClient()
    client.force_authenticate(ann)
    return client


def test_a_new_one_is_accepted_and_a_known_one_answered_with_its_result(client: APIClient) -> None:
    new = client.post(ADDRESS, {"years": 7, "rates": "24/15"}, format="json")
    assert (new.status_code, new.json()["state"], new.json()["result"]) == (202, "waiting", None)
    assert new.json()["assumptions"] == Assumptions(years=7).to_json() | {"rates": "24/15"}

    backtest_done()
    known = client.post(ADDRESS, {}, format="json")
    assert (known.status_code, known.json()["result"]["caveats"][1]) == (200, "It promises nothing.")


def test_a_list_is_of_ones_own_and_without_results(client: APIClient, ann: User) -> None:
    own = backtest_done(Assumptions(years=5), requested_by=ann)
    backtest_done(requested_by=UserFactory.create())
    listed = client.get(ADDRESS).json()["results"]

    assert [(row["id"], row["result"]) for row in listed] == [(str(own.pk), None)]


def test_one_is_read_with_its_result_by_its_digest_whoever_asked(client: APIClient) -> None:
    other = backtest_done(requested_by=UserFactory.create())
    listed = client.get(ADDRESS, {"digest": other.digest}).json()["results"]

    assert [row["result"]["made"]["starts"] for row in listed] == [2]
    assert client.get(ADDRESS, {"digest": "0" * 64}).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [({"rates": "15/35"}, "rates"), ({"years": 4}, "years"), ({"review": "hourly"}, "review")],
)
def test_what_cannot_be_assumed_is_a_problem_by_its_field(
    client: APIClient, body: dict[str, Any], field: str
) -> None:
    refused = client.post(ADDRESS, body, format="json")

    assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])
    assert HarvestBacktest.objects.count() == 0


def test_a_used_up_quota_is_429(client: APIClient) -> None:
    for years in (5, 6):
        client.post(ADDRESS, {"years": years}, format="json")
    refused = client.post(ADDRESS, {}, format="json")

    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (429, "backtests-at-work")


def test_whoever_is_not_signed_in_is_refused() -> None:
    assert APIClient().get(ADDRESS).status_code == 401
    assert APIClient().post(ADDRESS, {}, format="json").status_code == 401
