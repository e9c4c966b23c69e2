"""The catalogue that pages read, held against the detectors there are."""

from mlrecs.engine.model_catalogue import KINDS, LEARNERS
from mlrecs.quant.detectors import DETECTORS
from mlrecs.quant.learning import FORMS


def test_pages_know_every_detector_by_its_name() -> None:
    assert set(KINDS) >= set(DETECTORS)


def test_every_learner_has_its_net() -> None:
    assert set(LEARNERS) == set(FORMS)
