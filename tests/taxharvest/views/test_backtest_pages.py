"""The page of back-tests: its form, its states, its result, and that no figure stands alone."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from taxharvest import tasks
from taxharvest.models import HarvestBacktest
from taxharvest.quant.backtest.assumptions import Assumptions
from taxharvest.services.backtests import backtest_ask
from tests.factories.accounts import UserFactory
from tests.taxharvest.backtest_result import backtest_done

pytestmark = pytest.mark.django_db
PAGE, PROGRESS = "/tax/backtest/", "/tax/backtest/progress/"
USUAL = {
    "years": "10",
    "rates": "35/15",
    "review": "monthly",
    "threshold": "any",
    "deposits": "lump",
    "use": "gains",
    "cost": "0",
}
State = HarvestBacktest.State


@pytest.fixture
def ann(client: Client) -> User:
    user: User = UserFactory.create()
    client.force_login(user)
    return user


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was handed to the queue."""
    calls: list[Any] = []
    monkeypatch.setattr(
        tasks.run_backtest, "apply_async", lambda arguments, queue: calls.append((arguments, queue))
    )
    return calls


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_before_anybody_asked_it_says_what_will_stand_here(client: Client, ann: User) -> None:
    shown = text(client.get(PAGE))

    assert "Nobody has asked for a back-test with these assumptions." in shown
    assert 'value="35/15"' in shown
    assert "Asked for before" not in shown


def test_asking_hands_it_to_a_worker_of_the_statistics_queue_and_leads_to_its_address(
    client: Client, ann: User, sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(PAGE, USUAL | {"years": "7", "rates": "37+3.8/20+3.8"})
    backtest = HarvestBacktest.objects.get()

    assert sent == [((str(backtest.pk),), "ml")]
    assert (response.status_code, response["Location"]) == (
        303,
        f"{PAGE}?years=7&rates=40.8/23.8&review=monthly&threshold=any&deposits=lump&use=gains&cost=0",
    )
    waiting = text(client.get(response["Location"]))
    assert "Waiting for a worker" in waiting
    assert "7 years at 40.8/23.8 %, one deposit" in waiting


def test_a_known_one_is_not_made_again(client: Client, ann: User, sent: list[Any]) -> None:
    backtest_done()

    assert client.post(PAGE, USUAL)["Location"].startswith(f"{PAGE}?years=10&rates=35/15")
    assert (sent, HarvestBacktest.objects.count()) == ([], 1)


def test_progress_is_asked_for_until_it_is_over(client: Client, ann: User) -> None:
    backtest, _ = backtest_ask(
        user=ann, assumptions=Assumptions(), now=backtest_done(Assumptions(years=5)).created_at
    )
    HarvestBacktest.objects.filter(pk=backtest.pk).update(state=State.RUNNING, progress=40)
    going = client.get(PROGRESS)
    assert (going.status_code, 'aria-valuenow="40"' in text(going)) == (200, True)

    HarvestBacktest.objects.filter(pk=backtest.pk).update(state=State.FAILED, words="It broke.")
    over = client.get(PROGRESS)
    assert (over.status_code, over["HX-Redirect"].startswith(f"{PAGE}?years=10&")) == (286, True)
    assert "<strong>This back-test was not made.</strong> It broke." in text(client.get(PAGE))


def test_a_result_has_its_assumptions_beside_it_and_the_two_warnings(client: Client, ann: User) -> None:
    backtest_done()
    shown = text(client.get(PAGE))
    result = shown[shown.index('id="result"') :]

    assert result.index("10 years at 35/15 %, one deposit") < result.index("0.85 %")
    assert "95 % interval 0.59 % to 1.08 %" in result
    assert "too few starts for an interval" in result
    assert "Survivors only." in result
    assert "It promises nothing." in result
    assert "Because of dips." in result
    assert "nothing to take from" in result


def test_every_chart_has_a_table_behind_it(client: Client, ann: User) -> None:
    backtest_done()
    shown = client.get(PAGE).content.decode()

    assert "data-chart-table" in shown
    assert 'id="backtest-starts"' in shown
    assert len(re.findall(r"<table", shown)) == 3


def test_what_cannot_be_assumed_is_said_by_its_field(client: Client, ann: User) -> None:
    refused = client.post(PAGE, USUAL | {"rates": "15/35", "years": "30"})
    assert refused.status_code == 422
    assert "Ensure this value is less than or equal to 20." in text(refused)

    refused = client.get(PAGE, {"rates": "15/35"})
    assert refused.status_code == 422
    assert "The long-term rate is not above the short-term one." in text(refused)
    assert HarvestBacktest.objects.count() == 0


def test_a_used_up_quota_is_said_on_the_page(client: Client, ann: User, sent: list[Any]) -> None:
    for years in ("5", "6"):
        client.post(PAGE, USUAL | {"years": years})
    refused = client.post(PAGE, USUAL)

    assert refused.status_code == 429
    assert "2 of your back-tests are being made. Wait until one is done." in text(refused)


def test_the_list_is_of_ones_own_and_the_result_of_anybody(client: Client, ann: User) -> None:
    backtest_done(Assumptions(years=5), requested_by=ann)
    backtest_done(requested_by=UserFactory.create())
    shown = text(client.get(PAGE))

    assert "Asked for before" in shown
    assert "5 years at 35/15 %" in shown
    assert 'id="result"' in shown

    client.force_login(UserFactory.create())
    assert "Asked for before" not in text(client.get(PAGE))


def test_nobody_who_is_not_signed_in_sees_or_asks(client: Client) -> None:
    for response in (client.get(PAGE), client.post(PAGE, USUAL), client.get(PROGRESS)):
        assert (response.status_code, response["Location"].startswith("/accounts/login/")) == (302, True)
    assert HarvestBacktest.objects.count() == 0
