"""The library: the shelf, a lesson to read, and how far the reader is."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from common.errors import NotFound
from common.htmx import redirect_after_post
from mlrecs.selectors.lessons import lesson_open, lesson_shelf
from mlrecs.services.lessons import lesson_begun_anew, lesson_finished, lesson_reached


@login_required
@require_safe
def learn(request: HttpRequest) -> HttpResponse:
    """All lessons by topic, with one's own progress."""
    shelf = lesson_shelf(request.user)
    words = f"{shelf.finished} of {len(shelf.cards)} read"
    if shelf.minutes_left:
        words += f", about {shelf.minutes_left} minutes to go"
    return render(request, "mlrecs/learn.html", {"shelf": shelf, "words": words})


@login_required
@require_safe
def lesson(request: HttpRequest, slug: str) -> HttpResponse:
    """One lesson to read."""
    found = lesson_open(request.user, slug)
    parts = len(found.sections)
    context: dict[str, Any] = {"found": found, "card": found.card, "parts": parts}
    context["read"] = parts * found.card.percent // 100
    return render(request, "mlrecs/lesson.html", context)


@login_required
@require_POST
def lesson_progress(request: HttpRequest, slug: str) -> HttpResponse:
    """Note how far the reader is: up to a section (from the page as it is scrolled), at the end, or anew."""
    user, part = _person(request), request.POST.get("part", "")
    if part:
        lesson_reached(user, slug, part=int(part) if part.isdecimal() else 0, now=timezone.now())
        return HttpResponse(status=204)
    if request.POST.get("anew"):
        lesson_begun_anew(user, slug)
        messages.info(request, "The lesson counts as unread.")
        return redirect_after_post(request, reverse("mlrecs:lesson", args=[slug]))
    lesson_finished(user, slug, now=timezone.now())
    messages.success(request, "The lesson counts as read.")
    return redirect_after_post(request, reverse("mlrecs:learn"))


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user
