"""Models as their pages show them: which one serves, the card of each, and the baselines beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Viewer
from common import formats
from common.errors import NotFound
from mlrecs.engine.model_catalogue import ANOMALIES, label_of
from mlrecs.models import DriftReport, Evaluation, ModelVersion

REPORTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """One model or baseline of a suite; `is_first` marks the best of the rules, or a model that passed."""

    name: str
    label: str
    is_this: bool
    is_model: bool
    is_first: bool
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteTable:
    """One suite of the evaluation: every model and every baseline beside each other, best first."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[BaselineRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestRow:
    """A model against one rival: the difference and its bootstrap interval."""

    label: str
    difference: str
    low: str
    high: str
    is_won: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationShown:
    """The last evaluation as pages show it; `verdict` and `contests` are those of one model."""

    evaluation: Evaluation
    champion: str
    words: str
    suites: tuple[SuiteTable, ...]
    verdict: str = ""
    contests: tuple[ContestRow, ...] = ()


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
    """The last evaluation of anomaly models; those of advice and of tone say nothing of who serves here."""
    return Evaluation.objects.filter(suite=ANOMALIES).order_by("-day", "-created_at").first()


def evaluation_shown(evaluation: Evaluation | None, name: str = "") -> EvaluationShown | None:
    """An evaluation with the row and the verdict of `name`; None without one that can be shown."""
    if evaluation is None or "crises" not in evaluation.result:
        return None
    crises, planted = evaluation.result["crises"], evaluation.result.get("planted")
    verdicts = {one["candidate"]: one for one in crises.get("verdicts", ())}
    verdict = verdicts.get(name, {})
    words = _words(crises)
    return EvaluationShown(
        evaluation=evaluation,
        champion=words.get(evaluation.champion, label_of(evaluation.champion)),
        words=evaluation.words,
        suites=(_crises(crises, name, evaluation.champion), *_planted(planted, name)),
        verdict=str(verdict.get("words", "")),
        contests=tuple(_contest(one, words) for one in verdict.get("contests", ())),
    )


def _crises(part: dict[str, Any], name: str, champion: str) -> SuiteTable:
    def cells(row: dict[str, Any]) -> tuple[str, ...]:
        return (
            _figure(row["vus_pr"]),
            _range(row),
            _figure(row["average_precision"]),
            f"{_figure(row['found'])} of {row['crises']}",
            _figure(row["delay"]),
            formats.percent(Decimal(row["false_alarms"]), 1),
        )

    return SuiteTable(
        title="On named crises",
        note=f"{part['days']:,} days from {_day(part['from'])} to {_day(part['until'])}, {_share(part)} of "
        "them in a crisis; a score of chance has that for its precision",
        columns=(
            "VUS-PR",
            "over seeds",
            "average precision",
            "crises found",
            "delay in days",
            "false alarms",
        ),
        rows=_rows(part, "vus_pr", name, champion, cells),
    )


def _day(text: str) -> str:
    return formats.day(date.fromisoformat(text))


def _planted(part: dict[str, Any] | None, name: str) -> tuple[SuiteTable, ...]:
    if part is None:
        return ()
    kinds = [one["kind"] for one in part["kinds"]]
    table = SuiteTable(
        title="On planted anomalies",
        note=f"mean average precision over {len(kinds)} kinds, on real returns from "
        f"{_day(part['from'])} to {_day(part['until'])}",
        columns=("mean", "over seeds", *(kind.replace("_", " ") for kind in kinds)),
        rows=_rows(
            part,
            "mean",
            name,
            part.get("champion", ""),
            lambda row: (_figure(row["mean"]), _range(row), *(_figure(row["kinds"][kind]) for kind in kinds)),
        ),
    )
    return (table,)


def _rows(
    part: dict[str, Any],
    measure: str,
    name: str,
    champion: str,
    cells: Callable[[dict[str, Any]], tuple[str, ...]],
) -> tuple[BaselineRow, ...]:
    ordered = sorted(part["rows"], key=lambda row: Decimal(row[measure] or 0), reverse=True)
    return tuple(
        BaselineRow(
            name=row["name"],
            label=row.get("words") or label_of(row["name"]),
            is_this=row["name"] == name,
            is_model=bool(row.get("is_model")),
            is_first=row["name"] == champion,
            cells=cells(row),
        )
        for row in ordered
    )


def _contest(one: dict[str, Any], words: dict[str, str]) -> ContestRow:
    return ContestRow(
        label=words.get(one["rival"], label_of(one["rival"])),
        difference=formats.signed(formats.fixed(Decimal(one["difference"]), 3)),
        low=formats.signed(formats.fixed(Decimal(one["low"]), 3)),
        high=formats.signed(formats.fixed(Decimal(one["high"]), 3)),
        is_won=bool(one["is_won"]),
    )


def _words(part: dict[str, Any]) -> dict[str, str]:
    return {row["name"]: str(row.get("words") or label_of(row["name"])) for row in part["rows"]}


def _figure(value: str | None) -> str:
    return "none" if value is None else value


def _range(row: dict[str, Any]) -> str:
    """The least and the most over the seeds; nothing where no seed changes it."""
    return "" if row["least"] == row["most"] else f"{row['least']} to {row['most']}"


def _share(part: dict[str, Any]) -> str:
    return formats.percent(Decimal(part["base_rate"]), 1)
