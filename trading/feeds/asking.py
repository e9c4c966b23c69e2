"""Asking a source through its gate: every question is counted, and the gate learns what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from common.outgoing import USUAL, Answer, Bounds, OutgoingError, ask
from trading.feeds.base import (
    FeedError,
    FeedKeyRefused,
    FeedLimited,
    FeedNotIncluded,
    FeedUnavailable,
)
from trading.feeds.gates import FeedGate

Told = TypeVar("Told")
# A key that was refused is refused again: asking on may get the address of the machine banned.
REFUSED_KEY_REST = 15 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDoor:
    """The way to one source: its name for people, its address, its gate, how long it is waited for."""

    title: str
    address: str
    gate: FeedGate
    bounds: Bounds = USUAL

    def ask(
        self,
        path: str,
        read: Callable[[Answer], Told],
        *,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        """What `read` makes of the answer to the question at `path`. Raises FeedError."""
        turn = self.gate.enter(self.title)
        try:
            told = self._read(path, read, parameters, headers)
        except FeedNotIncluded:
            # The source works; it is our key that was not made for this.
            self.gate.succeeded(turn)
            raise
        except FeedError as error:
            self.gate.failed(turn, rest_seconds=_rest(error))
            raise
        self.gate.succeeded(turn)
        return told

    def _read(
        self,
        path: str,
        read: Callable[[Answer], Told],
        parameters: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> Told:
        try:
            answer = ask(
                self.address.rstrip("/") + path, parameters=parameters, headers=headers, bounds=self.bounds
            )
        except OutgoingError as error:
            raise FeedUnavailable(f"{self.title}: {error}") from None
        return read(answer)


def _rest(error: FeedError) -> int:
    if isinstance(error, FeedLimited):
        return error.seconds
    return REFUSED_KEY_REST if isinstance(error, FeedKeyRefused) else 0
