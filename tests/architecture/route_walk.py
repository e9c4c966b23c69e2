"""Finding every route of the product, and trying one as somebody."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
# Enough for whoever differs from a stranger by their rights alone: what a method does hangs on no person.
READ_AND_WRITE = ("get", "post", "patch", "delete")
READS = frozenset({"get", "head", "options"})
SIGN_IN = "/accounts/login/"
WRITTEN = re.compile(r'\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)')


class Kind(Enum):
    """Who a route is for."""

    PUBLIC = "anybody, signed in or not"
    OWN = "whoever is signed in, about themselves; its address holds no id"
    SCOPED = "whoever may see the row whose id the address holds"
    OPERATOR = "operators and auditors"
    DEMO = "anybody, where a demo runs; nobody elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a route is, and with which ids and fields it is tried.

    `ids` are the arguments of its address, `data` what a write sends, and `query` what a read asks for in
    its address: a value that names something of the world (`portfolio`, `lot`, ...) becomes that thing's
    id, any other is sent as it is. `granted` tells whether somebody with leave to read the whole household
    may read it.
    """

    kind: Kind
    ids: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    granted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, with everything taken out that differs between two equal answers.

    `asked` tells that the address named rows of the household in its query.
    """

    method: str
    asked: bool
    status: int
    location: str
    body: str


def routes_found() -> dict[str, dict[str, str]]:
    """Every route by its name (by its address when it has none), with its arguments and their kinds."""
    return dict(_walk(get_resolver().url_patterns, "", "/", {}))


def _walk(
    patterns: Any, namespace: str, prefix: str, arguments: dict[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    for pattern in patterns:
        converters = {name: type(kind).__name__ for name, kind in pattern.pattern.converters.items()}
        own = arguments | dict.fromkeys(pattern.pattern.regex.groupindex, "text") | converters
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, here, own)
        elif isinstance(pattern, URLPattern):
            yield (f"{namespace}{pattern.name}" if pattern.name else here), own


def address(name: str, ids: Mapping[str, str]) -> str:
    """Where a route is."""
    if name.startswith("/"):
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], name)
    return reverse(name, kwargs=dict(ids) or None)


def filled(values: Mapping[str, str], world: Mapping[str, str]) -> dict[str, str]:
    """Sample values with the names of the world replaced by its ids."""
    return {name: world.get(value, value) for name, value in values.items()}


def made_up(values: Mapping[str, str], world: Mapping[str, str]) -> dict[str, str]:
    """The same with ids that nothing has."""
    return {name: str(uuid4()) if value in world else value for name, value in values.items()}


def session_of(who: User) -> str:
    """The key of a session in which somebody is signed in."""
    client = Client()
    client.force_login(who)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def tried(
    *,
    session: str | None,
    name: str,
    route: Route,
    ids: Mapping[str, str],
    world: Mapping[str, str],
    methods: Sequence[str] = METHODS,
) -> list[Answer]:
    """Every method of a route, and a read once more with the query, in one session."""
    client = Client(raise_request_exception=False)
    if session is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    if route.kind is Kind.OPERATOR:
        methods = ("get", "post")
    path = address(name, ids)
    answers = [
        _attempt(client, method, path, {} if method in READS else filled(route.data, world), ids)
        for method in methods
    ]
    if route.query:
        answers.append(_attempt(client, "get", path, filled(route.query, world), ids, asked=True))
    return answers


def _attempt(
    client: Client,
    method: str,
    path: str,
    data: Mapping[str, str],
    ids: Mapping[str, str],
    *,
    asked: bool = False,
) -> Answer:
    send: Any = getattr(client, method)
    if path.startswith("/api/") and method not in READS:
        response = send(path, dict(data), content_type="application/json")
    elif method in {"get", "head", "post"}:
        response = send(path, dict(data))
    else:
        response = send(path)
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    return Answer(
        method=method,
        asked=asked,
        status=response.status_code,
        location=response.headers.get("Location", ""),
        body=_comparable(raw.decode("utf-8", "replace"), ids),
    )


def _comparable(body: str, ids: Mapping[str, str]) -> str:
    for value in ids.values():
        body = body.replace(value, "<id>")
    # An export says when it was written; two requests may cross a second.
    body = re.sub(r"written [^\n,\"]+", "written", body)
    return re.sub(r'(name="csrfmiddlewaretoken" value|name="csrf-token" content)="\w+"', r"\1", body)


@contextmanager
def tables_written() -> Iterator[set[str]]:
    """The tables that the statements inside write to, wherever in a statement it is said."""
    found: set[str] = set()

    def watch(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        found.update(WRITTEN.findall(str(sql)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found
