"""Training gives the same weights for the same seed, in one go or in several."""

import hashlib

import numpy as np
import pytest
import torch

from mlrecs.quant.arrays import UnfitReturns
from mlrecs.quant.nets import (
    CorruptWeights,
    Form,
    NetSpec,
    adapted,
    net_from,
    train,
    untrained,
    weights_bytes,
)
from tests.mlrecs.quant.made_returns import made_returns

SPECS = [NetSpec(form=form, assets=4, window=10, hidden=6, code=2, epochs=3, batch=16) for form in Form]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.form)
class TestEveryForm:
    """What holds for each form of net."""

    def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(self, spec: NetSpec) -> None:
        digests = [
            hashlib.sha256(weights_bytes(train(spec, made_returns(), seed=seed))).hexdigest()
            for seed in (3, 3, 4)
        ]
        assert digests[0] == digests[1]
        assert digests[0] != digests[2]

    def test_a_training_that_stopped_goes_on_to_the_same_bytes(self, spec: NetSpec) -> None:
        states: list[bytes] = []

        def stop_after_two(epoch: int, loss: float, state: bytes) -> bool:
            states.append(state)
            return epoch < 2

        whole = train(spec, made_returns(), seed=3)
        part = train(spec, made_returns(), seed=3, on_epoch=stop_after_two)
        rest = train(spec, made_returns(), seed=3, start=states[-1])
        assert (whole.epochs, part.epochs, rest.epochs) == (3, 2, 3)
        assert len(states) == 2
        assert weights_bytes(rest) == weights_bytes(whole)
        assert weights_bytes(part) != weights_bytes(untrained(spec, made_returns(), seed=3))

    def test_a_net_comes_back_from_its_bytes(self, spec: NetSpec) -> None:
        net = train(spec, made_returns(), seed=3)
        back = net_from(weights_bytes(net), spec)
        assert np.array_equal(back.residuals(made_returns()), net.residuals(made_returns()), equal_nan=True)
        assert (back.epochs, back.loss) == (3, net.loss)

    def test_days_without_a_whole_window_have_no_residual(self, spec: NetSpec) -> None:
        found = train(spec, made_returns(), seed=3).residuals(made_returns())
        assert np.isnan(found[:9]).all()
        assert np.isfinite(found[9:]).all()

    def test_the_future_changes_no_residual_before_it(self, spec: NetSpec) -> None:
        net, returns = train(spec, made_returns(), seed=3), made_returns()
        changed = returns.copy()
        changed[150:] = changed[:149:-1]
        assert np.allclose(net.residuals(returns)[9:150], net.residuals(changed)[9:150], atol=1e-6)

    def test_training_learns_something(self, spec: NetSpec) -> None:
        losses: list[float] = []

        def keep(epoch: int, loss: float, state: bytes) -> bool:
            losses.append(loss)
            return True

        net = train(spec, made_returns(), seed=3, on_epoch=keep)
        assert len(losses) == 3
        assert net.loss == min(losses) < losses[0]

    def test_bytes_that_were_cut_short_are_refused(self, spec: NetSpec) -> None:
        data = weights_bytes(untrained(spec, made_returns(), seed=1))
        with pytest.raises(CorruptWeights, match="cannot be read"):
            net_from(data[:-3], spec)
        with pytest.raises(CorruptWeights, match="cannot be read"):
            net_from(b"no weights at all", spec)

    def test_weights_of_another_make_are_refused(self, spec: NetSpec) -> None:
        other = SPECS[1 - SPECS.index(spec)]
        with pytest.raises(CorruptWeights, match="another make"):
            net_from(weights_bytes(untrained(other, made_returns(), seed=1)), spec)

    def test_weights_that_are_no_numbers_are_refused(self, spec: NetSpec) -> None:
        net = untrained(spec, made_returns(), seed=1)
        next(net.module.parameters()).data[0] = float("nan")
        with pytest.raises(CorruptWeights, match="no numbers"):
            net_from(weights_bytes(net), spec)

    def test_a_state_of_another_training_is_refused(self, spec: NetSpec) -> None:
        states: list[bytes] = []

        def keep(epoch: int, loss: float, state: bytes) -> bool:
            states.append(state)
            return False

        train(spec, made_returns(), seed=3, on_epoch=keep)
        with pytest.raises(CorruptWeights, match="seed is another"):
            train(spec, made_returns(), seed=4, start=states[0])

    def test_returns_that_teach_nothing_are_refused(self, spec: NetSpec) -> None:
        with pytest.raises(UnfitReturns, match="There are 59 days of returns; at least 60 are needed"):
            train(spec, made_returns(59), seed=3)
        with pytest.raises(UnfitReturns, match="at least 2 are needed"):
            train(spec, made_returns(assets=1), seed=3)
        with pytest.raises(UnfitReturns, match="for 4 assets; these are 5"):
            train(spec, made_returns(assets=5), seed=3)
        still = made_returns()
        still[:, 2] = 0.0
        with pytest.raises(UnfitReturns, match="1 assets never move"):
            train(spec, still, seed=3)
        still[5, 1] = np.nan
        with pytest.raises(UnfitReturns, match="1 returns are missing"):
            train(spec, still, seed=3)

    def test_a_model_of_another_universe_is_refused(self, spec: NetSpec) -> None:
        net = untrained(spec, made_returns(), seed=1)
        with pytest.raises(UnfitReturns, match="reads 4 assets; these are 6"):
            net.residuals(made_returns(assets=6))


def test_a_masked_net_reads_other_assets_with_what_it_learnt() -> None:
    autoencoder, masked = SPECS
    net, others = train(masked, made_returns(), seed=3), made_returns(assets=7, seed=8)
    other = adapted(net, others)
    assert other.spec.assets == 7
    assert other.score(others).shape == (240,)
    for one, same in zip(other.module.parameters(), net.module.parameters(), strict=True):
        assert torch.equal(one, same)
    assert weights_bytes(adapted(net, made_returns())) == weights_bytes(net)
    with pytest.raises(UnfitReturns, match="reads no other assets"):
        adapted(train(autoencoder, made_returns(), seed=3), others)
