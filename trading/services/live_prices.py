"""Telling prices to the sockets: one message for a batch, and the latest of each symbol kept."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from common.valkey import valkey
from trading.selectors.live import PRICES_CHANNEL, QUOTES_HASH

PriceEntry = Mapping[str, str | bool | None]


def prices_publish(entries: Sequence[PriceEntry]) -> None:
    """Keep the entries as the latest of their symbols and tell them to all live processes at once.

    An entry has `symbol`, `price`, `bid`, `ask`, `change` (amounts as text or None), `as_of` (ISO 8601, UTC),
    `source`, `delayed`, and `gateway` where a gateway's daemon tells it. Raises RedisError when Valkey cannot
    be reached.
    """
    if not entries:
        return
    latest: dict[Any, Any] = {
        str(entry["symbol"]): json.dumps(entry, separators=(",", ":")) for entry in entries
    }
    with valkey().pipeline(transaction=False) as pipeline:
        # Kept first: whoever subscribes between the two sees the newest value twice, never an old one.
        pipeline.hset(QUOTES_HASH, mapping=latest)
        pipeline.publish(PRICES_CHANNEL, f'{{"prices":[{",".join(latest.values())}]}}')
        pipeline.execute()
