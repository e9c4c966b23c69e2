"""Weekly reports of drift: recent returns against those learnt from, and alarms that thresholds realised."""

import logging
from datetime import date
from typing import TYPE_CHECKING

from common.errors import Conflict, DomainError
from common.transactions import write_transaction
from mlrecs.engine.drift_verdict import LEAST_DAYS, MOST_ALARMS, DriftFigure, drift_verdict
from mlrecs.engine.training_wishes import OWN, wish_read
from mlrecs.models import DriftReport, ModelVersion
from mlrecs.selectors.drift_facts import alarm_share, models_watched
from mlrecs.services.training_data import training_data

if TYPE_CHECKING:
    from mlrecs.quant.arrays import FloatArray

log = logging.getLogger(__name__)
# The window that is held against what was learnt: a year of sessions.
RECENT = 252
OUR_FAULT = "This report could not be made for a fault of ours."


def drift_reports_make(*, today: date) -> list[DriftReport]:
    """A report for every model that scores; one that cannot be made says why and stops none."""
    return [drift_report_make(model=model, today=today) for model in models_watched()]


def drift_report_make(*, model: ModelVersion, today: date) -> DriftReport:
    """The report of one model for this day; made again it takes the place of itself."""
    try:
        learnt, recent = _returns(model, today)
        return _keep(model, today, _figures(model, learnt, recent), days=len(recent))
    except DomainError as refusal:
        return _note(model, today, refusal.detail)
    except Exception:
        log.exception("drift of %s could not be judged", model.pk)
        return _note(model, today, OUR_FAULT)


def _figures(model: ModelVersion, learnt: "FloatArray", recent: "FloatArray") -> list[DriftFigure]:
    # Arrays are loaded where the work is done: commands and workers alone.
    from mlrecs.quant.drift import drift_figures  # noqa: PLC0415

    figures = drift_figures(learnt, recent, seed=model.seed)
    share = alarm_share(model, RECENT)
    if share is not None:
        label = "Share of days beyond the threshold"
        figures.append(DriftFigure(name="alarms", label=label, value=share, limit=MOST_ALARMS))
    return figures


def _returns(model: ModelVersion, today: date) -> tuple["FloatArray", "FloatArray"]:
    """What the model learnt from, and the last year after it. Raises Conflict where that is too short."""
    source = str(model.settings.get("source", "reference"))
    wish = wish_read({"name": model.name, "source": source})
    data = training_data(wish, household_id=model.household_id if source == OWN else None, today=today)
    if list(data.symbols) != list(model.universe):
        raise Conflict(
            "Not judged: the instruments are no longer those it was trained on.", code="other-universe"
        )
    until = model.data_until or date.min
    cut = sum(day <= until for day in data.days)
    recent = data.returns[max(cut, len(data.days) - RECENT) :]
    if len(recent) < LEAST_DAYS:
        raise Conflict(drift_verdict([], days=len(recent)).words, code="too-little-data")
    return data.returns[:cut], recent


@write_transaction
def _keep(model: ModelVersion, day: date, figures: list[DriftFigure], *, days: int) -> DriftReport:
    verdict = drift_verdict(figures, days=days)
    told = {
        one.name: {"label": one.label, "value": f"{one.value:f}", "limit": f"{one.limit:f}"}
        for one in figures
    }
    report, _ = DriftReport.objects.update_or_create(
        model=model,
        day=day,
        defaults={"has_drifted": verdict.has_drifted, "figures": told, "words": verdict.words[:300]},
    )
    return report


@write_transaction
def _note(model: ModelVersion, day: date, words: str) -> DriftReport:
    report, _ = DriftReport.objects.update_or_create(
        model=model, day=day, defaults={"has_drifted": False, "figures": {}, "words": words[:300]}
    )
    return report
