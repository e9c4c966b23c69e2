"""Training: seeded, on one thread, and able to go on where it stopped with the same weights in the end.

Everything an epoch depends on is in the state between epochs: weights, the optimiser's moments, the best
weights so far. The order of samples follows from the seed and the number of the epoch. So a training that was
interrupted and one that was not give the same bytes.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.nets.spec import NetSpec
from mlrecs.quant.nets.tensors import CorruptWeights, tensors_from, tensors_to
from mlrecs.quant.nets.trained import TrainedNet, untrained, weights_load

# Tells of an epoch: its number from one, the loss on the days held out, the state. Training goes on while
# True.
OnEpoch = Callable[[int, float, bytes], bool]

# Longer steps of the gradient than this are shortened.
LONGEST_STEP = 1.0


def train(
    spec: NetSpec,
    returns: FloatArray,
    *,
    seed: int,
    start: bytes | None = None,
    on_epoch: OnEpoch | None = None,
) -> TrainedNet:
    """A net trained on `returns`, days by assets, oldest first; the best epoch on the latest days is kept.

    `start` is the state of an epoch that `on_epoch` was told: training goes on from there. When `on_epoch`
    gives False, training ends with the best so far. Refused with `UnfitReturns` where the returns are too
    few, too narrow, missing or still, and with `CorruptWeights` where `start` is no state of such a net.
    """
    fresh = untrained(spec, returns, seed=seed)
    run = _Run(fresh, returns, seed)
    if start is not None:
        run.resume(start)
    while run.epoch < spec.epochs:
        run.one_epoch()
        if on_epoch is not None and not on_epoch(run.epoch, run.losses[-1], run.state()):
            break
    return run.finished()


class _Run:
    """A training under way."""

    def __init__(self, fresh: TrainedNet, returns: FloatArray, seed: int) -> None:
        self.spec, self.module, self.seed = fresh.spec, fresh.module, seed
        cut = _cut(fresh.spec, len(returns))
        # No window has days of both: what is held out is never learnt from.
        self.learnt = self.module.samples(returns[:cut])
        self.held_out = self.module.samples(returns[cut:])
        self.optimiser = torch.optim.Adam(self.module.parameters(), lr=fresh.spec.learning_rate)
        self.epoch = 0
        self.losses: list[float] = []
        self.best = _copy(self.module)
        self.best_loss = float("inf")

    def one_epoch(self) -> None:
        """Every sample once, in an order of its own; then the loss on the days held out."""
        self.module.train()
        for batch in self._batches():
            self.optimiser.zero_grad()
            loss = self.module.loss(*batch)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.module.parameters(), LONGEST_STEP)
            self.optimiser.step()
        self.epoch += 1
        self._judge()

    def _batches(self) -> list[list[Tensor]]:
        generator = torch.Generator().manual_seed(self.seed * 100_003 + self.epoch)
        order = torch.randperm(len(self.learnt[0]), generator=generator)
        return [[part[some] for part in self.learnt] for some in torch.split(order, self.spec.batch)]

    def _judge(self) -> None:
        self.module.eval()
        with torch.no_grad():
            loss = float(self.module.loss(*self.held_out))
        self.losses.append(loss)
        if loss < self.best_loss:
            self.best, self.best_loss = _copy(self.module), loss

    def state(self) -> bytes:
        """All that the next epoch depends on."""
        tensors = {f"now.{name}": value for name, value in self.module.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in self.best.items()}
        for number, moments in self.optimiser.state_dict()["state"].items():
            tensors |= {f"adam.{number}.{name}": value for name, value in moments.items()}
        facts = {"epoch": self.epoch, "seed": self.seed, "losses": self.losses, "best_loss": self.best_loss}
        return tensors_to(tensors, facts)

    def resume(self, start: bytes) -> None:
        """Go on from a state."""
        tensors, facts = tensors_from(start)
        if facts.get("seed") != self.seed:
            raise CorruptWeights("The state is not one of this training: its seed is another.")
        weights_load(self.module, _below("now.", tensors))
        self.best, self.best_loss = _below("best.", tensors), float(facts["best_loss"])
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in _below("adam.", tensors).items():
            number, kind = name.split(".", 1)
            moments.setdefault(int(number), {})[kind] = value
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": moments, "param_groups": groups})
        self.epoch, self.losses = facts["epoch"], facts["losses"]

    def finished(self) -> TrainedNet:
        """The net of the best epoch."""
        self.module.load_state_dict(self.best)
        self.module.eval()
        return TrainedNet(self.spec, self.module, self.epoch, self.best_loss)


def _cut(spec: NetSpec, days: int) -> int:
    """How many days are learnt from; the days held out are at least a window."""
    return days - max(round(days * spec.held_out), spec.window)


def _copy(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
