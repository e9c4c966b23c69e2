"""A training from returns to weights: the same seed, the same bytes; settings that bring the net back."""

import numpy as np

from mlrecs.quant.learning import kept_net, learn

RETURNS = np.random.default_rng(4).normal(0, 0.01, (300, 5))


def test_weights_and_settings_bring_the_net_back() -> None:
    learnt = learn("lstm_masked", RETURNS, seed=3, epochs=2)
    residuals = kept_net(learnt.weights, learnt.settings).residuals(RETURNS)

    assert residuals.shape == (300, 5)
    assert np.isnan(residuals[:59]).all()
    assert np.isfinite(residuals[60:]).all()
    assert learnt.settings["epochs"] == 2
    assert learnt.metrics["days"] == "300"
    assert learnt.metrics["held_out_days"] == "60"


def test_the_threshold_is_the_99th_percentile_of_the_days_held_out() -> None:
    learnt = learn("lstm", RETURNS, seed=3, epochs=1)
    scores = kept_net(learnt.weights, learnt.settings).score(RETURNS)

    assert learnt.thresholds["score"] == f"{np.quantile(scores[-45:], 0.99):.6f}"


def test_a_training_that_goes_on_ends_with_the_same_bytes() -> None:
    states: list[bytes] = []

    def kept(_epoch: int, _epochs: int, _loss: float, state: bytes) -> bool:
        states.append(state)
        return True

    whole = learn("lstm_masked", RETURNS, seed=3, epochs=3, on_epoch=kept)
    gone_on = learn("lstm_masked", RETURNS, seed=3, epochs=3, start=states[0])

    assert len(states) == 3
    assert gone_on.weights == whole.weights
