"""Pages of advice: the inbox, the evidence, deciding, the profile, and views."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from mlrecs.engine.questionnaire import QUESTIONS
from mlrecs.models import MarketView, Recommendation, RiskProfile
from mlrecs.selectors.recommendations import orders_left
from mlrecs.services.advice import advice_look, run_note
from mlrecs.services.advice_looks import KINDS, looks_ask
from tests.factories.accounts import GrantFactory, MemberFactory, UserFactory
from tests.factories.trading import OrderFactory
from tests.mlrecs.advice import put
from tests.mlrecs.advice_desk import BALANCED, TOOLS, advice_desk
from tests.mlrecs.evidence import evidence_kept
from tests.taxharvest.harvest_desk import HarvestDesk

pytestmark = pytest.mark.django_db
INBOX = "/insights/"


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes are told already; nobody is asked."""
    monkeypatch.setattr("trading.services.judging.QUOTE_WAIT", 0.0)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def looked() -> tuple[HarvestDesk, Recommendation]:
    """A desk with an advice about risk."""
    desk = advice_desk()
    evidence_kept()
    advice_look(desk.portfolio.pk, timezone.now(), TOOLS)
    return desk, Recommendation.objects.get(kind="risk")


def test_without_a_profile_the_inbox_leads_to_the_questions() -> None:
    page = client_of(MemberFactory.create().user).get(INBOX).content.decode()

    assert "Nothing is advised before it is known what suits you." in page
    assert 'href="/insights/profile/"' in page


def test_the_inbox_shows_what_waits_by_kind_and_the_last_looks() -> None:
    desk, row = looked()
    client = client_of(desk.user)

    page = client.get(INBOX).content.decode()
    other = client.get(f"{INBOX}?kind=sentiment").content.decode()

    assert row.title in page
    assert "No screen" not in page
    assert "Nothing to decide" in other
    assert row.title not in other


def test_an_advice_shows_reasons_frontier_orders_costs_and_what_happens_otherwise() -> None:
    desk, row = looked()

    page = client_of(desk.user).get(f"{INBOX}{row.pk}/").content.decode()

    for words in (
        "The mean loss of the worst days falls from 3.0 % to 2.7 %.",
        "Efficient frontier",
        "<polyline",
        "Frontier 2",
        "data-amount>30</span> ACME",
        "If you do nothing, expect days in the worst twentieth",
        "No more than 20 % is exchanged at a time.",
        "In 73 of 119 quarters",
        "Least tail loss, version 1",
        "Expected shortfall of a day (95 %), now",
    ):
        assert words in page, words


def test_accepting_lays_the_orders_into_the_basket() -> None:
    desk, row = looked()
    client = client_of(desk.user)

    answer = client.post(f"{INBOX}{row.pk}/accept/")
    basket = client.get(answer["Location"]).content.decode()

    assert answer.status_code == 303
    assert Recommendation.objects.get(pk=row.pk).state == "accepted"
    assert f'name="origin_id" value="{row.pk}"' in basket
    assert re.search(r'name="0-symbol"[^>]*value="ACME"|value="ACME"[^>]*name="0-symbol"', basket)
    assert re.search(r'name="0-quantity"[^>]*value="30"|value="30"[^>]*name="0-quantity"', basket)


def test_sales_come_first_and_purchases_once_they_were_placed() -> None:
    desk, _row = looked()
    row = Recommendation.objects.get(subject__startswith="single_name")
    first = orders_left(row, [])
    sale = OrderFactory.create(
        account=desk.account, portfolio=desk.portfolio, instrument=desk.acme, side="sell", origin_id=row.pk
    )

    assert [one["side"] for one in first] == ["sell"]
    assert [one["side"] for one in orders_left(row, [sale])] == ["buy"]


def test_dismissing_without_a_reason_says_so_and_changes_nothing() -> None:
    desk, row = looked()
    client = client_of(desk.user)

    refused = client.post(f"{INBOX}{row.pk}/dismiss/", {"reason": " "})
    done = client.post(f"{INBOX}{row.pk}/dismiss/", {"reason": "Too much trading."})

    assert (refused.status_code, done.status_code) == (422, 303)
    assert "Say why, in a word or two" in refused.content.decode()
    found = Recommendation.objects.get(pk=row.pk)
    assert (found.state, found.reason) == ("dismissed", "Too much trading.")


