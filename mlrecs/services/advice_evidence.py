"""Keeping what was measured of advice, and the methods as versions that recommendations name."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from common.transactions import write_transaction
from mlrecs.models import Evaluation, ModelVersion
from mlrecs.selectors.evidence import SUITE, TASK, evidence_newest

# What advice goes by, until another is promoted.
FIRST_CHAMPION = "minimum_cvar"
# What `recommend --measure` found for this release; `docs/advice.md` has the same as tables.
SHIPPED = Path(__file__).parents[1] / "data" / "advice_evidence.json"
WORDS = "A rule: nothing is trained. Weights follow from the last three years of daily returns."


def evidence_measure(now: datetime, measured: Callable[[], Mapping[str, Any]]) -> Evaluation:
    """Measure, which takes about a minute, and keep the result."""
    return evidence_keep(dict(measured()), now)


@write_transaction
def evidence_keep(result: dict[str, Any], now: datetime) -> Evaluation:
    """Keep a measurement, and every method with its figures as a version."""
    clear = [name for name, said in result["screens"].items() if said["is_clear"]]
    words = f"Screens that clear their bar: {', '.join(clear) or 'none'}."
    evaluation = Evaluation.objects.create(
        day=now.date(), suite=SUITE, seeds=[0], result=result, champion=FIRST_CHAMPION, words=words
    )
    for method, said in result["methods"].items():
        _method_keep(method, said, result)
    return evaluation


def evidence_adopt() -> Evaluation | None:
    """Keep the measurement that ships with this release, where none was made; None where one was."""
    if evidence_newest():
        return None
    shipped = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return evidence_keep(shipped["result"], datetime.fromisoformat(shipped["measured_at"]))


def _method_keep(method: str, said: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    row, is_new = ModelVersion.objects.get_or_create(
        task=TASK, name=method, version=1, household=None, defaults={"words": WORDS}
    )
    row.metrics, row.universe = dict(said), list(result["symbols"])
    row.data_digest, row.data_from, row.data_until = result["digest"], result["from"], result["until"]
    champions = ModelVersion.objects.filter(
        task=TASK, household__isnull=True, status=ModelVersion.Status.CHAMPION
    )
    if is_new and method == FIRST_CHAMPION and not champions.exists():
        row.status = ModelVersion.Status.CHAMPION
    row.save()
