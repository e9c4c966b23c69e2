"""What a control says about an order: how it judged, in a sentence, with the figures it went by."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Outcome(StrEnum):
    """How a control judged, mildest first. What asks waits for a person to say yes."""

    PASS = "pass"  # noqa: S105 (a judgement, no secret)
    WARN = "warn"
    ASK = "ask"
    DENY = "deny"


GRAVITY = tuple(Outcome)
Figures = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The judgement of one control. `should_halt` asks for the kill switch: something is out of hand."""

    outcome: Outcome
    sentence: str
    figures: Figures = ()
    should_halt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A finding with the control that made it, by its number in the list of controls and its name."""

    number: int
    name: str
    outcome: Outcome
    sentence: str
    figures: Figures = ()
    should_halt: bool = False


def passed(sentence: str, **figures: object) -> Finding:
    """Nothing stands against the order."""
    return Finding(outcome=Outcome.PASS, sentence=sentence, figures=written(figures))


def warned(sentence: str, **figures: object) -> Finding:
    """The order may go, and the person should know this."""
    return Finding(outcome=Outcome.WARN, sentence=sentence, figures=written(figures))


def asked(sentence: str, **figures: object) -> Finding:
    """The order goes once a person has confirmed it."""
    return Finding(outcome=Outcome.ASK, sentence=sentence, figures=written(figures))


def denied(sentence: str, **figures: object) -> Finding:
    """The order must not go."""
    return Finding(outcome=Outcome.DENY, sentence=sentence, figures=written(figures))


def halted(sentence: str, **figures: object) -> Finding:
    """The order must not go, and neither must any other until a person has looked."""
    return Finding(outcome=Outcome.DENY, sentence=sentence, figures=written(figures), should_halt=True)


def gravest(findings: Iterable[Finding]) -> Finding:
    """The finding that weighs most; of equals, the first."""
    return max(findings, key=lambda finding: GRAVITY.index(finding.outcome))


def overall(verdicts: Iterable[Verdict]) -> Outcome:
    """What all verdicts come to: the gravest. Raises ValueError when there is none to go by."""
    return max((verdict.outcome for verdict in verdicts), key=GRAVITY.index)


def written(figures: dict[str, object]) -> Figures:
    """Figures in text, decimals without an exponent."""
    return tuple(
        (name, f"{value:f}" if isinstance(value, Decimal) else str(value)) for name, value in figures.items()
    )


def money(amount: Decimal, currency: str) -> str:
    """An amount as people read it, to the cent."""
    return f"{amount:,.2f} {currency}"
