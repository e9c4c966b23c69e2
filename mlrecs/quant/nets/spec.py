"""What a net is made of and how it is trained: everything but the data and the seed."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from common.errors import InvalidInput


class Form(StrEnum):
    """The kinds of net.

    The plain autoencoder squeezes a window of all assets through a narrow code and reconstructs it. The
    masked form says what each asset should do today from the others' returns and the past, its own return of
    the day hidden.
    """

    AUTOENCODER = "autoencoder"
    MASKED = "masked"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetSpec:
    """One net. `window` is in days, `held_out` the share of the latest days on which the best epoch is chosen."""

    form: Form
    assets: int
    window: int = 30
    hidden: int = 32
    code: int = 8
    epochs: int = 12
    batch: int = 64
    learning_rate: float = 3e-3
    held_out: float = 0.15

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and words, for a row of the database."""
        return {**asdict(self), "form": self.form.value}

    @classmethod
    def from_json(cls, settings: dict[str, Any]) -> Self:
        """The spec of `to_json`; refused with `InvalidInput` where the settings are of another kind."""
        try:
            return cls(**{**settings, "form": Form(settings["form"])})
        except (KeyError, TypeError, ValueError) as fault:
            raise InvalidInput(f"These are no settings of a net: {fault}.") from None


def spec_of(form: Form, assets: int) -> NetSpec:
    """The default net of a form for so many assets."""
    if form is Form.AUTOENCODER:
        return NetSpec(form=form, assets=assets, window=30, hidden=48, code=16, epochs=8)
    return NetSpec(form=form, assets=assets, window=60, hidden=24, epochs=10, batch=128)
