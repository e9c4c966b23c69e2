"""Ways to say how unusual a day is: rules, baselines and nets, all behind one protocol."""

from mlrecs.quant.detectors.base import Detector
from mlrecs.quant.detectors.catalogue import DETECTORS

__all__ = ["DETECTORS", "Detector"]
