"""What waits for one socket."""

import asyncio

from trading.consumers.slots import MOST_WORDS, Slot
from trading.consumers.wire import RESYNC, prices_frame


async def test_a_frame_that_nothing_follows_is_the_very_text_that_others_get() -> None:
    slot = Slot()
    frame = prices_frame(["1"])
    slot.offer(frame, {"A": "1"})

    assert await slot.take() is frame
    assert slot.conflated == 0


async def test_a_slow_socket_keeps_only_the_latest_of_each_symbol() -> None:
    slot = Slot()
    shared = {"A": "0", "B": "0"}
    slot.offer("shared", shared)
    for number in range(1, 10_000):
        slot.offer("shared", {"A": str(number)})

    assert await slot.take() == prices_frame(["9999", "0"])
    assert (slot.conflated, shared) == (9_999, {"A": "0", "B": "0"})
    slot.offer("next", {"A": "n"})
    assert await slot.take() == "next"


async def test_words_keep_their_order_and_come_before_prices() -> None:
    slot = Slot()
    slot.offer("prices", {"A": "1"})
    slot.say("one")
    slot.say("two")

    assert [await slot.take() for _ in range(3)] == ["one", "two", "prices"]


async def test_whoever_misses_too_many_words_is_told_to_ask_for_everything_again() -> None:
    slot = Slot()
    for number in range(MOST_WORDS + 1):
        slot.say(str(number))
    slot.say("later")

    assert [await slot.take(), await slot.take()] == [RESYNC, "later"]


async def test_a_symbol_that_is_not_watched_any_more_does_not_come() -> None:
    slot = Slot()
    slot.offer("both", {"A": "1", "B": "2"})
    slot.forget({"A"})
    slot.offer("more", {"C": "3"})
    assert await slot.take() == prices_frame(["2", "3"])

    slot.offer("one", {"A": "1"})
    slot.forget({"A"})
    slot.offer("next", {"B": "2"})
    slot.offer("last", {"C": "3"})
    assert await slot.take() == prices_frame(["2", "3"])


async def test_the_writer_waits_until_something_comes_and_is_idle_meanwhile() -> None:
    slot = Slot()
    idle = [slot.is_idle]
    writer = asyncio.create_task(slot.take())
    await asyncio.sleep(0)
    idle.append(slot.is_idle)
    slot.say("word")
    idle.append(slot.is_idle)
    assert idle == [False, True, False]
    assert await writer == "word"
