"""Booking: fills reach the ledger behind the back of everything that is in a hurry."""

import asyncio
import logging

from django.db import Error as DatabaseError

from common.errors import DomainError
from trading.daemon.owner import Owner
from trading.daemon.waking import Bell
from trading.services.booking import account_book, accounts_to_book

logger = logging.getLogger(__name__)
# Deriving the book takes the processor from orders on their way: it rests three times as long as it works.
REST = 3


async def fills_book(owner: Owner, filled: Bell) -> None:
    """Book fills soon after they were told, many at once, and look every few seconds for late commissions.

    For ever. The more there is to derive, the longer the next fills gather.
    """
    clock = asyncio.get_running_loop().time
    while True:
        began = clock()
        try:
            await book_once(owner)
        except DatabaseError:
            logger.exception("Fills could not be booked now.")
        pause = min(max(owner.pace.gather, REST * (clock() - began)), owner.pace.book)
        if await filled.wait(owner.pace.book):
            await asyncio.sleep(pause)
            await filled.wait(0)


async def book_once(owner: Owner) -> int:
    """Book what is due in every account; one that cannot be booked does not hold up the others."""
    booked = 0
    for account_id in await owner.lanes.books.run(accounts_to_book, owner.gateway_id, owner.now()):
        try:
            booked += await owner.lanes.books.run(account_book, account_id=account_id, now=owner.now())
        except DomainError as error:
            logger.exception("The fills of account %s cannot be booked: %s", account_id, error.code)
    return booked
