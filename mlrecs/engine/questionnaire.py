"""The questions about risk: what a person is willing to bear, and what they can afford to."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

FULL = 100
# Money that is needed soon bears no risk, whatever else was answered.
SHORT_CAPACITY = 24


class About(StrEnum):
    """What a question measures."""

    WILLINGNESS = "willingness"
    CAPACITY = "capacity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer: its key, its words, and the points it counts."""

    key: str
    words: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with its answers, from the most careful to the boldest."""

    key: str
    about: About
    words: str
    choices: tuple[Choice, ...]

    @property
    def most(self) -> int:
        """The most points it can bring."""
        return max(one.points for one in self.choices)

    def points(self, answer: str) -> int:
        """What an answer counts; an unknown one counts nothing."""
        return next((one.points for one in self.choices if one.key == answer), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Willingness and capacity from 0 to 100; advice goes by the lower of the two."""

    willingness: int
    capacity: int

    @property
    def score(self) -> int:
        """What advice goes by."""
        return min(self.willingness, self.capacity)


def _question(key: str, about: About, words: str, *answers: tuple[str, str]) -> Question:
    choices = tuple(
        Choice(key=name, words=sentence, points=place) for place, (name, sentence) in enumerate(answers)
    )
    return Question(key=key, about=about, words=words, choices=choices)


QUESTIONS = (
    _question(
        "fall",
        About.WILLINGNESS,
        "Your accounts lose a fifth of their value in three months. What do you do?",
        ("sell_all", "I sell everything."),
        ("sell_some", "I sell a part."),
        ("hold", "I wait."),
        ("buy", "I buy more."),
    ),
    _question(
        "worst_year",
        About.WILLINGNESS,
        "What is the largest loss in a year that would not change your plans?",
        ("5", "5 %"),
        ("10", "10 %"),
        ("20", "20 %"),
        ("35", "35 % or more"),
    ),
    _question(
        "trade",
        About.WILLINGNESS,
        "Which of these would you rather hold for a year?",
        ("sure", "A sure gain of 2 %"),
        ("small", "A gain of 8 % or a loss of 3 %, equally likely"),
        ("large", "A gain of 18 % or a loss of 9 %, equally likely"),
        ("largest", "A gain of 35 % or a loss of 20 %, equally likely"),
    ),
    _question(
        "experience",
        About.WILLINGNESS,
        "How long have you held shares or funds?",
        ("never", "Never"),
        ("short", "Less than three years"),
        ("long", "Three to ten years"),
        ("longest", "Longer, through at least one crisis"),
    ),
    _question(
        "horizon",
        About.CAPACITY,
        "When will you need most of this money?",
        ("3", "Within three years"),
        ("5", "In three to five years"),
        ("10", "In five to ten years"),
        ("later", "Later"),
    ),
    _question(
        "needed",
        About.CAPACITY,
        "How much of it may you have to spend within three years?",
        ("half", "More than half"),
        ("quarter", "A quarter to a half"),
        ("tenth", "Less than a quarter"),
        ("none", "None"),
    ),
    _question(
        "income",
        About.CAPACITY,
        "How safe is the income you live on?",
        ("none", "There is none, or I live on these accounts."),
        ("unsure", "It changes a lot."),
        ("steady", "It is steady."),
        ("safe", "It is safe, or covers far more than I spend."),
    ),
    _question(
        "reserve",
        About.CAPACITY,
        "For how many months could you live on cash kept elsewhere?",
        ("none", "Less than three"),
        ("three", "Three to six"),
        ("six", "Six to twelve"),
        ("year", "More than a year"),
    ),
    _question(
        "share",
        About.CAPACITY,
        "How much of all that you own is in these accounts?",
        ("most", "Nearly all"),
        ("half", "More than half"),
        ("some", "A quarter to a half"),
        ("little", "Less than a quarter"),
    ),
)


def tolerance_of(answers: Mapping[str, str]) -> Tolerance:
    """Willingness and capacity of the answers, by question; what was not answered counts nothing.

    Money that is needed within three years holds capacity in the lowest band.
    """
    capacity = _score(About.CAPACITY, answers)
    if answers.get("horizon") == "3" or answers.get("needed") == "half":
        capacity = min(capacity, SHORT_CAPACITY)
    return Tolerance(willingness=_score(About.WILLINGNESS, answers), capacity=capacity)


def missing_answers(answers: Mapping[str, str]) -> tuple[str, ...]:
    """Questions without an answer that they know."""
    return tuple(
        one.key for one in QUESTIONS if answers.get(one.key) not in {choice.key for choice in one.choices}
    )


def _score(about: About, answers: Mapping[str, str]) -> int:
    asked = [one for one in QUESTIONS if one.about is about]
    points = sum(one.points(answers.get(one.key, "")) for one in asked)
    return points * FULL // sum(one.most for one in asked)
