"""Severities and sentences of unusual days."""

from datetime import date
from decimal import Decimal

import pytest

from mlrecs.engine.anomaly_words import Driver, is_alarm, severity_of, what_changed

D = Decimal


@pytest.mark.parametrize(
    ("ratio", "severity"),
    [
        ("1", "notice"),
        ("1.49", "notice"),
        ("1.5", "warning"),
        ("2.49", "warning"),
        ("2.5", "severe"),
        ("9", "severe"),
    ],
)
def test_the_severity_follows_from_the_multiple_of_the_threshold(ratio: str, severity: str) -> None:
    assert severity_of(D(ratio)) == severity


def test_only_the_parts_that_may_raise_an_alarm_raise_one() -> None:
    scores = {"volatility": D("0.9"), "co_movement": None, "learned": D(4)}

    assert not is_alarm(scores, raising=("volatility", "co_movement"))
    assert is_alarm(scores, raising=("volatility", "learned"))


def test_a_score_at_its_threshold_is_an_alarm() -> None:
    assert is_alarm({"volatility": D(1)}, raising=("volatility",))


def test_what_changed_names_part_multiple_day_before_and_three_drivers() -> None:
    drivers = [Driver(symbol=name, share=D(share)) for name, share in
               (("JPM", "0.31"), ("BAC", "0.224"), ("XOM", "0.1"), ("KO", "0.05"))]  # fmt: skip

    words = what_changed(
        part="volatility", ratio=D("3.42"), before=D("0.8"), drivers=drivers, day=date(2020, 3, 16)
    )

    assert words == (
        "The move was large for what the weeks before led to expect: 3.4 times the threshold on 16 Mar 2020, "
        "0.8 times the session before. Driven by JPM 31\u202f%, BAC 22\u202f%, XOM 10\u202f% of the score."
    )


def test_without_a_day_before_and_drivers_the_sentence_ends() -> None:
    words = what_changed(part="co_movement", ratio=D("1.04"), before=None, drivers=[], day=date(2020, 3, 16))

    assert words == (
        "Holdings moved together in a way they usually do not: 1.0 times the threshold on 16 Mar 2020."
    )
