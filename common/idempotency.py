"""One effect for one key: the same write sent again gets the first answer again."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common.errors import Conflict, InvalidInput, Unprocessable
from common.models import IdempotencyKey

KEY_LIMIT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a write answered, fit to be given again: an HTTP status and a JSON body."""

    status: int
    body: dict[str, Any]


def digest_of(operation: str, content: Any) -> str:
    """What tells one request from another: the operation and its JSON content, in whatever order of keys."""
    text = json.dumps([operation, content], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def key_claim(*, user_id: UUID, key: str, digest: str) -> Answer | None:
    """Claim `key` for a write of this transaction; returns the earlier answer when there is one.

    Call it inside the transaction of the effect and `key_answer` at its end, so that key and effect are
    committed together or not at all. While another request with the key is under way this waits for it.
    Raises InvalidInput for a key that cannot be one, Unprocessable when it was used for something else.
    """
    _key_check(key)
    try:
        with transaction.atomic():
            IdempotencyKey.objects.create(user_id=user_id, key=key, request_digest=digest)
    except IntegrityError:
        return _earlier(user_id, key, digest)
    return None


def key_answered(*, user_id: UUID, key: str, digest: str) -> Answer | None:
    """The answer that a key got earlier, without claiming it; None for a new key.

    Raises as `key_claim` does.
    """
    _key_check(key)
    is_known = IdempotencyKey.objects.filter(user_id=user_id, key=key).exists()
    return _earlier(user_id, key, digest) if is_known else None


def key_answer(*, user_id: UUID, key: str, answer: Answer) -> None:
    """Keep what the write answered, in the transaction of the effect."""
    IdempotencyKey.objects.filter(user_id=user_id, key=key).update(
        response_status=answer.status, response_body=answer.body
    )


def _key_check(key: str) -> None:
    if not key or len(key) > KEY_LIMIT or not key.isprintable():
        raise InvalidInput(
            f"The Idempotency-Key must be 1 to {KEY_LIMIT} printable characters.", code="invalid-key"
        )


def _earlier(user_id: UUID, key: str, digest: str) -> Answer:
    row = IdempotencyKey.objects.get(user_id=user_id, key=key)
    if row.request_digest != digest:
        raise Unprocessable(
            "This Idempotency-Key was used for another request. Nothing was done; use a new key.",
            code="key-reused",
        )
    if row.response_status is None or row.response_body is None:
        raise Conflict("The request with this key is still under way.", code="key-in-use")
    return Answer(status=row.response_status, body=row.response_body)
