"""Telling prices to the sockets."""

import json
from typing import Any

from common.valkey import valkey
from tests.trading.live_people import symbol_made
from trading.selectors.live import PRICES_CHANNEL, QUOTES_HASH
from trading.services.live_prices import prices_publish


def test_a_batch_is_one_message_and_each_symbol_keeps_its_latest() -> None:
    one, two = symbol_made(), symbol_made()
    entries: list[Any] = [{"symbol": one, "price": "1.10"}, {"symbol": two, "price": None}]
    client: Any = valkey()
    with client.pubsub() as listener:
        listener.subscribe(PRICES_CHANNEL)
        listener.get_message(timeout=5)
        prices_publish(entries)
        heard: list[Any] = []
        # Other tests may be telling prices too.
        while not heard:
            message = listener.get_message(timeout=5)
            assert message is not None
            body = json.loads(message["data"])
            heard = [body] if one in str(body) else []

    assert heard == [{"prices": entries}]
    kept: Any = valkey().hmget(QUOTES_HASH, [one, two])
    assert [json.loads(text) for text in kept] == entries


def test_nothing_to_tell_needs_no_server(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    prices_publish([])
