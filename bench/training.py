"""Training the default nets on one core, and that the same seed gives the same weights."""

import hashlib
import sys
import time
from dataclasses import dataclass

from mlrecs.quant.nets import Form, spec_of, train, weights_bytes
from mlrecs.quant.universe import universe_returns

# Ten years of twenty stocks, as the evaluation and the monthly challenger learn from.
DAYS = 2520
SEED = 1
GOAL = 90
NAMES = {Form.AUTOENCODER: "LSTM autoencoder", Form.MASKED: "LSTM, masked asset"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What one training took, and the digest of its weights."""

    seconds: float
    digest: str
    size: int
    epochs: int


def measure() -> str:
    """A table by form of net; the time is of the processor, so a busy machine does not bend it."""
    lines = [
        "## Training",
        "",
        (
            f"The default nets on {DAYS:,} days of twenty stocks, one thread. Processor time, trained twice "
            "with one seed; weights as safetensors, compared by SHA-256."
        ),
        "",
        "| net | processor time, s | epochs | weights, bytes | same weights again |",
        "|---|---|---|---|---|",
    ]
    slowest = 0.0
    for form, name in NAMES.items():
        one, again = _trained(form), _trained(form)
        slowest = max(slowest, one.seconds, again.seconds)
        same = "yes" if one.digest == again.digest else "NO"
        seconds = min(one.seconds, again.seconds)
        lines.append(f"| {name} | {seconds:.1f} | {one.epochs} | {one.size:,} | {same} |")
    lines += ["", f"The goal is {GOAL} s; the slowest took {slowest:.1f} s, {slowest / GOAL:.0%} of it."]
    return "\n".join(lines)


def _trained(form: Form) -> Trained:
    returns = universe_returns()[2][-DAYS:]
    started = time.process_time()
    net = train(spec_of(form, returns.shape[1]), returns, seed=SEED)
    seconds = time.process_time() - started
    data = weights_bytes(net)
    digest = hashlib.sha256(data).hexdigest()
    return Trained(seconds=seconds, digest=digest, size=len(data), epochs=net.epochs)


if __name__ == "__main__":
    sys.exit("Run it as: python -m bench training")
