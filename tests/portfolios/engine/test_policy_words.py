"""The open points of the wash-sale rule in words: all of them, the answer that holds first."""

from dataclasses import fields

from portfolios.engine.policies import WashPolicy
from portfolios.engine.policy_words import OFF, ON, QUESTIONS


def test_every_policy_is_asked_about_and_the_day_of_digital_assets_is_not() -> None:
    asked = [question.field for question in QUESTIONS]
    assert asked == [field.name for field in fields(WashPolicy) if field.name != "digital_assets_from"]


def test_the_first_answer_is_the_one_that_holds_unless_changed() -> None:
    held = WashPolicy()
    for question in QUESTIONS:
        value = getattr(held, question.field)
        first = (ON if value else OFF) if isinstance(value, bool) else value.value
        assert (question.field, question.answers[0].value) == (question.field, first)
        assert len({answer.value for answer in question.answers}) == 2
