"""Waking the daemon of a gateway: a mark in Valkey that there is something to do, never what it is."""

from uuid import UUID

from redis import RedisError

from common.valkey import valkey

MARK_SECONDS = 30


def nudge(gateway_id: UUID) -> None:
    """Wake the daemon; without Valkey it looks by itself a second later. Called after the commit."""
    try:
        with valkey().pipeline(transaction=True) as pipeline:
            pipeline.rpush(nudges_of(gateway_id), 1)
            # One mark is as good as many: whoever wakes looks at everything.
            pipeline.ltrim(nudges_of(gateway_id), -1, -1)
            pipeline.expire(nudges_of(gateway_id), MARK_SECONDS)
            pipeline.execute()
    except RedisError:
        return


def nudges_of(gateway_id: UUID) -> str:
    """Where the mark is put."""
    return f"wealthalloc:nudge:{gateway_id}"
