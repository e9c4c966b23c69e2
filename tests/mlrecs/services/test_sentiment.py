"""What a turn of tone says: information with evidence, once, and never an order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mlrecs.models import Recommendation
from mlrecs.services.recommendations import recommendation_dismiss
from mlrecs.services.sentiment import NO_ORDER, sentiment_review, sentiments_review
from mlrecs.tasks import review_tone
from tests.mlrecs.told_news import BAD, GOOD, turned
from tests.portfolios.small_book import SmallBook, small_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> SmallBook:
    """Ten ACME and five BETA, whose owner sees all of the household."""
    return small_book()


def test_a_turn_is_told_with_its_evidence_and_without_an_order(book: SmallBook) -> None:
    turned("ACME")
    now = timezone.now()

    (row,) = sentiment_review(book.portfolio.household, now)

    assert (row.kind, row.subject, row.portfolio) == ("sentiment", "tone:ACME", None)
    assert row.title == "News about ACME sounds worse than before"
    assert (row.orders, row.costs, row.binding) == ([], {}, NO_ORDER)
    assert row.figures == {
        "recent": "-1.000",
        "recent_count": "9",
        "earlier": "1.000",
        "earlier_count": "9",
        "change": "-2.000",
        "reader": "WealthAlloc's short list of finance words",
    }
    assert [reason["code"] for reason in row.reasons] == ["tone_turned", "tone_is_weak"]
    assert (row.confidence["accuracy"], row.confidence["majority"]) == ("0.750", "0.600")
    assert row.confidence["words"].startswith(
        "Weak. The reader names the tone of 75.0\u202f% of texts rightly;"
    )
    assert (row.data_until, row.expires_at) == (now.date(), now + timedelta(days=14))


def test_better_news_is_told_as_better(book: SmallBook) -> None:
    turned("ACME", before=BAD, after=GOOD)

    (row,) = sentiment_review(book.portfolio.household, timezone.now())

    assert row.title == "News about ACME sounds better than before"


def test_what_is_not_held_or_has_not_turned_says_nothing(book: SmallBook) -> None:
    turned("OTHER")
    turned("BETA", before=GOOD, after=GOOD)
    turned("ACME", count=7)

    assert sentiment_review(book.portfolio.household, timezone.now()) == []
    assert not Recommendation.objects.exists()


def test_it_is_told_once_and_rests_after_a_dismissal(book: SmallBook) -> None:
    turned("ACME")
    now = timezone.now()

    assert (sentiments_review(now), sentiments_review(now)) == (1, 0)
    row = Recommendation.objects.get()
    recommendation_dismiss(book.user, row.pk, reason="I know", now=now)
    review_tone()

    assert Recommendation.objects.count() == 1
