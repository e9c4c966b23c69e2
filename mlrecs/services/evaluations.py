"""Evaluations: the suite is run, what it was run with is noted, and the result is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from mlrecs.engine.model_catalogue import ANOMALIES
from mlrecs.models import Evaluation, ModelVersion
from mlrecs.selectors.model_cards import evaluation_last
from mlrecs.services.model_versions import champion_seat_first

SEEDS = (1, 2, 3, 4, 5)
LIBRARIES = ("numpy", "scipy", "skfolio", "torch")
# What `evaluate_models --json` said of this release; `docs/models.md` is the same as a page.
SHIPPED = Path(__file__).parents[1] / "data" / "evaluation.json"


def evaluation_run(
    *,
    seeds: tuple[int, ...] = SEEDS,
    draws: int = 200,
    champion: str = "",
    on_progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """The result of the whole suite on the training universe, as plain JSON; nothing is kept.

    `champion` is who serves (`champion_before`), whom a model must beat beside every baseline. Takes minutes
    of one core; for commands and workers only. Refused with `UnfitReturns` where the universe is not
    installed.
    """
    # Nets and arrays stay out of every process that does not ask for them.
    from mlrecs.quant import universe  # noqa: PLC0415
    from mlrecs.quant.detectors import DETECTORS  # noqa: PLC0415
    from mlrecs.quant.evaluation.suite import Plan, evaluated  # noqa: PLC0415
    from mlrecs.quant.evaluation.walk import EMBARGO  # noqa: PLC0415

    days, symbols, returns = universe.universe_returns()
    plan = Plan(days=days, returns=returns, makers=DETECTORS, seeds=seeds, draws=draws, champion=champion)
    result = evaluated(plan, on_progress=on_progress)
    made = {
        "day": timezone.localdate().isoformat(),
        "versions": {name: version(name) for name in LIBRARIES},
        "seeds": list(seeds),
        "draws": draws,
        "embargo": EMBARGO,
        "universe": universe.NAME,
        "symbols": list(symbols),
        "from": days[0].isoformat(),
        "until": days[-1].isoformat(),
        "digest": universe.data_digest(returns),
    }
    return {"made": made, **result}


@transaction.atomic
def evaluation_keep(*, result: dict[str, Any]) -> Evaluation:
    """Keep a result as a row, the newest of its suite."""
    verdicts = result["crises"]["verdicts"]
    promoted = [one["candidate"] for one in verdicts if one["is_promoted"]]
    return Evaluation.objects.create(
        day=result["made"]["day"],
        suite=ANOMALIES,
        seeds=result["made"]["seeds"],
        result=result,
        champion=result["champion"],
        words=f"Promoted: {', '.join(promoted)}." if promoted else "No model passed the gate; a rule serves.",
    )


@transaction.atomic
def champion_before() -> str:
    """Who serves before the gate is asked, by name.

    Where nobody was ever seated, what the last evaluation put first is, that of the release where none was
    run: a net that passes the gate then takes two people to serve, the very first time too.
    """
    evaluation_adopt()
    champion_seat_first(task=ANOMALIES, now=timezone.now())
    seated = ModelVersion.objects.filter(
        task=ANOMALIES, household__isnull=True, status=ModelVersion.Status.CHAMPION
    )
    return "".join(seated.values_list("name", flat=True))


@transaction.atomic
def evaluation_adopt() -> Evaluation | None:
    """Keep the evaluation that ships with this release, where none was ever run; None where one was."""
    if evaluation_last() is not None:
        return None
    return evaluation_keep(result=json.loads(SHIPPED.read_text(encoding="utf-8")))
