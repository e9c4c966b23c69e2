"""A key makes one effect, and gives the same answer again."""

import pytest

from common.errors import Conflict, InvalidInput, Unprocessable
from common.idempotency import Answer, digest_of, key_answer, key_claim
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_the_same_request_gets_the_first_answer_again() -> None:
    user = UserFactory.create()
    digest = digest_of("trade", {"a": 1, "b": "2"})
    assert key_claim(user_id=user.pk, key="k", digest=digest) is None
    key_answer(user_id=user.pk, key="k", answer=Answer(status=201, body={"id": "7"}))
    again = key_claim(user_id=user.pk, key="k", digest=digest_of("trade", {"b": "2", "a": 1}))
    assert again == Answer(status=201, body={"id": "7"})


def test_a_key_with_another_body_is_refused() -> None:
    user = UserFactory.create()
    key_claim(user_id=user.pk, key="k", digest=digest_of("trade", {"a": 1}))
    with pytest.raises(Unprocessable, match="used for another request"):
        key_claim(user_id=user.pk, key="k", digest=digest_of("trade", {"a": 2}))


def test_a_key_whose_request_has_not_answered_is_in_use() -> None:
    user = UserFactory.create()
    digest = digest_of("trade", {})
    key_claim(user_id=user.pk, key="k", digest=digest)
    with pytest.raises(Conflict, match="under way"):
        key_claim(user_id=user.pk, key="k", digest=digest)


def test_two_people_may_use_the_same_key() -> None:
    digest = digest_of("trade", {})
    assert key_claim(user_id=UserFactory.create().pk, key="k", digest=digest) is None
    assert key_claim(user_id=UserFactory.create().pk, key="k", digest=digest) is None


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
def test_what_cannot_be_a_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 255 printable"):
        key_claim(user_id=UserFactory.create().pk, key=key, digest="d")
