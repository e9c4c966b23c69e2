"""What the broker says of its own links, told once per change: ours to it, and its to the market."""

from collections.abc import Callable
from types import MappingProxyType

from trading.brokers.base import LinkChanged
from trading.engine.records import LinkState

LINKS = MappingProxyType(
    {
        1100: LinkState.LOST,
        1300: LinkState.LOST,
        1101: LinkState.RESTORED_DATA_LOST,
        1102: LinkState.RESTORED,
    }
)
BROKEN = frozenset({2103, 2105, 2110, 2157})
WORKING = frozenset({2104, 2106, 2158})


class Links:
    """The state of the links of one connection; `emit` is given each change.

    Codes come many times over; farms of market data come and go one by one, and the data is whole again when
    the last broken one is back.
    """

    def __init__(self, *, emit: Callable[[LinkChanged], None]) -> None:
        self._emit = emit
        self._broken: set[str] = set()
        self.is_lost = False

    def code(self, code: int, words: str) -> None:
        """Takes note of a code about links; others are nothing to it."""
        if code in LINKS:
            self._link(LINKS[code], code, words)
        elif code in BROKEN:
            self._farm_broken(code, words)
        elif code in WORKING:
            self._farm_working(code, words)

    def _link(self, state: LinkState, code: int, words: str) -> None:
        was_lost, self.is_lost = self.is_lost, state is LinkState.LOST
        if not (was_lost and self.is_lost):
            self._emit(LinkChanged(state=state, code=code, words=words))
        if not self.is_lost:
            self._broken.discard("")

    def _farm_broken(self, code: int, words: str) -> None:
        is_first = not self._broken
        self._broken.add(_farm(words))
        if is_first:
            self._emit(LinkChanged(state=LinkState.DATA_BROKEN, code=code, words=words))

    def _farm_working(self, code: int, words: str) -> None:
        was_broken = bool(self._broken)
        self._broken -= {_farm(words), ""}
        if was_broken and not self._broken:
            self._emit(LinkChanged(state=LinkState.DATA_RESTORED, code=code, words=words))


def _farm(words: str) -> str:
    """The farm of "Market data farm connection is broken:usfarm"; empty when no farm is named."""
    return words.rpartition(":")[2].strip() if ":" in words else ""
