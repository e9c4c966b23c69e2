"""The broker's links: each change is told once, however often the broker says it."""

from trading.brokers.base import LinkChanged
from trading.brokers.ibkr.links import Links
from trading.engine.records import LinkState

BROKEN = "Market data farm connection is broken:{}"
OK = "Market data farm connection is OK:{}"


def told(*codes: tuple[int, str]) -> list[tuple[LinkState, int]]:
    events: list[LinkChanged] = []
    links = Links(emit=events.append)
    for code, words in codes:
        links.code(code, words)
    return [(event.state, event.code) for event in events]


def test_a_lost_link_is_told_once_though_the_broker_repeats_it() -> None:
    assert told((1100, "lost"), (1100, "lost"), (1102, "back"), (1100, "lost")) == [
        (LinkState.LOST, 1100),
        (LinkState.RESTORED, 1102),
        (LinkState.LOST, 1100),
    ]


def test_a_link_that_comes_back_without_its_data_says_so() -> None:
    assert told((1100, "lost"), (1101, "back")) == [
        (LinkState.LOST, 1100),
        (LinkState.RESTORED_DATA_LOST, 1101),
    ]


def test_data_is_broken_with_the_first_farm_and_whole_with_the_last() -> None:
    assert told(
        (2103, BROKEN.format("usfarm")),
        (2105, BROKEN.format("ushmds")),
        (2104, OK.format("usfarm")),
        (2106, OK.format("ushmds")),
    ) == [(LinkState.DATA_BROKEN, 2103), (LinkState.DATA_RESTORED, 2106)]


def test_farms_that_were_never_broken_are_no_news() -> None:
    assert told((2104, OK.format("usfarm")), (2158, OK.format("secdefil")), (2107, "idle:ushmds")) == []


def test_a_broken_link_of_the_gateway_ends_with_the_next_good_news() -> None:
    assert told((2110, "Connectivity between TWS and server is broken."), (2104, OK.format("usfarm"))) == [
        (LinkState.DATA_BROKEN, 2110),
        (LinkState.DATA_RESTORED, 2104),
    ]


def test_the_port_of_the_gateway_being_reset_is_a_lost_link() -> None:
    assert told((1300, "port has been reset")) == [(LinkState.LOST, 1300)]


def test_other_codes_say_nothing_of_links() -> None:
    assert told((201, "rejected"), (10197, "competing")) == []
