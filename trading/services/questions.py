"""Questions of web processes to the daemon that owns a gateway, asked and answered through Valkey."""

import json
import time
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID, uuid4

from common.errors import Conflict
from common.valkey import valkey
from trading.services.nudges import nudge

ANSWER_SECONDS = 30
TURN_SECONDS = 1.0
# A wait of nothing means for ever to the server.
SHORTEST_TURN = 0.01
LONGEST_QUEUE = 1000


class GatewaySilent(Conflict):
    """The daemon of the gateway did not answer in time: nothing is known about what was asked."""

    def __init__(self) -> None:
        super().__init__(
            "The broker's gateway does not answer now. Try again shortly.", code="gateway-silent"
        )


def question_ask(
    gateway_id: UUID, kind: str, content: Mapping[str, Any], *, seconds: float = 5.0
) -> dict[str, Any]:
    """Ask the daemon and wait for its answer, JSON both ways.

    Raises GatewaySilent when none comes in time, Conflict when the daemon refuses with words.
    """
    name = uuid4().hex
    question = {"name": name, "kind": kind, "content": dict(content), "until": time.time() + seconds}
    with valkey().pipeline(transaction=True) as pipeline:
        pipeline.rpush(queue_of(gateway_id), json.dumps(question))
        pipeline.ltrim(queue_of(gateway_id), -LONGEST_QUEUE, -1)
        pipeline.expire(queue_of(gateway_id), ANSWER_SECONDS)
        pipeline.execute()
    nudge(gateway_id)
    answer: dict[str, Any] = json.loads(_answer_await(name, seconds))
    if "refusal" in answer:
        raise Conflict(str(answer["refusal"]), code="broker-refusal")
    return answer


def _answer_await(name: str, seconds: float) -> bytes:
    """The answer as it was put there. Raises GatewaySilent.

    Waited for in turns that are shorter than the time after which a connection counts as lost: an answer
    that came to a connection which was given up would be gone.
    """
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        turn = max(min(left, TURN_SECONDS), SHORTEST_TURN)
        told = cast("tuple[bytes, bytes] | None", valkey().blpop([answer_of(name)], timeout=turn))
        if told is not None:
            return told[1]
    raise GatewaySilent


def questions_take(gateway_id: UUID, *, most: int = 20) -> list[dict[str, Any]]:
    """The questions that wait and that somebody still listens for, oldest first; they are taken away."""
    rows = cast("list[bytes] | None", valkey().lpop(queue_of(gateway_id), most)) or []
    questions = [json.loads(row) for row in rows]
    return [question for question in questions if question["until"] > time.time()]


def question_answer(name: str, answer: Mapping[str, Any]) -> None:
    """Answer a question by its name."""
    with valkey().pipeline(transaction=True) as pipeline:
        pipeline.rpush(answer_of(name), json.dumps(dict(answer)))
        pipeline.expire(answer_of(name), ANSWER_SECONDS)
        pipeline.execute()


def queue_of(gateway_id: UUID) -> str:
    """Where the questions to a gateway wait."""
    return f"wealthalloc:questions:{gateway_id}"


def answer_of(name: str) -> str:
    """Where one answer is put."""
    return f"wealthalloc:answer:{name}"
