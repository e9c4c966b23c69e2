"""The sockets of prices and events, as a browser meets them."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from accounts.models import Grant, HouseholdMember, User
from common.outbox import events_channel
from common.valkey import valkey
from portfolios.models import Instrument, Portfolio
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.portfolios import PortfolioFactory
from tests.trading.live_people import looped, opened, session_key, socket_for, symbol_made
from trading.consumers.doors import SOCKETS_OF_ONE
from trading.consumers.hub import BLOCKED_SECONDS, CHECK_SECONDS, Hub, hub_shared
from trading.consumers.members import CloseCode
from trading.consumers.sockets import MESSAGES_A_SECOND, MOST_SYMBOLS
from trading.consumers.sockets import prices as prices_socket
from trading.selectors.live import QUOTES_HASH, WANTED_SET, wanted_symbols
from trading.services.live_prices import prices_publish

pytestmark = pytest.mark.django_db
EVENTS = "/ws/portfolio/"


@pytest.fixture
def member() -> HouseholdMember:
    made: HouseholdMember = MemberFactory()
    return made


@pytest.fixture
def person(member: HouseholdMember) -> User:
    assert member.user is not None
    return member.user


@pytest.fixture
def session(person: User) -> str:
    return session_key(person)


@pytest.fixture
def symbol() -> str:
    """An instrument that everybody may watch."""
    made = symbol_made()
    Instrument.objects.create(symbol=made, currency="USD")
    return made


def entry(symbol: str, price: str = "10.5") -> dict[str, Any]:
    return {
        "symbol": symbol, "price": price, "bid": "10.4", "ask": "10.6", "change": "0.5",
        "as_of": "2026-11-27T15:00:00+00:00", "source": "ibkr", "delayed": False,
    }  # fmt: skip


def shown(symbol: str, price: str = "10.5") -> dict[str, Any]:
    return {key: value for key, value in entry(symbol, price).items() if key not in {"bid", "ask"}}


async def told(household: object, topic: str, **payload: str) -> str:
    """Publish an event as the relay does; returns its id."""
    key = uuid4().hex
    body = {"type": "event", "id": key, "topic": topic, "at": "2026-11-27T15:00:00+00:00", "payload": payload}
    valkey().publish(events_channel(str(household)), json.dumps(body))
    return key


async def looked(hub: Hub, seconds: float) -> None:
    """Let the hub look after its sockets as if so much time had gone by."""
    await hub.look(asyncio.get_running_loop().time() + seconds)


# Prices --------------------------------------------------------------------------------------------


@looped
async def test_a_subscriber_gets_the_latest_price_at_once_and_new_ones_as_they_come(
    session: str, symbol: str
) -> None:
    prices_publish([entry(symbol, "9.75")])
    async with opened(session) as socket:
        assert await socket.subscribe(symbol.lower()) == {
            "type": "subscribed",
            "symbols": [symbol],
            "unknown": [],
        }
        assert await socket.frame() == {"type": "prices", "prices": [shown(symbol, "9.75")]}

        prices_publish([entry("OTHER"), entry(symbol, "9.8")])
        assert await socket.frame() == {"type": "prices", "prices": [shown(symbol, "9.8")]}


@looped
async def test_after_unsubscribing_nothing_comes(session: str, symbol: str) -> None:
    async with opened(session) as socket:
        await socket.subscribe(symbol)
        answer = await socket.ask(action="unsubscribe", symbols=[symbol])
        assert answer == {"type": "unsubscribed", "symbols": [symbol], "unknown": []}

        prices_publish([entry(symbol)])
        assert await socket.is_silent()
        async with hub_shared() as hub:
            assert not hub.watched


@pytest.fixture
def foreign() -> str:
    """An instrument of another household."""
    made = symbol_made()
    Instrument.objects.create(symbol=made, currency="USD", household=MemberFactory().household)
    return made


@looped
async def test_symbols_that_a_person_may_not_see_are_named_back_and_not_watched(
    session: str, foreign: str
) -> None:
    async with opened(session) as socket:
        answer = await socket.subscribe(foreign, "NOWHERE", "?")
        assert answer == {"type": "subscribed", "symbols": [], "unknown": [foreign, "NOWHERE", "?"]}

        prices_publish([entry(foreign)])
        assert await socket.is_silent()


@looped
async def test_the_gateway_learns_what_is_watched_until_nobody_watches(session: str, symbol: str) -> None:
    async with opened(session) as socket:
        await socket.subscribe(symbol)
        assert symbol in wanted_symbols()
        until = valkey().zscore(WANTED_SET, symbol)
        assert symbol not in wanted_symbols(float(str(until)) + 1)

        valkey().zrem(WANTED_SET, symbol)
        async with hub_shared() as hub:
            await looked(hub, CHECK_SECONDS)
        assert symbol in wanted_symbols()


@looped
async def test_two_sockets_of_one_choice_share_a_frame_and_a_third_gets_its_own(
    session: str, symbol: str
) -> None:
    other = symbol_made()
    async with opened(session) as one, opened(session) as two:
        await one.subscribe(symbol)
        await two.subscribe(symbol)
        async with hub_shared() as hub:
            assert [len(members) for members in hub._groups.values()] == [2]
        prices_publish([entry(symbol), entry(other)])
        assert await one.frame() == await two.frame() == {"type": "prices", "prices": [shown(symbol)]}


@looped
async def test_a_batch_that_cannot_be_read_harms_nobody(session: str, symbol: str) -> None:
    async with opened(session) as socket:
        await socket.subscribe(symbol)
        valkey().publish("wealthalloc:prices", "no JSON")
        prices_publish([entry(symbol)])
        assert (await socket.frame())["prices"] == [shown(symbol)]


@looped
async def test_after_a_cut_the_latest_prices_come_again_and_events_are_to_be_asked_for(
    session: str, symbol: str
) -> None:
    valkey().hset(QUOTES_HASH, symbol, json.dumps(entry(symbol, "7.5")))
    async with opened(session, EVENTS) as socket, hub_shared() as hub:
        await socket.subscribe(symbol)
        assert (await socket.frame())["prices"] == [shown(symbol, "7.5")]
        await hub._subscription.connection.disconnect()

        frames = [await socket.frame(), await socket.frame()]
        assert sorted(frame["type"] for frame in frames) == ["prices", "resync"]
        prices_publish([entry(symbol, "8")])
        assert (await socket.frame())["prices"] == [shown(symbol, "8")]


# Limits --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "code"), [(10_000, "too-large"), (5_000, "too-many-symbols")])
@looped
async def test_whoever_asks_for_thousands_of_symbols_gets_none(
    session: str, symbol: str, count: int, code: str
) -> None:
    async with opened(session) as socket:
        answer = await socket.subscribe(symbol, *(f"S{number}" for number in range(count)))
        assert (answer["type"], answer["code"]) == ("problem", code)

        prices_publish([entry(symbol)])
        assert await socket.is_silent()


@looped
async def test_the_limit_of_symbols_counts_all_that_a_socket_watches(session: str, symbol: str) -> None:
    many = [f"{symbol}{number}" for number in range(MOST_SYMBOLS)]
    await Instrument.objects.abulk_create(Instrument(symbol=one, currency="USD") for one in many)
    async with opened(session) as socket:
        assert len((await socket.subscribe(*many))["symbols"]) == MOST_SYMBOLS
        assert (await socket.subscribe(symbol))["code"] == "too-many-symbols"


@looped
async def test_what_cannot_be_read_is_answered_and_the_socket_stays(session: str, symbol: str) -> None:
    async with opened(session) as socket:
        await socket.send(text="{")
        assert (await socket.frame())["code"] == "malformed"
        await socket.send(data=b"{}")
        assert (await socket.frame())["code"] == "malformed"
        assert (await socket.subscribe(symbol))["symbols"] == [symbol]


@looped
async def test_too_large_a_message_is_not_read(session: str) -> None:
    async with opened(session) as socket:
        await socket.send(text=json.dumps({"action": "subscribe", "symbols": ["é" * 40_000]}))
        assert (await socket.frame())["code"] == "too-large"


@looped
async def test_too_many_messages_in_a_second_end_the_socket(session: str) -> None:
    socket = socket_for(session, "/ws/prices/")
    await socket.connect()
    for _ in range(MESSAGES_A_SECOND):
        assert (await socket.ask(action="x"))["code"] == "unknown-action"
    await socket.send(text="{}")
    assert await socket.closed() == CloseCode.TOO_MANY_MESSAGES


@looped
async def test_a_sixth_socket_of_a_person_is_refused_until_a_place_is_free(session: str) -> None:
    sockets = [socket_for(session, "/ws/prices/") for _ in range(SOCKETS_OF_ONE)]
    for socket in sockets:
        assert await socket.connect()
    sixth = socket_for(session, EVENTS)
    assert await sixth.connect()
    assert (await sixth.frame())["code"] == "too-many-sockets"
    assert await sixth.closed() == CloseCode.TOO_MANY_SOCKETS

    await sockets.pop().disconnect()
    async with opened(session):
        pass
    for socket in sockets:
        await socket.disconnect()


@looped
async def test_places_of_a_killed_process_run_out(session: str, person: User) -> None:
    key = f"wealthalloc:sockets:{person.pk}"
    valkey().zadd(key, {f"gone{number}": 1.0 for number in range(SOCKETS_OF_ONE)})
    async with opened(session):
        assert valkey().zcard(key) == 1
    assert valkey().zcard(key) == 0


@looped
async def test_an_open_socket_keeps_its_place(session: str, person: User) -> None:
    key = f"wealthalloc:sockets:{person.pk}"
    async with opened(session), hub_shared() as hub:
        valkey().delete(key)
        await looked(hub, CHECK_SECONDS)
        assert valkey().zcard(key) == 1


@looped
async def test_a_socket_that_stays_blocked_is_dropped_without_a_farewell(session: str) -> None:
    sent: list[str] = []
    blocked = asyncio.Event()
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])
        if message["type"] == "websocket.send":
            blocked.set()
            await asyncio.Event().wait()

    scope = socket_for(session, "/ws/prices/").scope
    scope["session"] = type("Session", (), {"session_key": session})()
    inbox.put_nowait({"type": "websocket.connect"})
    inbox.put_nowait({"type": "websocket.receive", "text": "{}"})
    running = asyncio.create_task(prices_socket(scope, inbox.get, send))
    async with hub_shared() as hub:
        await blocked.wait()
        await looked(hub, BLOCKED_SECONDS - 1)
        assert not running.done()
        await looked(hub, BLOCKED_SECONDS + 1)
        await running
        assert not hub.members
    assert sent == ["websocket.accept", "websocket.send"]


# Who may come and stay -----------------------------------------------------------------------------


@looped
async def test_nobody_comes_in_without_a_sign_in_or_from_another_site(session: str) -> None:
    for path in ("/ws/prices/", EVENTS):
        for socket in (
            socket_for(None, path),
            socket_for("made-up", path),
            socket_for(session, path, origin="https://elsewhere.example.test"),
        ):
            assert not await socket.connect()


@looped
async def test_a_socket_ends_within_half_a_minute_after_signing_out(person: User) -> None:
    client = Client()
    await sync_to_async(client.force_login)(person)
    socket = socket_for(client.cookies["sessionid"].value, "/ws/prices/")
    await socket.connect()
    async with hub_shared() as hub:
        await looked(hub, CHECK_SECONDS)
        assert await socket.is_silent()
        await sync_to_async(client.logout)()
        await looked(hub, 2 * CHECK_SECONDS)
    assert await socket.closed() == CloseCode.SIGNED_OUT


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another"}])
@looped
async def test_a_socket_ends_when_its_login_is_closed_or_the_password_changes(
    session: str, person: User, change: dict[str, Any]
) -> None:
    socket = socket_for(session, EVENTS)
    await socket.connect()
    await User.objects.filter(pk=person.pk).aupdate(**change)
    async with hub_shared() as hub:
        await looked(hub, CHECK_SECONDS)
    assert await socket.closed() == CloseCode.SIGNED_OUT


# Events --------------------------------------------------------------------------------------------


@looped
async def test_a_person_hears_what_happens_in_the_household_and_nothing_of_others(
    session: str, member: HouseholdMember
) -> None:
    stranger = await sync_to_async(MemberFactory)()
    async with opened(session, EVENTS) as socket:
        await told(stranger.household_id, "order.filled")
        await told(member.household_id, "grant.created")
        key = await told(member.household_id, "order.filled", order="1")
        assert await socket.frame() == {
            "type": "event", "id": key, "topic": "order.filled", "at": "2026-11-27T15:00:00+00:00",
            "payload": {"order": "1"},
        }  # fmt: skip
        assert await socket.is_silent()


@looped
async def test_news_of_gateways_stops_and_differences_is_heard(session: str, member: HouseholdMember) -> None:
    topics = ("gateway.state", "kill_switch.engaged", "difference.found")
    async with opened(session, EVENTS) as socket:
        keys = [await told(member.household_id, topic, portfolio=str(uuid4())) for topic in topics]
        assert [(await socket.frame())["id"] for _ in topics] == keys


@looped
async def test_the_socket_of_prices_tells_no_events(session: str, member: HouseholdMember) -> None:
    async with opened(session) as socket:
        await told(member.household_id, "order.filled")
        assert await socket.is_silent()


@pytest.fixture
def narrow(member: HouseholdMember) -> tuple[Portfolio, Grant]:
    """Leave to see one account of the household."""
    portfolio: Portfolio = PortfolioFactory(holder=member)
    grant: Grant = GrantFactory(
        household=member.household, granted_by=member.user, grantee=MemberFactory().user,
        portfolio_id=portfolio.pk,
    )  # fmt: skip
    return portfolio, grant


@looped
async def test_a_narrow_grant_hears_only_of_its_account_and_only_while_it_holds(
    member: HouseholdMember, narrow: tuple[Portfolio, Grant]
) -> None:
    portfolio, grant = narrow
    async with opened(await sync_to_async(session_key)(grant.grantee), EVENTS) as socket, hub_shared() as hub:
        await told(member.household_id, "order.filled", portfolio=str(uuid4()))
        await told(member.household_id, "import.done")
        key = await told(member.household_id, "order.filled", portfolio=str(portfolio.pk))
        assert (await socket.frame())["id"] == key

        await Grant.objects.filter(pk=grant.pk).aupdate(revoked_at=timezone.now())
        await looked(hub, CHECK_SECONDS)
        await told(member.household_id, "order.filled", portfolio=str(portfolio.pk))
        assert await socket.is_silent()


@looped
async def test_a_grant_that_is_given_later_is_heard_after_the_next_look(session: str, person: User) -> None:
    other = await sync_to_async(MemberFactory)()
    async with opened(session, EVENTS) as socket, hub_shared() as hub:
        await sync_to_async(GrantFactory)(household=other.household, grantee=person, granted_by=other.user)
        await looked(hub, CHECK_SECONDS)
        key = await told(other.household_id, "harvest.proposed")
        assert (await socket.frame())["id"] == key


@looped
async def test_a_household_that_is_heard_later_does_not_cut_the_others_off(
    session: str, member: HouseholdMember, caplog: pytest.LogCaptureFixture
) -> None:
    others = [await sync_to_async(MemberFactory)() for _ in range(3)]
    async with opened(session, EVENTS) as socket:
        for other in others:
            async with opened(await sync_to_async(session_key)(other.user), EVENTS) as second:
                key = await told(other.household_id, "order.filled")
                assert (await second.frame())["id"] == key
        key = await told(member.household_id, "order.filled")
        assert (await socket.frame())["id"] == key
    assert caplog.messages == []


@looped
async def test_events_and_prices_come_over_one_socket(
    session: str, member: HouseholdMember, symbol: str
) -> None:
    async with opened(session, EVENTS) as socket:
        await socket.subscribe(symbol)
        prices_publish([entry(symbol)])
        assert (await socket.frame())["type"] == "prices"
        await told(member.household_id, "job.done")
        assert (await socket.frame())["topic"] == "job.done"
