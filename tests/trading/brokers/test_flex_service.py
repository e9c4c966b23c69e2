"""The Flex web service: asked as it wants to be, with patience where that helps, else in plain words."""

from datetime import date

import pytest

from common.outgoing import Bounds
from tests.factories.statements import flex, part, trade
from tests.loopback import Loopback, Said, closed_port, loopback
from tests.trading.brokers.flex_server import (
    QUERY,
    TOKEN,
    accepted,
    by_period,
    envelope,
    in_turn,
    refused,
)
from trading.brokers.ibkr.flex_answers import (
    PROBLEMS,
    Course,
    FlexFile,
    FlexReference,
    FlexUnreadable,
    flex_problem,
    read_answer,
)
from trading.brokers.ibkr.flex_files import day_ranges, files_join
from trading.brokers.ibkr.flex_service import FlexError, FlexLogin, FlexService

LOGIN = FlexLogin(token=TOKEN, query=QUERY)
FILE = flex(part(first="20240101", last="20240131", Trades=[trade(1, "BUY", 10, "10", "20240105")]))
STATEMENT = Said(body=FILE)


class Clock:
    """Time that passes only in the notes."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def service(server: Loopback, clock: Clock, *, pause: float = 10) -> FlexService:
    bounds = Bounds(pause=pause, most_bytes=100_000)
    return FlexService(f"{server.address}/Flex/", bounds=bounds, sleep=clock.sleep)


def test_a_statement_is_asked_for_and_fetched_by_its_reference(clock: Clock) -> None:
    with loopback(in_turn(accepted(), STATEMENT)) as server:
        assert service(server, clock).statement(LOGIN) == FILE

    send, get = server.asked
    assert (send.path, send.parameters) == ("/Flex/SendRequest", {"t": TOKEN, "q": QUERY, "v": "3"})
    assert (get.path, get.parameters) == ("/Flex/GetStatement", {"t": TOKEN, "q": "4242", "v": "3"})
    assert send.headers["user-agent"] == "WealthAlloc/1.0"
    assert clock.slept == [10]


def test_the_address_of_the_answer_is_used_when_it_is_the_services_own(clock: Clock) -> None:
    with loopback(in_turn(STATEMENT)) as server:
        own = accepted(address=f"{server.address}/Flex/GetStatement")
        server.script = in_turn(own, STATEMENT)
        assert service(server, clock).statement(LOGIN) == FILE
    assert [asked.path for asked in server.asked] == ["/Flex/SendRequest", "/Flex/GetStatement"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/GetStatement",
        "http://169.254.169.254/latest/meta-data/",
        "http://gdcdyn.interactivebrokers.com/Universal/servlet/FlexStatementService.GetStatement",
        "https://interactivebrokers.com.evil.example/",
        "https://gdcdyn.interactivebrokers.com@evil.example/",
        "file:///etc/passwd",
        "http://127.0.0.1:1/",
    ],
)
def test_an_address_elsewhere_is_never_asked_and_never_gets_the_token(address: str, clock: Clock) -> None:
    with (
        loopback(in_turn(accepted(address=address), STATEMENT)) as server,
        pytest.raises(FlexError, match="named an address that is not its own") as failed,
    ):
        service(server, clock).statement(LOGIN)

    assert failed.value.needs_person
    assert [asked.path for asked in server.asked] == ["/Flex/SendRequest"]


def test_another_port_of_this_machine_is_elsewhere_too(clock: Clock) -> None:
    with loopback(in_turn(STATEMENT)) as other:
        answer = accepted(address=f"{other.address}/Flex/GetStatement")
        with loopback(in_turn(answer)) as server, pytest.raises(FlexError, match="not its own"):
            service(server, clock).statement(LOGIN)
    assert other.asked == []


@pytest.mark.parametrize("code", [1001, 1004, 1005, 1006, 1007, 1008, 1009, 1019, 1021])
def test_what_is_not_ready_is_waited_for(code: int, clock: Clock) -> None:
    answers = (refused(code), refused(code), accepted(), refused(code), STATEMENT)
    with loopback(in_turn(*answers)) as server:
        assert service(server, clock).statement(LOGIN) == FILE
    assert clock.slept == [10, 10, 10, 10]
    assert len(server.asked) == 5


def test_the_patience_ends_and_says_when_to_ask_again(clock: Clock) -> None:
    with loopback(in_turn(accepted(), refused(1019))) as server, pytest.raises(FlexError) as failed:
        service(server, clock).statement(LOGIN)

    assert (failed.value.code, failed.value.needs_person, failed.value.retry_seconds) == (1019, False, 600)
    assert clock.slept == [10, 10, 10, 10, 20, 30, 30, 60]
    assert len(server.asked) == 9


def test_what_is_ready_at_the_last_attempt_is_taken(clock: Clock) -> None:
    with loopback(in_turn(accepted(), *[refused(1019)] * 7, STATEMENT)) as server:
        assert service(server, clock).statement(LOGIN) == FILE
    assert len(server.asked) == 9


def test_who_asked_too_often_does_not_ask_again(clock: Clock) -> None:
    with loopback(in_turn(refused(1018))) as server, pytest.raises(FlexError, match="too often") as failed:
        service(server, clock).statement(LOGIN)

    assert (failed.value.code, failed.value.needs_person, failed.value.retry_seconds) == (1018, False, 600)
    assert len(server.asked) == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1003, "has no statement for these days"),
        (1010, "Make an Activity Flex Query"),
        (1011, "The Flex Web Service is switched off for this login"),
        (1012, "The token has expired. Make a new one in Client Portal, under Settings, Flex Web Service."),
        (1013, "this machine's is not one"),
        (1014, "There is no such query"),
        (1015, "The token is not valid"),
        (1016, "an account that this login may not see"),
        (1020, "Check token and query number"),
        (1999, r"for a reason that is not known here \(number 1999\)"),
    ],
)
def test_what_a_person_must_mend_is_said_at_once_and_in_words(code: int, words: str, clock: Clock) -> None:
    answer = refused(code, f"something with {TOKEN}")
    with loopback(in_turn(answer)) as server, pytest.raises(FlexError, match=words) as failed:
        service(server, clock).statement(LOGIN)

    assert (failed.value.code, failed.value.needs_person, failed.value.retry_seconds) == (code, True, 0)
    assert TOKEN not in str(failed.value)
    assert len(server.asked) == 1


def test_a_reference_that_was_forgotten_is_asked_for_anew_later(clock: Clock) -> None:
    with loopback(in_turn(accepted(), refused(1017))) as server, pytest.raises(FlexError) as failed:
        service(server, clock).statement(LOGIN)
    assert (failed.value.needs_person, failed.value.retry_seconds) == (False, 600)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("answer", "words", "retry"),
    [
        (Said(status=503, headers={"Retry-After": "33"}), "its server answered 503", 33),
        (Said(status=500), "its server answered 500", 600),
        (Said(status=302, headers={"Location": "https://evil.example/"}), "which is not followed", 60),
        (Said(body=b"x" * 100_001), "sent more than 100000 bytes", 60),
        (Said(body=b"<FlexStatementResponse>", length=99), "breaks off", 60),
        (Said(pause=0.6), "did not answer in time", 60),
        (Said(body=b"<html>Sign in</html>"), "something that is no statement", 60),
        (Said(body=b"<FlexStatementResponse><Status>"), "not XML", 60),
        (envelope("<Status>Fail</Status>"), "did not say why", 60),
        (envelope("<Status>Success</Status>"), "did not say why", 60),
        (refused("many"), "did not say why", 60),
    ],
)
def test_a_service_that_fails_is_named_without_the_token(
    answer: Said, words: str, retry: int, clock: Clock
) -> None:
    with loopback(in_turn(answer)) as server, pytest.raises(FlexError, match=words) as failed:
        service(server, clock, pause=0.1 if answer.pause else 10).statement(LOGIN)

    assert (failed.value.needs_person, failed.value.retry_seconds) == (False, retry)
    assert TOKEN not in str(failed.value)
    assert len(server.asked) == 1


def test_nobody_there_is_said(clock: Clock) -> None:
    with pytest.raises(FlexError, match=r"could not be asked: 127\.0\.0\.1 cannot be reached\.$"):
        FlexService(f"http://127.0.0.1:{closed_port()}", sleep=clock.sleep).statement(LOGIN)


@pytest.mark.parametrize(
    ("answers", "words"),
    [((STATEMENT,), "before it was asked for"), ((accepted(), accepted()), "instead of the statement")],
)
def test_answers_in_the_wrong_place_are_no_statement(
    answers: tuple[Said, ...], words: str, clock: Clock
) -> None:
    with loopback(in_turn(*answers)) as server, pytest.raises(FlexError, match=words):
        service(server, clock).statement(LOGIN)


def test_a_long_range_is_asked_for_in_years_and_put_together(clock: Clock) -> None:
    statements = {
        day: flex(part(first=day, last=last, Trades=[trade(number, "BUY", 1, "10", day)]))
        for number, (day, last) in enumerate((("20230101", "20231231"), ("20240101", "20241230")))
    }
    with loopback(by_period(statements)) as server:
        joined = service(server, clock).statement_of(LOGIN, date(2023, 1, 1), date(2024, 12, 30))

    asked = [one.parameters for one in server.asked if one.path.endswith("/SendRequest")]
    assert [(one["fd"], one["td"]) for one in asked] == [("20230101", "20231231"), ("20240101", "20241230")]
    assert joined.count(b"<FlexStatement ") == 2
    assert joined.count(b"<Trade ") == 2
    assert clock.slept == [10, 10, 10]


def test_a_part_that_fails_fails_the_whole_range(clock: Clock) -> None:
    answers = (accepted(), STATEMENT, refused(1003))
    with loopback(in_turn(*answers)) as server, pytest.raises(FlexError, match="no statement for these days"):
        service(server, clock).statement_of(LOGIN, date(2023, 1, 1), date(2024, 12, 30))
    assert len(server.asked) == 3


def test_days_in_reverse_are_refused(clock: Clock) -> None:
    with loopback(in_turn(STATEMENT)) as server, pytest.raises(ValueError, match="before the first"):
        service(server, clock).statement_of(LOGIN, date(2024, 1, 2), date(2024, 1, 1))
    assert server.asked == []


def test_parts_that_cannot_be_put_together_are_for_a_person(clock: Clock) -> None:
    broken = Said(body=b"<FlexQueryResponse><FlexStatements>")
    answers = (accepted(), broken, accepted(), STATEMENT)
    with loopback(in_turn(*answers)) as server, pytest.raises(FlexError, match="not well formed") as failed:
        service(server, clock).statement_of(LOGIN, date(2023, 1, 1), date(2024, 12, 30))
    assert failed.value.needs_person


@pytest.mark.parametrize(
    ("first", "last", "ranges"),
    [
        (date(2024, 1, 1), date(2024, 1, 1), [(date(2024, 1, 1), date(2024, 1, 1))]),
        (date(2024, 1, 1), date(2024, 12, 30), [(date(2024, 1, 1), date(2024, 12, 30))]),
        (
            date(2024, 1, 1),
            date(2024, 12, 31),
            [(date(2024, 1, 1), date(2024, 12, 30)), (date(2024, 12, 31), date(2024, 12, 31))],
        ),
        (date(2024, 1, 2), date(2024, 1, 1), []),
    ],
)
def test_a_range_is_cut_after_365_days(first: date, last: date, ranges: list[tuple[date, date]]) -> None:
    assert day_ranges(first, last) == ranges


def test_a_file_alone_is_left_byte_for_byte() -> None:
    assert files_join([FILE]) == FILE


def test_statements_are_cut_out_whole_whatever_stands_in_their_attributes() -> None:
    one = '<FlexStatement accountId="U1" note="a > b" other=\'x"/>\' />'
    two = '<FlexStatement accountId="Ü2"><Trades><Trade symbol="&lt;&gt;" /></Trades></FlexStatement >'
    files = [
        f"\ufeff<?xml version='1.0' encoding='UTF-8'?><FlexQueryResponse><FlexStatements>{inner}"
        "</FlexStatements></FlexQueryResponse>"
        for inner in (one, two + one)
    ]
    assert files_join([file.encode() for file in files]).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<FlexQueryResponse queryName="joined" type="AF"><FlexStatements count="3">\n'
        f"{one}\n{two}\n{one}\n"
        "</FlexStatements></FlexQueryResponse>"
    )


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"<FlexQueryResponse>", "not well formed"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><FlexQueryResponse/>", "document type"),
        (b"<?xml version='1.0' encoding='UTF-16'?><FlexQueryResponse/>", "UTF-8"),
        (b"<FlexQueryResponse name='\xff'/>", "not well formed"),
    ],
)
def test_a_part_that_is_not_safe_to_cut_is_refused(file: bytes, words: str) -> None:
    with pytest.raises(FlexUnreadable, match=words):
        files_join([FILE, file])


def test_answers_are_told_apart() -> None:
    assert read_answer(FILE) == FlexFile(content=FILE)
    address = "https://gdcdyn.interactivebrokers.com/x"
    assert read_answer(accepted("7", address).body) == FlexReference(code="7", address=address)
    assert read_answer(refused(1012).body) == flex_problem(1012)


def test_only_the_texts_right_below_the_root_are_the_envelopes_own() -> None:
    nested = envelope("<Status>Fail</Status><ErrorCode>10<b>9</b>15</ErrorCode>text<Url><c>x</c></Url>")
    assert read_answer(nested.body) == flex_problem(1015)


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><FlexStatementResponse><Status>&b;</Status></FlexStatementResponse>",
        b"<FlexStatementResponse>" + b"<a>" * 5,
        b"<FlexStatementResponse>" + b"x" * 66_000,
        b"<FlexStatementResponse><Status>&undefined;</Status></FlexStatementResponse>",
        b"",
    ],
)
def test_envelopes_that_are_not_safe_to_read_are_refused(body: bytes) -> None:
    with pytest.raises(FlexUnreadable):
        read_answer(body)


def test_every_number_of_the_service_has_a_course_and_a_sentence() -> None:
    assert sorted(PROBLEMS) == [1001, *range(1003, 1022)]
    again = {code for code, (course, _) in PROBLEMS.items() if course is Course.AGAIN}
    assert again == {1001, 1004, 1005, 1006, 1007, 1008, 1009, 1019, 1021}
    assert {code for code, (course, _) in PROBLEMS.items() if course is Course.REST} == {1017, 1018}
    assert all(words.endswith(".") for _, words in PROBLEMS.values())


def test_a_login_does_not_show_its_token() -> None:
    assert repr(LOGIN) == f"FlexLogin(query='{QUERY}')"
