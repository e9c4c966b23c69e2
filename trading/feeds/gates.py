"""Where the gates before the sources are kept: in Valkey, so that all processes share one budget."""

import json
from collections.abc import Callable
from dataclasses import asdict

from common.shared_state import StateUnavailable, state_change
from trading.engine.breaker import Breaker
from trading.engine.feed_gates import Gate, GateRules, Permit, gate_ask, gate_failed, gate_succeeded
from trading.feeds.base import FeedUnavailable, FeedWaits

PREFIX = "wealthalloc:feed:"
# Longer than the longest window of a budget and the longest rest of a breaker.
KEPT_SECONDS = 2 * 24 * 3600


class FeedGate:
    """The gate before one source, named by `key`."""

    def __init__(self, key: str, rules: GateRules) -> None:
        self.rules = rules
        self._key = PREFIX + key

    def enter(self, title: str) -> int:
        """Count a question before it is asked, and return its turn, to be told what came of it.

        Raises FeedWaits when it is not to be asked now, and FeedUnavailable when questions cannot be counted:
        a limit that costs money or a ban is kept by not asking.
        """
        try:
            permit = state_change(self._key, self._asked, seconds=KEPT_SECONDS)
        except StateUnavailable:
            raise FeedUnavailable(f"{title} is not asked while its questions cannot be counted") from None
        if permit.wait:
            reason = "failed and is left alone" if permit.is_resting else "was asked as often as is allowed"
            raise FeedWaits(f"{title} {reason}", seconds=-(-permit.wait // 1000))
        return permit.turn

    def succeeded(self, turn: int) -> None:
        """The question of `turn` was answered."""
        self._tell(lambda gate, _: gate_succeeded(gate, turn))

    def failed(self, turn: int, *, rest_seconds: int = 0) -> None:
        """The question of `turn` failed, and the source is to be left alone for `rest_seconds` at least."""
        self._tell(lambda gate, now: gate_failed(gate, self.rules, now, turn, at_least=rest_seconds * 1000))

    def _asked(self, state: bytes, now: int) -> tuple[bytes, Permit]:
        before = gate_read(state)
        after, permit = gate_ask(before, self.rules, now)
        return (state if after == before else gate_write(after)), permit

    def _tell(self, change: Callable[[Gate, int], Gate]) -> None:
        def told(state: bytes, now: int) -> tuple[bytes, None]:
            before = gate_read(state)
            after = change(before, now)
            return (state if after == before else gate_write(after)), None

        try:
            state_change(self._key, told, seconds=KEPT_SECONDS)
        except StateUnavailable:
            # The next question cannot be counted either, and is not asked.
            return


def gate_read(state: bytes) -> Gate:
    """The gate that `state` holds; a new one when it is empty or of another release."""
    try:
        held = json.loads(state)
        return Gate(breaker=Breaker(**held["breaker"]), taken=tuple(int(moment) for moment in held["taken"]))
    except (ValueError, KeyError, TypeError):
        return Gate()


def gate_write(gate: Gate) -> bytes:
    """`gate` as it is kept."""
    return json.dumps(asdict(gate), separators=(",", ":")).encode()
