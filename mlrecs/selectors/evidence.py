"""What was measured of advice: how methods and screens fared, and the rule that stands as a model."""

from datetime import datetime
from typing import Any

from mlrecs.models import Evaluation, ModelVersion

SUITE = "advice"
TASK = "risk_optimisation"


def evidence_newest() -> dict[str, Any]:
    """The newest measurement of advice; empty when there was none."""
    newest = Evaluation.objects.filter(suite=SUITE).order_by("-created_at").first()
    found: dict[str, Any] = {} if newest is None else newest.result
    return found


def evidence_since(moment: datetime) -> bool:
    """Whether advice was measured after a moment."""
    return Evaluation.objects.filter(suite=SUITE, created_at__gt=moment).exists()


def method_version(method: str) -> ModelVersion | None:
    """The newest version of a method of optimisation."""
    rows = ModelVersion.objects.filter(task=TASK, name=method, household__isnull=True)
    return rows.order_by("-version").first()
