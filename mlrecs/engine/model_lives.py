"""The life of a model: candidate, challenger, champion, retired, and who may move it along."""

from dataclasses import dataclass
from uuid import UUID

CANDIDATE, CHALLENGER, CHAMPION, RETIRED = "candidate", "challenger", "champion", "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a promotion is decided by; `gate_champion` is what the last evaluation put first, or empty."""

    name: str
    status: str
    proposed_by: UUID | None = None
    gate_champion: str = ""
    gate_words: str = ""


def proposal_refusal(standing: Standing) -> str:
    """Why a model cannot be proposed as champion; empty when it can.

    The gate decides, not the operator: only what the last evaluation put first may serve, baselines too.
    """
    if standing.status == CHAMPION:
        return "This model is the champion already."
    if not standing.gate_champion:
        return (
            "There is no evaluation yet: `manage.py evaluate_models` makes one, and the gate in it decides."
        )
    if standing.gate_champion != standing.name:
        because = f" {standing.gate_words}" if standing.gate_words else ""
        return f"The gate put {standing.gate_champion} first, so {standing.name} cannot be promoted.{because}"
    return ""


def approval_refusal(standing: Standing, actor_id: UUID) -> str:
    """Why `actor_id` cannot approve a proposed promotion; empty when they can."""
    if standing.proposed_by is None:
        return "Nobody has proposed this model. One operator proposes, a second one approves."
    if standing.proposed_by == actor_id:
        return "You proposed this model: a second operator must approve it."
    return proposal_refusal(standing)
