"""Why something is advised: reason codes, each with its sentence and its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ReasonCode(StrEnum):
    """What speaks for an advice; stable, since clients and lessons hang on it."""

    RISK_BEYOND_PROFILE = "risk_beyond_profile"
    RISK_CAN_FALL = "risk_can_fall"
    TAIL_CAN_FALL = "tail_can_fall"
    RISK_IN_ONE_PLACE = "risk_in_one_place"
    SINGLE_NAME_TOO_LARGE = "single_name_too_large"
    SECTOR_TOO_LARGE = "sector_too_large"
    REGION_TOO_LARGE = "region_too_large"
    FUNDS_OVERLAP = "funds_overlap"
    FACTOR_EVIDENCE = "factor_evidence"
    FACTOR_RANK = "factor_rank"
    OWN_VIEW = "own_view"
    TONE_TURNED = "tone_turned"
    TONE_IS_WEAK = "tone_is_weak"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason: its code, a sentence for people, and the numbers it rests on, as text by name."""

    code: ReasonCode
    words: str
    figures: Mapping[str, str] = field(default_factory=dict)


def reason_json(reason: Reason) -> dict[str, Any]:
    """A reason as it is kept."""
    return {"code": reason.code.value, "words": reason.words, "figures": dict(reason.figures)}
