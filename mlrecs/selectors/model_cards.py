"""Models as their pages show them: which one serves, the card of each, and the baselines beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Viewer
from common.errors import NotFound
from mlrecs.engine.model_catalogue import KINDS, label_of
from mlrecs.models import DriftReport, Evaluation, ModelVersion

REPORTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """One model or baseline of the evaluation."""

    name: str
    label: str
    is_this: bool
    is_control: bool
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineTable:
    """The evaluation as a table: what was measured, for every model and every baseline."""

    evaluation: Evaluation
    columns: tuple[str, ...]
    rows: tuple[BaselineRow, ...]
    champion: str


def models_seen(user: Viewer) -> QuerySet[ModelVersion]:
    """The models that one may see, the newest of each name first, without their weights."""
    rows = ModelVersion.objects.visible_to(user).defer("weights")
    return rows.select_related("household", "proposed_by", "approved_by").order_by("-created_at")


def model_get(user: Viewer, model_id: UUID) -> ModelVersion:
    """One model. Raises NotFound for one that is not the user's to see."""
    model: ModelVersion | None = models_seen(user).filter(pk=model_id).first()
    if model is None:
        raise NotFound("There is no such model.", code="not-found")
    return model


def drift_of(model: ModelVersion) -> list[DriftReport]:
    """The last reports of drift, newest first."""
    return list(model.drift_reports.order_by("-day")[:REPORTS])


def evaluation_last() -> Evaluation | None:
    """The last evaluation."""
    return Evaluation.objects.order_by("-day", "-created_at").first()


def baseline_table(evaluation: Evaluation | None, name: str = "") -> BaselineTable | None:
    """An evaluation as a table, with the row of `name` marked; None without one that can be shown."""
    table = evaluation.result.get("table") if evaluation is not None else None
    if evaluation is None or not isinstance(table, dict):
        return None
    rows: Sequence[dict[str, Any]] = table.get("rows", ())
    return BaselineTable(
        evaluation=evaluation,
        columns=tuple(table.get("columns", ())),
        rows=tuple(_row(row, name) for row in rows),
        champion=label_of(evaluation.champion) if evaluation.champion else "",
    )


def figure_text(value: Any) -> str:
    """A figure of an evaluation as text: three places for fractions, whole numbers as they are."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return str(value) if number == number.to_integral_value() else f"{number:.3f}"


def _row(row: dict[str, Any], name: str) -> BaselineRow:
    kind = KINDS.get(row["name"])
    return BaselineRow(
        name=row["name"],
        label=label_of(row["name"]),
        is_this=row["name"] == name,
        is_control=kind is not None and not kind.learns,
        cells=tuple(figure_text(cell) for cell in row["cells"]),
    )