def test_putting_off_moves_it_below() -> None:
    desk, row = looked()
    client = client_of(desk.user)

    client.post(f"{INBOX}{row.pk}/snooze/", {"days": "7", "reason": "After the holidays"})
    page = client.get(INBOX).content.decode()

    assert Recommendation.objects.get(pk=row.pk).state == "snoozed"
    assert "After the holidays" in page
    assert client.post(f"{INBOX}{row.pk}/snooze/", {"days": "8"}).status_code == 422


def test_what_is_settled_is_refused_in_words() -> None:
    desk, row = looked()
    client = client_of(desk.user)
    client.post(f"{INBOX}{row.pk}/dismiss/", {"reason": "No."})

    answer = client.post(f"{INBOX}{row.pk}/accept/")

    assert answer.status_code == 422
    assert "The recommendation is dismissed already." in answer.content.decode()


def test_others_see_and_decide_nothing() -> None:
    member = MemberFactory.create()
    row = put(member.household)
    assert row is not None
    reader = GrantFactory.create(household=member.household, granted_by=member.user).grantee

    for user in (UserFactory.create(), reader):
        client = client_of(user)
        assert client.get(f"{INBOX}{row.pk}/").status_code == 404
        assert client.post(f"{INBOX}{row.pk}/dismiss/", {"reason": "X"}).status_code == 404
    assert Client().get(f"{INBOX}{row.pk}/").status_code == 302
    assert Recommendation.objects.get().state == "open"


def test_asking_twice_within_minutes_is_refused() -> None:
    desk, _row = looked()

    page = client_of(desk.user).post(f"{INBOX}look/", follow=True).content.decode()

    assert "That was looked for minutes ago." in page


def test_a_look_that_is_under_way_is_said_and_the_page_looks_again_by_itself() -> None:
    desk = advice_desk()
    client = client_of(desk.user)
    household = desk.portfolio.household

    before = client.get(INBOX).content.decode()
    looks_ask(household.pk, timezone.now())
    during = client.get(INBOX).content.decode()
    for kind in KINDS:
        run_note(desk.portfolio, kind, timezone.now())
    after = client.get(INBOX).content.decode()

    assert "No look has been made yet." in before
    assert "A look for advice is under way. What it finds appears here by itself." in during
    assert 'hx-select="#found"' in during
    assert "The first look is under way." in during
    assert "Nothing to decide" not in during
    for page in (before, after):
        assert "hx-select" not in page
    assert "Nothing to decide" in after


def test_the_answers_make_a_profile_with_limits() -> None:
    member = MemberFactory.create()
    client = client_of(member.user)

    half = client.post("/insights/profile/", {"fall": "hold"})
    whole = client.post("/insights/profile/", BALANCED | {"most_single": "5", "excluded": "xom, cvx"})
    page = client.get("/insights/profile/").content.decode()

    assert (half.status_code, whole.status_code) == (422, 303)
    profile = RiskProfile.objects.get()
    assert (profile.willingness, profile.capacity) == (66, 66)
    assert profile.limits == {"most_single": "0.05", "excluded": ["XOM", "CVX"]}
    assert "Growth" in page
    assert len(QUESTIONS) == 9


def test_a_view_is_kept_replaced_and_forgotten() -> None:
    desk = advice_desk()
    client = client_of(desk.user)
    said = {"instrument": str(desk.acme.pk), "expected_return": "4", "confidence": "40"}

    client.post("/insights/views/", said)
    client.post("/insights/views/", said | {"confidence": "60"})
    view = MarketView.objects.get()
    assert (str(view.expected_return.normalize()), str(view.confidence.normalize())) == ("0.04", "0.6")
    assert client.post("/insights/views/", said | {"expected_return": "51"}).status_code == 422
    assert client_of(UserFactory.create()).post(f"/insights/views/{view.pk}/forget/").status_code == 404

    client.post(f"/insights/views/{view.pk}/forget/")
    assert not MarketView.objects.exists()


def test_an_expired_advice_cannot_be_accepted_any_more() -> None:
    desk, row = looked()
    Recommendation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    answer = client_of(desk.user).post(f"{INBOX}{row.pk}/accept/")

    assert answer.status_code == 422
    assert "its figures are too old" in answer.content.decode()
