"""The timeline of anomalies: scores with a table behind them, what changed, and the replay of any evening."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common import formats, shapes
from common.errors import NotFound
from common.htmx import page_or_part, redirect_after_post
from mlrecs.engine.anomaly_words import ALARM
from mlrecs.engine.score_records import PART_LABELS, PARTS
from mlrecs.engine.timelines import (
    CUT,
    DAILY,
    MARKET_SPANS,
    ScoredDay,
    Span,
    account_spans,
    alarm_rate,
    points_of,
    years_of,
)
from mlrecs.forms.anomalies import MuteForm
from mlrecs.models import Anomaly
from mlrecs.selectors.anomalies import (
    account_seen,
    anomalies_of,
    evening_of,
    last_scored_day,
    may_act,
    timeline_days,
)
from mlrecs.services.anomalies import anomaly_acknowledge, anomaly_mute
from mlrecs.views.people import person_of
from portfolios.selectors.scopes import Scope, scope_of

TEMPLATE = "mlrecs/anomalies.html"
MARKET = "market"
LANE = (720.0, 56.0)
LANE_NOTES = {
    "volatility": "EWMA, over that of the years before",
    "co_movement": "each holding, given the others",
    "learned": "masked-asset LSTM or autoencoder",
}
# How many anomalies a page lists.
LISTED = 25


@login_required
@require_safe
def anomalies(request: HttpRequest) -> HttpResponse:
    """The timeline of an account or of the market, with one evening in full."""
    user = person_of(request)
    portfolio_id = _subject(request)
    last = last_scored_day(portfolio_id)
    context: dict[str, Any] = {
        "subjects": _subjects(scope_of(user)),
        "subject": str(portfolio_id) if portfolio_id else MARKET,
        "is_market": portfolio_id is None,
        "last": last,
    }
    if last is not None:
        span = _span(request, portfolio_id, last)
        context |= _shown(request, portfolio_id, span, last)
        rows = anomalies_of(user, portfolio_id, span)
        listed = list(rows[:LISTED])
        context |= {
            "span": span.key,
            "anomalies": listed,
            "more": max(0, rows.count() - LISTED),
            "may_act": may_act(user, portfolio_id),
            "today": timezone.localdate(),
        }
    return page_or_part(request, TEMPLATE, context, part="timeline")


@login_required
@require_POST
def acknowledge(request: HttpRequest, anomaly_id: UUID) -> HttpResponse:
    """Note that one has looked at an anomaly."""
    found = anomaly_acknowledge(anomaly_id=anomaly_id, user=person_of(request), now=timezone.now())
    messages.success(request, "Noted.")
    return redirect_after_post(request, _address(found))


@login_required
@require_POST
def mute(request: HttpRequest, anomaly_id: UUID) -> HttpResponse:
    """Keep a kind of anomaly quiet for a while, or let it speak again."""
    form = MuteForm(request.POST)
    days = form.cleaned_data["days"] if form.is_valid() else MuteForm.USUAL
    today = timezone.localdate()
    found = anomaly_mute(
        anomaly_id=anomaly_id, user=person_of(request), until=MuteForm.until(today, days), today=today
    )
    words = f"Quiet until {formats.day(found.muted_until)}." if found.muted_until else "It speaks again."
    messages.success(request, words)
    return redirect_after_post(request, _address(found))


def _shown(request: HttpRequest, portfolio_id: UUID | None, span: Span, last: date) -> dict[str, Any]:
    days = timeline_days(portfolio_id, span)
    evening = evening_of(portfolio_id, _day(request, days) or _worst(days, last))
    return {
        "spans": [(one.key, one.label) for one in _spans(portfolio_id, last)],
        "days": days,
        "lanes": [_lane(days, part) for part in PARTS],
        "is_daily": len(days) <= DAILY,
        "years": list(years_of(days, PARTS)) if len(days) > DAILY else [],
        "evening": evening,
        "last_shown": days[-1].day if days else last,
        "learned_counts": evening is not None and evening.parts[-1].is_counted,
        "part_labels": PART_LABELS,
    }


def _lane(days: list[ScoredDay], part: str) -> dict[str, Any]:
    """One lane of the chart: its path, where the threshold is, and how often it was crossed."""
    points = points_of(days, part)
    width, height = LANE
    step = width / max(len(points) - 1, 1)
    # Zero and the cut are the ends of every lane, so that lanes can be compared.
    drawn = [None if point is None else float(min(point, CUT)) for point in points]
    return {
        "part": part,
        "label": PART_LABELS[part],
        "note": LANE_NOTES[part],
        "path": _path(drawn),
        "alarms": [round(place * step, 1) for place, one in enumerate(points) if one and one >= ALARM],
        "threshold": round(height - height * float(ALARM / CUT), 1),
        "highest": max((point for point in points if point is not None), default=None),
        "rate": alarm_rate(days, part),
        "series": PARTS.index(part) + 1,
    }


def _path(values: list[float | None]) -> str:
    """A line whose lowest value is zero and whose highest is the cut, whatever it holds."""
    width, height = LANE
    if sum(value is not None for value in values) <= 1:
        return ""
    step = width / max(len(values) - 1, 1)
    commands, pen_down = [], False
    for place, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        y = height - shapes.along(value / float(CUT), height)
        commands.append(f"{'L' if pen_down else 'M'}{place * step:.1f} {y:.1f}")
        pen_down = True
    return "".join(commands)


def _subject(request: HttpRequest) -> UUID | None:
    """The account that the address names, None for the market. Raises NotFound for one not to be seen."""
    text = request.GET.get("subject", MARKET)
    if text == MARKET:
        return None
    try:
        key = UUID(text)
    except ValueError:
        raise NotFound("There is nothing by that identifier.", code="not-found") from None
    return account_seen(request.user, key).pk


def _subjects(scope: Scope | None) -> list[tuple[str, str]]:
    accounts = scope.accounts if scope else ()
    return [(MARKET, "Market"), *((str(one.id), one.name) for one in accounts if not one.is_closed)]


def _spans(portfolio_id: UUID | None, last: date) -> tuple[Span, ...]:
    return MARKET_SPANS if portfolio_id is None else account_spans(last)


def _span(request: HttpRequest, portfolio_id: UUID | None, last: date) -> Span:
    """The span that the address names, else the whole."""
    spans = _spans(portfolio_id, last)
    key = request.GET.get("span", "")
    return next((span for span in spans if span.key == key), spans[0])


def _day(request: HttpRequest, days: list[ScoredDay]) -> date | None:
    """The evening that the address names; one that cannot be read or is not shown is as if it named none."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if days and days[0].day <= day <= days[-1].day else None


def _worst(days: list[ScoredDay], last: date) -> date:
    """The evening that a span opens with: its highest alarm of the rules, else its last day."""
    alarms = [one for one in days if one.is_alarm]
    highest = max(alarms, key=lambda one: max(one.volatility or 0, one.co_movement or 0), default=None)
    return highest.day if highest else (days[-1].day if days else last)


def _address(anomaly: Anomaly) -> str:
    subject = anomaly.portfolio_id or MARKET
    return f"{reverse('mlrecs:anomalies')}?{urlencode({'subject': subject})}"
