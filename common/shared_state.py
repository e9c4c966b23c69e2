"""A small state that all processes share, changed by a rule of one step at a time."""

from collections.abc import Callable
from typing import Any, TypeVar

from redis import RedisError

from common.valkey import valkey

Outcome = TypeVar("Outcome")
# Whoever loses a round lost it to somebody who won it: this many lost ones mean something else is wrong.
MOST_ROUNDS = 1000
# Written only where nobody wrote since it was read. One script is one step for the server.
REPLACE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class StateUnavailable(Exception):
    """The shared state can neither be read nor changed just now."""


def state_change(key: str, rule: Callable[[bytes, int], tuple[bytes, Outcome]], *, seconds: int) -> Outcome:
    """Put `rule`'s new state in the place of the old one, and return what else it says.

    The rule gets the state (empty when there is none) and the server's clock in milliseconds, so that
    processes with different clocks agree. It may be called again when somebody else was faster: it must
    only reckon. The state is forgotten after `seconds` without a change. Raises StateUnavailable.
    """
    try:
        for _ in range(MOST_ROUNDS):
            before, now = _read(key)
            after, outcome = rule(before, now)
            if after == before or _replace(key, before, after, seconds):
                return outcome
    except RedisError as error:
        raise StateUnavailable("what the processes share cannot be reached") from error
    raise StateUnavailable("what the processes share changes too often")


def _read(key: str) -> tuple[bytes, int]:
    with valkey().pipeline(transaction=True) as pipeline:
        pipeline.get(key)
        pipeline.time()
        state, (whole, micro) = pipeline.execute()
    return state or b"", int(whole) * 1000 + int(micro) // 1000


def _replace(key: str, before: bytes, after: bytes, seconds: int) -> bool:
    script: Any = valkey().register_script(REPLACE)
    return bool(script(keys=[key], args=[before, after, seconds]))
