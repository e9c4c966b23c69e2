"""Requests that announce more than is taken in are refused before their body is read."""

from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from accounts.models import User
from portfolios.engine.file_kinds import LARGEST_FILE
from portfolios.models import ImportRun
from tests.factories.accounts import MemberFactory
from wealthalloc.body_limit import FRAME, without_large_bodies

FORM = "multipart/form-data; boundary=parts"
SENTENCE = "This file has 111 MB; files up to 100 MB are read. Split the statement into shorter periods."
TOO_MUCH = LARGEST_FILE + 11 * 1024 * 1024


class Unreadable:
    """A body that must not be touched."""

    def read(self, *_: object) -> bytes:
        """Fail whoever reads."""
        raise AssertionError("the body was read")

    readline = read


@pytest.fixture
def person(client: Client) -> User:
    user: User = MemberFactory().user
    client.force_login(user)
    return user


def send(client: Client, path: str, length: int, content_type: str = FORM, **headers: Any) -> Any:
    """A request that announces `length` bytes and whose body fails when it is read."""
    headers |= {"wsgi.input": Unreadable(), "CONTENT_LENGTH": str(length), "CONTENT_TYPE": content_type}
    return client.generic("POST", path, b"", content_type, **headers)


@pytest.mark.django_db
@pytest.mark.usefixtures("person")
def test_a_page_says_on_itself_that_the_file_is_too_large(client: Client) -> None:
    answer = send(client, "/imports/new/", TOO_MUCH, HTTP_REFERER="http://testserver/imports/new/")
    page = client.get(answer["Location"])

    assert (answer.status_code, answer["Location"]) == (303, "/imports/new/")
    assert SENTENCE in page.content.decode()
    assert ImportRun.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("person")
def test_the_api_says_so_in_a_problem_document(client: Client) -> None:
    answer = send(client, "/api/v1/imports", TOO_MUCH)

    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert answer.json() == {
        "type": "/problems/unreadable-file",
        "title": "Too large",
        "status": 413,
        "detail": SENTENCE,
        "instance": "/api/v1/imports",
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("person")
def test_what_is_no_form_with_a_file_may_have_five_megabytes(client: Client) -> None:
    answer = send(client, "/api/v1/imports", 6 * 1024 * 1024, "application/json")

    assert (answer.status_code, answer.json()["detail"]) == (
        413,
        "This request has 6 MB; up to 5 MB are taken in.",
    )


@pytest.mark.django_db
def test_a_body_of_unknown_length_is_refused(client: Client) -> None:
    answer = send(client, "/api/v1/imports", 0, HTTP_TRANSFER_ENCODING="chunked")

    assert (answer.status_code, answer.json()["type"]) == (411, "/problems/length-required")


async def handed_on(length: int, *more: tuple[bytes, bytes]) -> list[bytes]:
    """The bodies that an application behind the limit receives of a form of `length` bytes."""
    received: list[bytes] = []

    async def application(_scope: Any, receive: Any, send: Any) -> None:
        while (event := await receive())["type"] == "http.request":
            received.append(event["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    headers = [(b"content-length", str(length).encode()), (b"content-type", FORM.encode()), *more]
    scope = {"type": "http", "method": "POST", "path": "/imports/new/", "headers": headers}
    request = ApplicationCommunicator(without_large_bodies(application), scope)
    for event in (
        {"type": "http.request", "body": b"one", "more_body": True},
        {"type": "http.request", "body": b"two", "more_body": False},
        {"type": "http.disconnect"},
    ):
        await request.send_input(event)
    await request.receive_output()
    return received


async def test_under_asgi_a_body_that_is_refused_is_dropped_and_never_stored() -> None:
    assert await handed_on(TOO_MUCH) == [b""]
    assert await handed_on(0, (b"transfer-encoding", b"chunked")) == [b""]


async def test_under_asgi_a_body_of_the_largest_file_is_handed_on() -> None:
    assert await handed_on(LARGEST_FILE + FRAME) == [b"one", b"two"]
