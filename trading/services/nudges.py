"""Waking the daemon of a gateway: without a nudge it looks for work by itself, only later."""

import logging
from typing import Any, cast
from uuid import UUID

from redis.exceptions import RedisError

from common.valkey import valkey

logger = logging.getLogger(__name__)
LIFE_SECONDS = 30


def nudge(gateway_id: UUID) -> None:
    """Say that there is work; never raises, since the work itself is in the database."""
    try:
        with valkey().pipeline(transaction=True) as pipeline:
            pipeline.lpush(nudge_of(gateway_id), "1")
            pipeline.ltrim(nudge_of(gateway_id), 0, 0)
            pipeline.expire(nudge_of(gateway_id), LIFE_SECONDS)
            pipeline.execute()
    except RedisError as error:
        logger.warning("a gateway was not nudged: %s", error)


def nudge_wait(gateway_id: UUID, *, seconds: float) -> bool:
    """Wait for a nudge; returns whether one came. Raises RedisError when Valkey cannot be reached."""
    return cast("Any", valkey().blpop([nudge_of(gateway_id)], timeout=seconds)) is not None


def nudge_of(gateway_id: UUID) -> str:
    """Where nudges of a gateway wait."""
    return f"wealthalloc:nudge:{gateway_id}"
