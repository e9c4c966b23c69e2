"""How often tone is read rightly: by hand, with Wilson's interval, beside guessing."""

from decimal import Decimal

import pytest

from common.errors import InvalidInput
from mlrecs.engine.tone import ToneLabel
from mlrecs.engine.tone_accuracy import PHRASEBANK, ToneAccuracy, tone_accuracy

GOOD, NONE, BAD = ToneLabel.POSITIVE, ToneLabel.NEUTRAL, ToneLabel.NEGATIVE


def test_accuracy_guessing_and_macro_f1_follow_from_the_counts() -> None:
    # Six neutral (five read so), three good (one read so), one bad (read as neutral).
    judged = [(NONE, NONE)] * 5 + [(NONE, GOOD), (GOOD, GOOD), (GOOD, NONE), (GOOD, NONE), (BAD, NONE)]

    # F1: neutral 10/14, good 2/5, bad 0; their mean is 0.371. Wilson for 6 of 10: 0.313 to 0.832.
    assert tone_accuracy(judged) == ToneAccuracy(
        texts=10,
        accuracy=Decimal("0.600"),
        low=Decimal("0.313"),
        high=Decimal("0.832"),
        majority_label=NONE,
        majority=Decimal("0.600"),
        macro_f1=Decimal("0.371"),
    )


def test_a_label_that_occurs_nowhere_does_not_lower_the_mean() -> None:
    told = tone_accuracy([(GOOD, GOOD), (NONE, NONE)])

    assert (told.accuracy, told.macro_f1, told.high) == (Decimal(1), Decimal(1), Decimal(1))


def test_only_a_reader_whose_whole_interval_lies_above_guessing_beats_it() -> None:
    assert PHRASEBANK.beats_guessing
    few = [(NONE, NONE)] * 4 + [(GOOD, GOOD)]
    assert not tone_accuracy(few).beats_guessing


def test_nothing_to_measure_on_is_refused() -> None:
    with pytest.raises(InvalidInput):
        tone_accuracy([])
