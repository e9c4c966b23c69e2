"""The queue between the socket and its reader."""

from trading.brokers.base import BrokerEvent, LinkChanged
from trading.brokers.ibkr.mailbox import Mailbox
from trading.engine.records import LinkState

LOST = LinkChanged(state=LinkState.LOST, code=1100, words="lost")
BACK = LinkChanged(state=LinkState.RESTORED, code=1102, words="back")


async def read(mailbox: Mailbox) -> list[BrokerEvent]:
    return [event async for event in mailbox.read()]


async def test_events_come_in_order_and_end_when_the_box_is_closed() -> None:
    mailbox = Mailbox()
    mailbox.put(LOST)
    mailbox.put(BACK)
    mailbox.close()
    assert await read(mailbox) == [LOST, BACK]


async def test_what_comes_after_the_end_is_dropped_and_a_second_reader_finds_the_end() -> None:
    mailbox = Mailbox()
    mailbox.close()
    mailbox.close()
    mailbox.put(LOST)
    assert [await read(mailbox), await read(mailbox)] == [[], []]


async def test_an_event_that_is_made_when_read_tells_the_latest() -> None:
    mailbox, latest = Mailbox(), [LOST]
    mailbox.put(lambda: latest[-1])
    mailbox.put(lambda: None)
    latest.append(BACK)
    mailbox.close()
    assert await read(mailbox) == [BACK]
