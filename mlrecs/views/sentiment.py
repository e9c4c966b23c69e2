"""Market sentiment: the tone of the news about what is held, beside how little that tone is worth."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.errors import NotFound
from common.formats import percent
from mlrecs.engine.sentiment import has_turned
from mlrecs.engine.tone_accuracy import PHRASEBANK
from mlrecs.selectors.sentiment import sentiment_of
from mlrecs.selectors.tone import ToneStanding, tone_standing
from portfolios.selectors.scopes import scope_of


@login_required
@require_safe
def sentiment(request: HttpRequest) -> HttpResponse:
    """The page: accuracy first, then holdings, sectors and the newest headlines."""
    scope = scope_of(request.user, household_id=_household(request))
    context = _accuracy(tone_standing()) | {"scope": scope}
    if scope is not None:
        found = sentiment_of(scope, timezone.localdate())
        context["found"] = found
        context["turned"] = {line.key for line in found.holdings if has_turned(line.history)}
    return render(request, "mlrecs/sentiment.html", context)


def _accuracy(standing: ToneStanding) -> dict[str, Any]:
    """What stands beside the tone: how often it is read rightly, and what guessing would give."""
    context: dict[str, Any] = {"standing": standing, "published": PHRASEBANK}
    if standing.measured is not None:
        figures = standing.measured.figures
        low, high = percent(figures.low, 1), percent(figures.high, 1)
        context["range_words"] = f"{low} to {high}, {figures.texts} texts"
        context["guess_label"] = f"Always “{figures.majority_label}”"
        context["guess_note"] = "what guessing the commonest gives"
    return context


def _household(request: HttpRequest) -> UUID | None:
    text = request.GET.get("household", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("There is no such household.", code="not-found") from None
