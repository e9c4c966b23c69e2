"""Market sentiment: the tone of the news about what is held, beside how little that tone is worth."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.errors import NotFound
from mlrecs.engine.sentiment import has_turned
from mlrecs.engine.tone_accuracy import PHRASEBANK
from mlrecs.selectors.sentiment import sentiment_of
from mlrecs.selectors.tone import tone_standing
from portfolios.selectors.scopes import scope_of


@login_required
@require_safe
def sentiment(request: HttpRequest) -> HttpResponse:
    """The page: accuracy first, then holdings, sectors and the newest headlines."""
    scope = scope_of(request.user, household_id=_household(request))
    if scope is None:
        nobody = {"standing": tone_standing(), "published": PHRASEBANK}
        return render(request, "mlrecs/sentiment.html", nobody)
    found = sentiment_of(scope, timezone.localdate())
    context = {
        "scope": scope,
        "found": found,
        "standing": tone_standing(),
        "published": PHRASEBANK,
        "turned": {line.key for line in found.holdings if has_turned(line.history)},
    }
    return render(request, "mlrecs/sentiment.html", context)


def _household(request: HttpRequest) -> UUID | None:
    text = request.GET.get("household", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("There is no such household.", code="not-found") from None
