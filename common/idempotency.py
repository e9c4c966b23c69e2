"""One effect for one key: the same write sent again gets the first answer again."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from common.errors import InvalidInput, Unprocessable
from common.identifiers import uuid7

KEY_LIMIT = 255
KEPT = """
SELECT request_digest, response_status, response_body::text FROM idempotency_keys
WHERE user_id = %s AND key = %s
"""
KEEP = """
INSERT INTO idempotency_keys
    (id, created_at, updated_at, user_id, key, request_digest, response_status, response_body)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb)
ON CONFLICT (user_id, key) DO NOTHING
"""


class KeyTaken(Exception):
    """An answer is kept under the key already: another sender of the same request was quicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a write answered, fit to be given again: an HTTP status and a JSON body."""

    status: int
    body: dict[str, Any]


def digest_of(operation: str, content: Any) -> str:
    """What tells one request from another: the operation and its JSON content, in whatever order of keys."""
    text = json.dumps([operation, content], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def key_answered(*, user_id: UUID, key: str, digest: str) -> Answer | None:
    """The answer that is kept under a key; None for a new key.

    Raises InvalidInput for a key that cannot be one, Unprocessable when it was used for something else.
    """
    _key_check(key)
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [user_id, key])
        kept = cursor.fetchone()
    if kept is None:
        return None
    if kept[0] != digest:
        raise Unprocessable(
            "This Idempotency-Key was used for another request. Nothing was done; use a new key.",
            code="key-reused",
        )
    return Answer(status=kept[1], body=json.loads(kept[2]))


def key_keep(*, user_id: UUID, key: str, digest: str, answer: Answer) -> None:
    """Keep what a write answered under its key, as the last statement of the transaction of the effect.

    So key, effect and answer are committed together or not at all. While another transaction that has kept
    the key is under way, this waits for its end. Raises KeyTaken when an answer is kept already: the caller's
    transaction must then be taken back whole, and `key_answered` asked.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            KEEP, [uuid7(), now, now, user_id, key, digest, answer.status, json.dumps(answer.body)]
        )
        if not cursor.rowcount:
            raise KeyTaken


def _key_check(key: str) -> None:
    if not key or len(key) > KEY_LIMIT or not key.isprintable():
        raise InvalidInput(
            f"The Idempotency-Key must be 1 to {KEY_LIMIT} printable characters.", code="invalid-key"
        )
