"""Models: which one serves and why, the card of each, and trainings with their progress."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import DomainError
from common.htmx import page_or_part, redirect_after_post
from common.problems import status_of
from mlrecs.engine.model_catalogue import ANOMALIES, KINDS, label_of
from mlrecs.forms.training import TrainingForm
from mlrecs.models import ModelVersion, TrainingRun
from mlrecs.selectors.model_cards import drift_of, evaluation_last, evaluation_shown, model_get, models_seen
from mlrecs.selectors.training_runs import AT_WORK, SHOWN, training_run_get, training_runs
from mlrecs.services.training_runs import A_DAY, training_ask, training_cancel, training_go_on
from mlrecs.tasks import enqueue_training
from mlrecs.views.people import person_of

TEMPLATE = "mlrecs/models.html"
CARD = "mlrecs/model_card.html"
STOP_POLLING = 286
LISTED = 60
STATUS_KINDS = {"champion": "ok", "challenger": "outline", "candidate": "plain", "retired": "plain"}
RUN_KINDS = {"failed": "error", "cancelled": "warn", "done": "ok"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def models(request: HttpRequest) -> HttpResponse:
    """Which model serves, beside what it was measured against; a POST asks for a training."""
    if request.method == "POST":
        return _asked(request)
    return page_or_part(request, TEMPLATE, _context(request, TrainingForm()), part="models")


@login_required
@require_safe
def model_card(request: HttpRequest, model_id: UUID) -> HttpResponse:
    """The card of one model: what it is for, what it learnt from, how it measures, and its limits."""
    model = model_get(person_of(request), model_id)
    context = {
        "model": model,
        "kind": KINDS.get(model.name),
        "label": label_of(model.name),
        "status_kind": STATUS_KINDS[model.status],
        "evaluated": evaluation_shown(evaluation_last(), model.name),
        "drift": drift_of(model),
        "losses": [float(loss) for loss in model.metrics.get("losses", [])],
        "figures": _figures(model),
        "settings": {key: value for key, value in model.settings.items() if key != "source"},
        "is_reference": model.settings.get("source", "reference") == "reference",
        "size": model.metrics.get("bytes", ""),
    }
    return render(request, CARD, context)


@login_required
@require_safe
def training_progress(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """How far a training is; once it is over, the polling ends and the page is shown anew."""
    run = training_run_get(person_of(request), run_id)
    response = render(request, f"{TEMPLATE}#progress", {"run": run})
    if run.state not in AT_WORK:
        response.status_code = STOP_POLLING
        response["HX-Redirect"] = reverse("mlrecs:models")
    return response


@login_required
@require_POST
def training_stop(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Stop a training; what it learnt so far is kept."""
    training_cancel(run_id=run_id, user=person_of(request))
    return redirect_after_post(request, reverse("mlrecs:models"))


@login_required
@require_POST
def training_resume(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Let a stopped training go on where it was."""
    run = training_go_on(run_id=run_id, user=person_of(request), now=timezone.now())
    transaction.on_commit(lambda: enqueue_training(run.pk))
    return redirect_after_post(request, reverse("mlrecs:models"))


def _asked(request: HttpRequest) -> HttpResponse:
    form, status = TrainingForm(request.POST), 422
    if form.is_valid():
        try:
            run = training_ask(user=person_of(request), wish=form.wish(), now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, refusal.detail)
            status = status_of(refusal)
        else:
            transaction.on_commit(lambda: enqueue_training(run.pk))
            return redirect_after_post(request, reverse("mlrecs:models"))
    return render(request, TEMPLATE, _context(request, form), status=status)


def _context(request: HttpRequest, form: TrainingForm) -> dict[str, Any]:
    user = person_of(request)
    seen = list(models_seen(user).filter(task=ANOMALIES)[:LISTED])
    champion = next((model for model in seen if model.status == ModelVersion.Status.CHAMPION), None)
    return {
        "form": form,
        "rows": [_line(model) for model in seen],
        "champion": champion,
        "champion_label": label_of(champion.name) if champion else "",
        "evaluated": evaluation_shown(evaluation_last()),
        "runs": [_run(run) for run in training_runs(user)[:SHOWN]],
        "quota": A_DAY,
    }


def _line(model: ModelVersion) -> dict[str, Any]:
    return {"model": model, "label": label_of(model.name), "status_kind": STATUS_KINDS[model.status]}


def _run(run: TrainingRun) -> dict[str, Any]:
    return {
        "run": run,
        "label": label_of(str(run.settings.get("name", ""))),
        "is_at_work": run.state in AT_WORK,
        "may_go_on": run.household_id is not None and run.state in ("cancelled", "failed"),
        "kind": RUN_KINDS.get(run.state, "plain"),
        "losses": [float(loss) for loss in run.history],
    }


def _figures(model: ModelVersion) -> list[tuple[str, str]]:
    """What the training measured, with its words."""
    labels = {
        "days": "Days it learnt from and was judged on",
        "held_out_days": "Latest days held out",
        "held_out_loss": "Loss on them, best epoch",
        "mean_score": "Mean score on them",
        "epochs": "Epochs",
    }
    return [(label, str(model.metrics[key])) for key, label in labels.items() if key in model.metrics]
