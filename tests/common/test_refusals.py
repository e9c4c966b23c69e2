"""Refusals that a page did not catch."""

import json

import pytest
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from common.errors import Conflict, NotFound
from common.htmx import page_or_part, redirect_after_post, toast, wants_part
from common.refusals import RefusalMiddleware


class Htmx:
    """What the htmx middleware leaves on a request."""

    def __init__(self, *, boosted: bool = False, history_restore_request: bool = False) -> None:
        self.boosted = boosted
        self.history_restore_request = history_restore_request


def refuse(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """What the middleware makes of an error."""
    return RefusalMiddleware(lambda _: HttpResponse()).process_exception(request, error)


def post(referer: str | None = None, path: str = "/do/") -> HttpRequest:
    """A form that was sent."""
    headers = {"referer": referer} if referer else {}
    request = RequestFactory().post(path, headers=headers)
    request.session = {}  # type: ignore[assignment] # enough for messages
    storage: BaseStorage = FallbackStorage(request)
    request._messages = storage  # type: ignore[attr-defined] # where the framework keeps it
    return request


def said(request: HttpRequest) -> list[str]:
    """The messages the next page will show."""
    return [str(message) for message in request._messages]  # type: ignore[attr-defined] # see above


def test_a_refused_form_leads_back_with_the_reason() -> None:
    request = post("http://testserver/lots/?page=2")
    response = refuse(request, Conflict("Already reversed."))
    assert response is not None
    assert (response.status_code, response["Location"]) == (303, "/lots/?page=2")
    assert said(request) == ["Already reversed."]


@pytest.mark.parametrize(
    "referer", [None, "https://elsewhere.example/lots/", "javascript:alert(1)", "//elsewhere"]
)
def test_a_refusal_never_leads_to_another_site(referer: str | None) -> None:
    response = refuse(post(referer), Conflict("No."))
    assert response is not None
    assert response["Location"] == "/"


def test_a_page_that_refuses_itself_leads_to_the_start_page() -> None:
    request = post("http://testserver/do/")
    request.method = "GET"
    response = refuse(request, Conflict("No."))
    assert response is not None
    assert response["Location"] == "/"


def test_a_refused_part_shows_a_toast_with_its_status() -> None:
    request = post()
    request.htmx = Htmx()  # type: ignore[attr-defined] # as the middleware does
    response = refuse(request, Conflict("Already reversed."))
    assert response is not None
    assert response.status_code == 409
    assert json.loads(response["HX-Trigger"]) == {"toast": {"level": "error", "message": "Already reversed."}}


def test_bugs_are_left_alone() -> None:
    assert refuse(post(), ValueError("bug")) is None


@pytest.mark.urls("wealthalloc.urls")
def test_what_is_not_found_is_a_page_that_does_not_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.refusals.page_not_found", lambda *_: HttpResponse("none", status=404))
    response = refuse(post(), NotFound("Lot 7 is not yours."))
    assert response is not None
    assert (response.status_code, response.content) == (404, b"none")


def test_htmx_wants_a_part_unless_it_follows_a_link_or_restores_a_page() -> None:
    request = RequestFactory().get("/")
    answers = []
    for htmx in (None, Htmx(), Htmx(boosted=True), Htmx(history_restore_request=True)):
        request.htmx = htmx  # type: ignore[attr-defined] # as the middleware does
        answers.append(wants_part(request))
    assert answers == [False, True, False, False]


def test_a_page_and_its_part_are_told_apart_by_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.htmx.render", lambda _r, name, _c, status: HttpResponse(name, status=status))
    request = RequestFactory().get("/")
    page = page_or_part(request, "x.html", {}, part="rows")
    request.htmx = Htmx()  # type: ignore[attr-defined] # as the middleware does
    part = page_or_part(request, "x.html", {}, part="rows", status=400)
    assert (page.content, part.content, part.status_code) == (b"x.html", b"x.html#rows", 400)
    assert page["Vary"] == part["Vary"] == "HX-Request"


def test_after_a_write_the_browser_goes_on_with_a_get() -> None:
    request = post()
    assert redirect_after_post(request, "/next/").status_code == 303
    request.htmx = Htmx()  # type: ignore[attr-defined] # as the middleware does
    response = redirect_after_post(request, "/next/")
    assert (response.status_code, response["HX-Redirect"]) == (204, "/next/")


def test_a_toast_keeps_other_events_of_the_answer() -> None:
    response = HttpResponse()
    response["HX-Trigger"] = json.dumps({"rows:changed": {}})
    toast(response, "Saved.")
    assert json.loads(response["HX-Trigger"]) == {
        "rows:changed": {},
        "toast": {"level": "success", "message": "Saved."},
    }
