"""A key makes one effect, and gives the same answer again."""

import pytest

from common.errors import InvalidInput, Unprocessable
from common.idempotency import Answer, KeyTaken, digest_of, key_answered, key_keep
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
ANSWER = Answer(status=201, body={"id": "7"})


def test_the_same_request_gets_the_first_answer_again() -> None:
    user = UserFactory.create()
    digest = digest_of("trade", {"a": 1, "b": "2"})
    assert key_answered(user_id=user.pk, key="k", digest=digest) is None
    key_keep(user_id=user.pk, key="k", digest=digest, answer=ANSWER)
    again = key_answered(user_id=user.pk, key="k", digest=digest_of("trade", {"b": "2", "a": 1}))
    assert again == ANSWER


def test_a_key_with_another_body_is_refused() -> None:
    user = UserFactory.create()
    key_keep(user_id=user.pk, key="k", digest=digest_of("trade", {"a": 1}), answer=ANSWER)
    with pytest.raises(Unprocessable, match="used for another request"):
        key_answered(user_id=user.pk, key="k", digest=digest_of("trade", {"a": 2}))


def test_a_key_is_kept_once_and_whoever_comes_second_is_told() -> None:
    user = UserFactory.create()
    digest = digest_of("trade", {})
    key_keep(user_id=user.pk, key="k", digest=digest, answer=ANSWER)
    with pytest.raises(KeyTaken):
        key_keep(user_id=user.pk, key="k", digest=digest, answer=Answer(status=201, body={"id": "8"}))
    assert key_answered(user_id=user.pk, key="k", digest=digest) == ANSWER


def test_two_people_may_use_the_same_key() -> None:
    for user in (UserFactory.create(), UserFactory.create()):
        key_keep(user_id=user.pk, key="k", digest=digest_of("trade", {}), answer=ANSWER)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
def test_what_cannot_be_a_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 255 printable"):
        key_answered(user_id=UserFactory.create().pk, key=key, digest="d")
