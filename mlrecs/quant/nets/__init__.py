"""Nets over returns, in torch: what they are made of, training that can stop and go on, weights as bytes."""

from mlrecs.quant.nets.spec import Form, NetSpec, spec_of
from mlrecs.quant.nets.tensors import CorruptWeights
from mlrecs.quant.nets.trained import TrainedNet, net_from, untrained, weights_bytes
from mlrecs.quant.nets.training import train

__all__ = [
    "CorruptWeights",
    "Form",
    "NetSpec",
    "TrainedNet",
    "net_from",
    "spec_of",
    "train",
    "untrained",
    "weights_bytes",
]
