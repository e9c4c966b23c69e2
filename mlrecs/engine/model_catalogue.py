"""Every way of scoring a day by its name: what it is called, what it does, and whether it learns."""

from dataclasses import dataclass

# What models of anomalies are for; other tasks have champions of their own.
ANOMALIES = "anomalies"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKind:
    """A kind of model as pages name it."""

    name: str
    label: str
    words: str
    learns: bool = False
    is_control: bool = False


KINDS: dict[str, ModelKind] = {
    kind.name: kind
    for kind in (
        ModelKind(
            name="volatility",
            label="EWMA volatility",
            words="Volatility after the day, over that of the days learnt from.",
        ),
        ModelKind(
            name="co_movement",
            label="Linear conditional residual",
            words="How far each holding is from what the others say of it, by linear regression.",
        ),
        ModelKind(
            name="turbulence",
            label="Turbulence",
            words="Distance of the day from the usual, in the usual covariance (Kritzman and Li 2010).",
        ),
        ModelKind(
            name="pca",
            label="Principal components",
            words="What the leading components do not explain of the day.",
        ),
        ModelKind(
            name="absolute",
            label="Size of the return",
            words="The portfolio's own return, either way, in usual moves.",
        ),
        ModelKind(
            name="zero",
            label="Reconstruct zero",
            words="The energy of the day: the error of a model that always answers zero.",
            is_control=True,
        ),
        ModelKind(name="random", label="Chance", words="A random number a day.", is_control=True),
        ModelKind(
            name="untrained",
            label="LSTM autoencoder, untrained",
            words="The same net with the weights of chance: whatever training adds shows against it.",
            is_control=True,
        ),
        ModelKind(
            name="lstm",
            label="LSTM autoencoder",
            words="Squeezes a window of all holdings through a narrow code; scores what does not come back.",
            learns=True,
        ),
        ModelKind(
            name="untrained_masked",
            label="Masked-asset LSTM, untrained",
            words="The masked form with the weights of chance.",
            is_control=True,
        ),
        ModelKind(
            name="lstm_masked",
            label="Masked-asset LSTM",
            words="Says each return from the others' and the past, its own hidden; scores the surprise.",
            learns=True,
        ),
    )
}
LEARNERS = tuple(kind.name for kind in KINDS.values() if kind.learns)


def label_of(name: str) -> str:
    """What a model is called on a page; its own name where the catalogue does not know it."""
    kind = KINDS.get(name)
    return kind.label if kind else name
