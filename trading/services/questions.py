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
LONGEST_QUEUE = 1000
SPAN = 1.0


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
    until = time.time() + seconds
    question = {"name": name, "kind": kind, "content": dict(content), "until": until}
    with valkey().pipeline(transaction=True) as pipeline:
        pipeline.rpush(queue_of(gateway_id), json.dumps(question))
        pipeline.ltrim(queue_of(gateway_id), -LONGEST_QUEUE, -1)
        pipeline.expire(queue_of(gateway_id), ANSWER_SECONDS)
        pipeline.execute()
    nudge(gateway_id)
    answer = _wait(name, until)
    if "refusal" in answer:
        raise Conflict(str(answer["refusal"]), code="broker-refusal")
    return answer


def _wait(name: str, until: float) -> dict[str, Any]:
    """The answer, waited for in short spans: a connection gives up on a command that takes long."""
    while (left := until - time.time()) > 0:
        told = cast("tuple[bytes, bytes] | None", valkey().blpop([answer_of(name)], timeout=min(left, SPAN)))
        if told is not None:
            answer: dict[str, Any] = json.loads(told[1])
            return answer
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
