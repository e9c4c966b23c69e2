"""The live process answers sockets alone."""

from typing import Any

from asgiref.testing import ApplicationCommunicator

from wealthalloc import asgi, live


async def page(path: str) -> tuple[int, bytes]:
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    request = ApplicationCommunicator(live.application, scope)
    start = await request.receive_output()
    body = await request.receive_output()
    return start["status"], body["body"]


async def first_answer(application: Any, *, origin: str) -> dict[str, Any]:
    scope = {
        "type": "websocket",
        "path": "/ws/nothing/",
        "query_string": b"",
        "headers": [(b"origin", origin.encode())],
        "subprotocols": [],
    }
    socket = ApplicationCommunicator(application, scope)
    await socket.send_input({"type": "websocket.connect"})
    answer: dict[str, Any] = await socket.receive_output()
    return answer


async def test_it_says_that_it_lives() -> None:
    assert await page("/healthz") == (200, b"ok")


async def test_it_serves_no_pages() -> None:
    assert await page("/accounts/login/") == (404, b"not found")


async def test_a_socket_that_nobody_answers_is_refused_in_both_processes() -> None:
    for application in (live.application, asgi.application):
        answer = await first_answer(application, origin="http://localhost")
        assert answer == {"type": "websocket.close", "code": 4404, "reason": "no such socket"}


async def test_a_page_of_another_site_cannot_open_a_socket() -> None:
    answer = await first_answer(live.application, origin="https://elsewhere.example.test")
    assert (answer["type"], answer.get("reason")) == ("websocket.close", None)
